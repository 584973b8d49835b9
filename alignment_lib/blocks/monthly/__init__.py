"""The blocks of the monthly deep dive: one file per agenda topic."""
