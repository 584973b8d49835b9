"""Acceptance by simulation: `python -m tests.simulation.run [--only A07]`."""
