"""Files that were read before and held no leak: not read again while the file, what must not be found, and the check are the same."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOM = Path(__file__).parent


@dataclass
class Seen:
    """Hashes of files without a leak, kept in a file. A damaged or missing one means that everything is read."""

    path: Path | None
    against: str
    before: set[str] = field(default_factory=set)
    now: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.path:
            with suppress(OSError, ValueError, AttributeError):
                self.before = set(json.loads(self.path.read_text(encoding="utf8")).get(self.against, ()))

    def is_clean(self, name: str, content: bytes) -> bool:
        """Whether this very file held nothing when it was read before."""
        key = self._key(name, content)
        if key in self.before:
            self.now.add(key)
        return key in self.now

    def add(self, name: str, content: bytes) -> None:
        self.now.add(self._key(name, content))

    def keep(self, whole: bool = True) -> None:
        """Write what is known now; what is no longer in the report is forgotten when the `whole` of it was asked for."""
        clean = self.now if whole else self.before | self.now
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps({self.against: sorted(clean)}), encoding="utf8", newline="\n")

    @staticmethod
    def _key(name: str, content: bytes) -> str:
        return hashlib.blake2b(name.encode() + b"\0" + content, digest_size=16).hexdigest()


def fingerprint(parts: Iterable[object]) -> str:
    """One hash over what must not be found and over the code of the check itself."""
    total = hashlib.blake2b(digest_size=16)
    for part in parts:
        total.update(
            repr(sorted(part, key=repr) if isinstance(part, frozenset | set) else part).encode() + b"\0"
        )
    for path in sorted(ROOM.glob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()
