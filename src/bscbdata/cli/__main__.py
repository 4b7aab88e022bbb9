"""So that `python -m bscbdata.cli` is `bscb`."""

from bscbdata.cli import main

main()
