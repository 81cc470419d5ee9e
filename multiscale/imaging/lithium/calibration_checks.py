"""Where a calibration of brightness is justified, and where it is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import ImagingError, unknown_name

Floats = NDArray[np.float64]

LARGEST_SPREAD = 0.1  # standard deviation of t50 over the half-cycle: Sharma's first charge has 0.3
LEAST_WIDTH = 0.3  # median t90 - t10 over the half-cycle: a step tells nothing of what lies between
LEAST_PARTICLES = 5


def reacting(timings: pd.DataFrame, particles: Sequence[str] | None) -> list[Any]:
    """Particles to learn from: all that react, or those asked for.

    Raises
    ------
    ImagingError
        If one asked for does not exist or does not react, or there are too few.
    """
    status = timings.set_index("particle")["status"]
    active = status.index[status == "reacted"].tolist()
    if particles is not None:
        for name in particles:
            if name not in status.index:
                raise ImagingError(unknown_name("particle", str(name), map(str, status.index)))
            if name not in active:
                raise ImagingError(
                    f"Particle {name!r} is {status[name]!r} in this half-cycle: counting one that "
                    "does not react as active would falsify the calibration."
                )
        active = list(particles)
    if len(active) < LEAST_PARTICLES:
        raise ImagingError(
            f"{len(active)} of {len(status)} particles react in this half-cycle; a calibration "
            f"needs {LEAST_PARTICLES}."
        )
    return active


def spread_of(rows: pd.DataFrame) -> float:
    """Standard deviation of t50 over the duration of the half-cycle [-]."""
    return float(rows["t50_s"].std() / rows["duration_s"].iloc[0])


def check_synchronous(rows: pd.DataFrame, half_cycle: Mapping[str, Any] | pd.Series) -> None:
    """Raise unless the particles react together and gradually.

    Raises
    ------
    ImagingError
        With the number that is out of bounds, and the bound.
    """
    spread, width = spread_of(rows), float((rows["width_s"] / rows["duration_s"]).median())
    number = half_cycle["half_cycle"]
    if spread > LARGEST_SPREAD:
        raise ImagingError(
            f"In half-cycle {number} the particles react one after another: the standard deviation "
            f"of t50 is {spread:.2f} of its duration, above {LARGEST_SPREAD}. The charge passed "
            "does not say what one of them holds. Learn on a synchronous half-cycle."
        )
    if width < LEAST_WIDTH:
        raise ImagingError(
            f"In half-cycle {number} the particles react in steps: the median of t90 - t10 is "
            f"{width:.2f} of its duration, below {LEAST_WIDTH}. What lies between is not seen."
        )


def share_given(soc: ArrayLike | None, inside: NDArray[np.bool_], kind: str) -> Floats:
    """Part of the half-cycle's lithium that has left the particles, at each frame inside.

    Raises
    ------
    ImagingError
        If the record is missing, in part or whole, or runs against the half-cycle.
    """
    if soc is None:
        raise ImagingError("A calibration needs the state of charge from a cell record.")
    values = np.asarray(soc, dtype=float)
    if values.shape != inside.shape:
        raise ImagingError(f"soc needs one value a frame, {inside.shape}; got {values.shape}.")
    values = values[inside]
    if not np.isfinite(values).all():
        raise ImagingError(
            f"soc is missing at {np.sum(~np.isfinite(values))} of {values.size} frames of the "
            "half-cycle: a calibration needs the whole record."
        )
    change = values[-1] - values[0]
    if not change * (1 if kind == "charge" else -1) > 0:
        raise ImagingError(f"soc changes by {change:g} over a {kind}; it has to rise on charge.")
    return (values - min(values[0], values[-1])) / abs(change)
