"""The yearly run: clean, execute, publish."""
