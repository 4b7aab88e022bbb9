"""Releases: the Department for Education's underlying-data files, read as downloaded.

A statistic is a folder here. `release.toml` says what the file is; `columns.csv` says which header each number has
in each year. `read_release` reads the files until 2019; `read_ees` those of explore-education-statistics;
`read_published_file` whichever it is.
"""

from pathlib import Path

from bscbdata.releases.ees import is_ees, read_ees, read_time
from bscbdata.releases.reading import Release, read_release


def read_published_file(path: Path | str, year: str | None = None) -> Release:
    """A published file of either layout, told by its columns: the newer has its time in columns, the older in headers.

    `year` is needed where the headers of an older file would fit several. Raises DataStop as the two readers do.
    """
    return read_ees(path) if is_ees(Path(path)) else read_release(path, year=year)
