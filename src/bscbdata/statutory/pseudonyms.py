"""Pseudonyms: the same child is the same in every list, and nobody without the key can say who it is.

The key is made on first use, stays on this machine and is ignored by git. With another key every pseudonym is another,
so lists that should be joined over years need the same key: keep it as you keep the returns themselves.
"""

import hmac
import os
import re
import secrets
from pathlib import Path

import pandas as pd

KEY_BYTES = 32
LENGTH = 16  # of 64 hexadecimal digits: two of a million children share one about once in 40 million keys
ADVICE = "Restore it from where the returns are kept, or delete it: a new one is made, and every pseudonym changes."


def load_key(path: Path) -> bytes:
    """The key of a project, made on first use so that only its owner can read it. ValueError if it is not a key."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_new(path)
    text = path.read_text(encoding="utf8").strip()
    if not re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
        raise ValueError(
            f"{path.name} is not a key: it should be {2 * KEY_BYTES} hexadecimal digits, and holds {len(text)} characters. "
            f"{ADVICE}"
        )
    return bytes.fromhex(text)


def _write_new(path: Path) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another run has just made it
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_hex(KEY_BYTES))


def pseudonyms(children: pd.Series, key: bytes) -> pd.Series:
    """A pseudonym (HMAC-SHA256, 16 hexadecimal digits) for every child; missing stays missing.

    ValueError should two children ever share one.
    """
    positions, names = pd.factorize(children)
    made = [pseudonym(str(name), key) for name in names.tolist()]
    if len(set(made)) != len(made):
        raise ValueError("Two children would share a pseudonym. Delete the key, so that a new one is made.")
    return pd.Series(made, dtype="str").reindex(positions).set_axis(children.index)


def pseudonym(child: str, key: bytes) -> str:
    """The pseudonym of one child."""
    return hmac.digest(key, child.encode(), "sha256").hex()[:LENGTH]
