"""Releases: the Department for Education's underlying-data files, read as downloaded.

A statistic is a folder here. `release.toml` says what the file is; `columns.csv` says which header each number has
in each year. `read_release` reads the files until 2019; `read_ees` those of explore-education-statistics.
"""

from bscbdata.releases.ees import read_ees, read_time
from bscbdata.releases.reading import Release, read_release

__all__ = ["Release", "read_ees", "read_release", "read_time"]
