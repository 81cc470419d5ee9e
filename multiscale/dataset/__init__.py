"""Data packages: per-particle reaction timings in files that anyone can open, with a check.

Examples
--------
>>> import numpy as np, pandas as pd
>>> from multiscale.dataset import DataPackage, check_package, read_package
>>> timings = pd.DataFrame({"particle": ["a", "b"], "half_cycle": 0, "kind": "charge",
...     "status": ["reacted", "no_change"], "t10_s": [90, np.nan], "t50_s": [100, np.nan],
...     "t90_s": [110, np.nan], "sampling_s": [5, np.nan], "start_s": 0, "duration_s": 900})
>>> places = pd.DataFrame({"particle": ["a", "b"], "x_m": [0, 9e-6], "y_m": 0, "radius_m": 3e-6})
>>> two = DataPackage.from_timings(timings, places, facts={"title": "Two particles"})
>>> read_package(two.write("two")).timings["t50_s"].tolist()
[100.0, nan]
>>> [finding for finding in check_package("two") if finding.is_error]
[]
"""

from multiscale.dataset.check import check_package
from multiscale.dataset.findings import Finding
from multiscale.dataset.package import DataPackage, read_package

__all__ = ["DataPackage", "Finding", "check_package", "read_package"]
