"""How unevenly a particle is lithiated, and what of it a microscope would see.

Both stand-ins for brightness are formulas of ours, measured by nobody.
"""

from __future__ import annotations

from typing import TypeVar, cast

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import AnalysisError

# Xu et al. (2022), fig. 1E and text: the intensity of a particle rises by about 62 % over a full
# charge, and the reversible capacity with the 2 h hold, 208.8 mA.h/g, is 0.76 of the lithium;
# 0.79 is the span of the open-circuit tables (theta = 0.985 - 0.79 q).
OPTICAL_RISE = 0.62
OPTICAL_SPAN = 0.79
UNREACTED_SIGNAL = 0.05  # Lun et al., SI, fig. S4: differential intensity


def optical_stand_in(
    removed: ArrayLike, rise: float = OPTICAL_RISE, span: float = OPTICAL_SPAN
) -> NDArray[np.float64]:
    """Differential intensity (I - I_1)/I_1 on a linear scale of the lithium removed.

    A stand-in: the real scale is monotone but not linear (smaller changes above 4.1 V), and
    the microscope blurs by 265 nm. With the default scale Lun's threshold of 0.05 is a removal
    of 0.064.

    Parameters
    ----------
    removed : array_like
        Lithium fraction lost since the first frame [-].
    rise : float
        Intensity change of a full charge [-].
    span : float
        Lithium fraction removed by a full charge [-].

    Examples
    --------
    >>> round(float(optical_stand_in(0.0637)), 4)
    0.05
    """
    return rise / span * np.asarray(removed, dtype=float)


def first_crossing(times: ArrayLike, values: ArrayLike, level: float) -> float:
    """Time at which ``values`` first reaches ``level``, linear between samples; NaN if never.

    Parameters
    ----------
    times : array_like, shape (n,)
        Increasing.
    values : array_like, shape (n,)
        Rising or falling towards the level.
    level : float

    Examples
    --------
    >>> first_crossing([0, 1, 2], [0, 0, 1], 0.5)
    1.5
    >>> round(first_crossing([0, 1, 2], [1.0, 0.4, 0.0], 0.7), 9)
    0.5
    """
    t, side = np.asarray(times, dtype=float), np.asarray(values, dtype=float) - level
    if side[0] == 0:
        return float(t[0])
    beyond = np.flatnonzero(np.sign(side) != np.sign(side[0]))
    if not beyond.size:
        return float("nan")
    i = beyond[0]
    share = side[i - 1] / (side[i - 1] - side[i])
    return float(t[i - 1] + share * (t[i] - t[i - 1]))


def convexity(times: ArrayLike, centre: ArrayLike, mean: ArrayLike) -> float:
    """Largest rate of change at the centre over the largest rate of the mean [-].

    1.0 to 1.2 for a diffusivity that does not depend on the lithium content; well above 2
    where a front reaches the centre late and fast (Xu et al. (2022), fig. 3F).

    Parameters
    ----------
    times : array_like, shape (n,)
        Evenly spaced; their spacing is the resolution of the slopes.
    centre, mean : array_like, shape (n,)
        Lithium content at the centre and averaged over the particle [-].

    Examples
    --------
    >>> t = np.linspace(0, 1, 101)
    >>> round(convexity(t, t, t), 3), round(convexity(t, t**3, t), 1)
    (1.0, 3.0)
    """
    t = np.asarray(times, dtype=float)
    slopes = [np.abs(np.gradient(np.asarray(x, dtype=float), t)).max() for x in (centre, mean)]
    return float(slopes[0] / slopes[1])


def heterogeneous_range(mean: ArrayLike, difference: ArrayLike, level: float) -> float:
    """Width of the mean lithium content over which the difference exceeds a level [-].

    Parameters
    ----------
    mean : array_like, shape (n,)
        Mean lithium content, or lithium removed [-].
    difference : array_like, shape (n,)
        Centre minus edge at the same times [-]; its size counts, not its sign.
    level : float
        Difference above which the particle counts as heterogeneous.

    Examples
    --------
    >>> round(heterogeneous_range([0, 0.1, 0.2, 0.3], [0, 0.1, 0.1, 0], 0.05), 2)
    0.2
    """
    x, excess = np.asarray(mean, dtype=float), np.abs(np.asarray(difference, dtype=float)) - level
    before, after = excess[:-1], excess[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossed = np.maximum(before, after) / np.abs(after - before)
    share = np.where(np.minimum(before, after) >= 0, 1.0, np.clip(crossed, 0, 1))
    share[np.maximum(before, after) <= 0] = 0
    return float(np.abs(np.diff(x)) @ share)


def unreacted_displacement(
    points: ArrayLike,
    weights: ArrayLike,
    signal: ArrayLike,
    threshold: float = UNREACTED_SIGNAL,
    smallest_share: float = 0.02,
) -> NDArray[np.float64]:
    """Centre of mass of the unreacted region, relative to that of the particle.

    Lun et al., SI, fig. S4. Zero while nothing has reacted; NaN once the region is smaller
    than ``smallest_share`` of the particle, where single elements or pixels decide.

    Parameters
    ----------
    points : array_like, shape (dimension, n_points)
        Coordinates [m].
    weights : array_like, shape (n_points,)
        Volume, area or pixel count of each point.
    signal : array_like, shape (n_points, n_times)
        Differential intensity or a stand-in of it.
    threshold : float
        Below it a point counts as unreacted.
    smallest_share : float
        Smallest share of the particle for which a centre is given.

    Returns
    -------
    array, shape (dimension, n_times)
        Displacement [m].

    Examples
    --------
    >>> x = np.array([[-1.0, 0.0, 1.0]])
    >>> unreacted_displacement(x, np.ones(3), np.array([[0.1], [0.0], [0.0]])).round(3)
    array([[0.5]])
    """
    x, w = np.asarray(points, dtype=float), np.asarray(weights, dtype=float)
    below = w[:, None] * (np.asarray(signal) < threshold)
    mass = below.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = x @ below / mass
    centre[:, mass < smallest_share * w.sum()] = np.nan
    return centre - (x @ w / w.sum())[:, None]


Values = TypeVar("Values", float, NDArray[np.float64], xr.DataArray)


def surface_brightness(
    stoichiometry: Values, pristine: float | Values, width: float = 0.12
) -> Values:
    """Brightness gain of a particle from the lithium content of its surface, 0 to nearly 1.

    ``1 - exp(-(pristine - stoichiometry)/width)``: rises fast with the first lithium removed
    and saturates. A stand-in of ours, measured by nobody: the shape says that reflectance
    saturates and that the microscope sees the surface; the width was chosen, and timings on
    this signal change with it. Give the content of the visible surface (of a disk, the upper
    half of its rim), not the mean of the particle.

    Parameters
    ----------
    stoichiometry : float, array or DataArray
        Lithium fraction of the surface [-].
    pristine : float, array or DataArray
        Lithium fraction at which the brightness is zero [-]; broadcast.
    width : float
        Lithium removed for 63 % of the full gain [-].

    Raises
    ------
    AnalysisError
        If the width is not positive.

    Examples
    --------
    >>> surface_brightness(np.array([1.0, 0.88, 0.4]), 1.0).round(3)
    array([0.   , 0.632, 0.993])
    """
    if not width > 0:
        raise AnalysisError(f"width must be positive; got {width}.")
    return cast(Values, 1 - np.exp(-(pristine - stoichiometry) / width))
