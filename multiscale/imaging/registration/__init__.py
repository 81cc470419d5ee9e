"""Drift of the stage: by correlation, by a fixed spot, by what does not change."""
