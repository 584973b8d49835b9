"""The library against published and cross-checked values: `python -m tests.reference.run [FILE ...]`."""
