"""Parameter sets: one file per set, its tables beside it."""
