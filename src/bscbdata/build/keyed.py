"""Which return of children is which, for this machine alone: a hash that nobody without the project's key can try.

The hash of such a file is not published, since whoever knows all of it but a few numbers could try them. With the key of
`data/pseudonyms.key`, which git ignores, it cannot be tried. It stands in `build/<year>/run.json`, which stays here.
"""

import hmac

from bscbdata.build.cases import KEY
from bscbdata.places import Edition, Project
from bscbdata.provenance import raw_files
from bscbdata.sources import is_return_of_children
from bscbdata.statutory.pseudonyms import load_key


def keyed_hashes(project: Project, edition: Edition) -> dict[str, str]:
    """The keyed hash (HMAC-SHA256) of every return of children of an edition, by its place in `data/raw`."""
    paths = [path for folder in edition.raw_folders for path in raw_files(project.raw / folder)]
    named = {path.relative_to(project.raw).as_posix(): path for path in paths}
    returns = {name: path for name, path in named.items() if is_return_of_children(name)}
    key = load_key(project.root / KEY) if returns else b""
    return {name: hmac.digest(key, path.read_bytes(), "sha256").hex() for name, path in returns.items()}
