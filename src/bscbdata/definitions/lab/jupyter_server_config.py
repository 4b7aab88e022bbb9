# What `bscb lab` adds to the user's own settings of Jupyter.
import warnings

from bscbdata.lab import before_saving

warnings.filterwarnings("ignore", message="Overriding existing pre_save_hook")  # Jupyter sets it twice
c.FileContentsManager.pre_save_hook = before_saving  # noqa: F821
