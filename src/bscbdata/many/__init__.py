"""Many reports in one go: areas times years, in a plain loop, on the cores of this machine or on a Dask cluster.

`asked` reads what was asked for, `run_many` makes the reports, `compare` sets them beside each other.
"""

from bscbdata.many.asking import Asked, asked
from bscbdata.many.running import Made, run_many
