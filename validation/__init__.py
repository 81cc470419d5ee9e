"""Validation cases: what papers and data say about a run, written before the run."""
