"""Kernels that start warm: forked from one process that has done the imports, each a process of its own.

`parent` is that process, `provisioner` asks it for kernels, `engine` is papermill's way to them, `converters` draw the
charts of all of them. Only on Linux; elsewhere, and wherever the parent cannot start, the ordinary kernels do the same.
"""
