"""Numbers drawn from lithium fields and cell records, simulated or measured.

Pure NumPy and SciPy: nothing here knows where the data came from.
"""
