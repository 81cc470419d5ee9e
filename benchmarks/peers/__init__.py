"""One module per code, each with ``NAME``, ``SETTINGS`` and ``solve(problem, mesh, **setting)``."""
