"""The environment variables by which the parent tells the kernel what must not stand in a notebook."""

RUN_DIR = "ALIGNMENT_RUN_DIR"
"""Where the record is written."""
DATA = "ALIGNMENT_DATA"
"""The data's place with its secrets; the notebook's own parameter shows it without."""
NOW = "ALIGNMENT_NOW"
"""The present, ISO 8601; the clock is read once, on the command line."""
