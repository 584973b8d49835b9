"""Inspect, run, verify and export a notebook; what the notebook itself uses is `session`."""
