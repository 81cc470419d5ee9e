"""How far a comparison can go with so many particles, whatever the optics."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import wasserstein_distance

from multiscale.analysis.order import chance_band
from multiscale.analysis.timing_tables import by_half_cycle, reacted

DRAWS = 400


def sampling_limits(timings: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """What two samples of the same particles would differ by, for each half-cycle.

    Parameters
    ----------
    timings : pandas.DataFrame
        From ``reaction_timings``.
    seed : int
        Of the resampling.

    Returns
    -------
    pandas.DataFrame
        half_cycle, kind; n (reacted); tau_chance (two standard deviations of Kendall's tau of
        unrelated orders); wasserstein_floor, wasserstein_floor_95 (median and 95 % of the
        distance between two samples of n from the timings found, over the duration).

    Examples
    --------
    >>> table = pd.DataFrame({"particle": np.arange(14), "half_cycle": 0, "kind": "charge",
    ...     "status": "reacted", "t50_s": np.arange(14.0), "duration_s": 13.0})
    >>> sampling_limits(table).round(2)[["n", "tau_chance"]]
        n  tau_chance
    0  14         0.4
    """
    rng = np.random.default_rng(seed)
    rows = []
    for number, kind, all_rows in by_half_cycle(timings):
        kept = reacted(all_rows)
        share = (kept["t50_s"] / kept["duration_s"]).to_numpy(float)
        floor = [np.nan, np.nan]
        if len(share) > 1:
            distances = [
                wasserstein_distance(*rng.choice(share, (2, len(share)))) for _ in range(DRAWS)
            ]
            floor = np.quantile(distances, [0.5, 0.95]).tolist()
        row = {"half_cycle": number, "kind": kind, "n": len(share)}
        row |= {"tau_chance": chance_band(len(share))}
        rows.append(
            row | dict(zip(("wasserstein_floor", "wasserstein_floor_95"), floor, strict=True))
        )
    return pd.DataFrame(rows)
