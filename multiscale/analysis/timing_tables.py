"""What every reader of a table of timings needs: its columns, its half-cycles, who counts."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.errors import AnalysisError
from multiscale.limits import short

STATUSES = ("reacted", "no_change", "incomplete", "unclear")
KEYS = ("particle", "half_cycle", "kind", "status")

ByParticle: TypeAlias = Mapping[Hashable, float] | pd.Series


def shown(label: object) -> str:
    """A label as the user wrote it.

    Examples
    --------
    >>> shown(np.int64(3)), shown("p3")
    ('3', "'p3'")
    """
    return repr(label.item() if isinstance(label, np.generic) else label)


def check_table(timings: pd.DataFrame, columns: Sequence[str] = ()) -> None:
    """Raise unless the table has its columns and one row per particle and half-cycle.

    Raises
    ------
    AnalysisError
        Naming what is missing or double.
    """
    if not isinstance(timings, pd.DataFrame):
        raise AnalysisError(f"Timings come as a pandas.DataFrame, not {short(timings)}")
    missing = [name for name in (*KEYS, *columns) if name not in timings]
    if missing:
        raise AnalysisError(f"The table of timings lacks the columns {missing}.")
    double = timings.duplicated(["particle", "half_cycle"])
    if double.any():
        row = timings[double].iloc[0]
        raise AnalysisError(
            f"Particle {shown(row['particle'])} occurs twice in half-cycle {row['half_cycle']}."
        )


def by_half_cycle(timings: pd.DataFrame) -> Iterator[tuple[int, str, pd.DataFrame]]:
    """Number, kind and rows of each half-cycle."""
    for number, rows in timings.groupby("half_cycle", sort=True):
        kinds = rows["kind"].unique()
        if len(kinds) > 1:
            raise AnalysisError(f"Half-cycle {number} is both {' and '.join(sorted(kinds))}.")
        yield number, str(kinds[0]), rows


def reacted(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that count: reacted, with a time."""
    return rows[(rows["status"] == "reacted") & rows["t50_s"].notna()]


def taking_part(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of which enough was seen: those that reacted, late or not at all; none ``unclear``."""
    return rows[
        rows["status"].isin(["no_change", "incomplete"]) | rows.index.isin(reacted(rows).index)
    ]


def counts(rows: pd.DataFrame) -> dict[str, int]:
    """Particles in all and by status, and how many do not count."""
    found = {"particles": len(rows)}
    found |= {status: int((rows["status"] == status).sum()) for status in STATUSES}
    return found | {"excluded": len(rows) - len(reacted(rows))}


def duration_of(rows: pd.DataFrame) -> float:
    """Duration of the half-cycle [s]; all rows must agree."""
    durations = rows["duration_s"].unique()
    if len(durations) != 1 or not durations[0] > 0:
        raise AnalysisError(
            f"Half-cycle {rows['half_cycle'].iloc[0]} needs one positive duration_s; "
            f"got {durations.tolist()[:5]}."
        )
    return float(durations[0])


def values_of(rows: pd.DataFrame, values: ByParticle, name: str) -> NDArray[np.float64]:
    """Values given by particle label, in the order of the rows; NaN where there is none.

    Raises
    ------
    AnalysisError
        If no particle of the table has a value: the labels are of different kinds.
    """
    found = rows["particle"].map(pd.Series(values)).to_numpy(float)
    if len(rows) and np.isnan(found).all():
        labels = pd.Series(values).index[:3].tolist()
        raise AnalysisError(
            f"{name} holds no value for any particle of the table, for example "
            f"{shown(rows['particle'].iloc[0])}; its labels: {labels}."
        )
    return found
