"""Speed and accuracy against other codes on the same problems; run by `make benchmark`."""

import os

# One thread, set before anything that starts some is imported.
for _name in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"
os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MPLBACKEND", "Agg")
