"""From brightness to lithium: a curve learned where particles react together, used elsewhere.

On a synchronous half-cycle each particle has, at every moment, about the lithium that the cell
record gives. The curve f is sought that makes the mean of f(y) over the reacting particles equal
to the charge passed; it is monotone and piecewise linear, found by non-negative least squares.
That f of a mean is not the mean of f does not matter so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression, nnls

from multiscale.analysis.timings import TimingRule, reaction_timings
from multiscale.errors import ImagingError, unknown_name

Floats = NDArray[np.float64]

LARGEST_SPREAD = 0.1  # standard deviation of t50 over the half-cycle: Sharma's first charge has 0.3
LEAST_WIDTH = 0.3  # median t90 - t10 over the half-cycle: a step tells nothing of what lies between
LEAST_PARTICLES = 5

Beyond = Literal["refuse", "label"]

PIECES = 12  # of the curve
BEYOND = 0.1  # of the learned range: how far outside of it a brightness may lie
DRAWS = 40
CAVEATS = (
    "The calibration assumes that the imaged particles stand for the electrode, that the surface "
    "that light meets (about 200 nm) stands for the particle, that no lithium goes to particles "
    "that do not react, and that brightness depends on lithium alone."
)


@dataclass(frozen=True, eq=False)
class Calibration:
    """Lithium fraction as a function of differential intensity."""

    intensity: Floats  # (n,): increasing; the range over which the curve was learned [-]
    # (n,): falls from 1 (all of the lithium that the half-cycle moves is in the particles) to 0
    lithium: Floats
    draws: Floats  # (draws, n): the same from resampled particles
    half_cycle: int  # on which it was learned
    # particles from which it was learned, and the whole change of each over the median one: light
    # from beside a particle dilutes the change of a small one. A particle that is not among them
    # counts with 1
    gains: dict[str, float]
    spread: float  # standard deviation of their t50 over the duration of the half-cycle [-]
    # root mean square of the mean lithium fraction about that of the cell record [-]
    residual: float
    notes: tuple[str, ...] = (CAVEATS,)  # what has to be said wherever a calibrated number is shown

    def lithium_fraction(self, intensity: xr.DataArray, beyond: Beyond = "refuse") -> xr.DataArray:
        """Lithium fraction of particles from their differential intensity; falls on charge.

        Parameters
        ----------
        intensity : xarray.DataArray, dims ("particle", "time")
            Against the same reference as that learned from [-].
        beyond : {"refuse", "label"}
            What to do with particles that leave the learned range by more than a tenth of it.
            Labelled, they are held at its end and stand in attrs["beyond_range"].

        Raises
        ------
        ImagingError
            Naming the particle that leaves the range furthest.
        """
        if beyond not in ("refuse", "label"):
            raise ImagingError(
                unknown_name("answer to what is beyond", beyond, ["refuse", "label"])
            )
        scaled = self._scaled(intensity)
        # how far each particle leaves the range, in units of it, if it does so for long
        low, high = scaled.quantile([0.03, 0.97], dim="time").to_numpy()
        width = self.intensity[-1] - self.intensity[0]
        far = np.maximum(self.intensity[0] - low, high - self.intensity[-1]) / width
        parts = zip(scaled["particle"].values.tolist(), far, strict=True)
        outside = {name: float(part) for name, part in parts if part > BEYOND}
        if outside and beyond == "refuse":
            worst = max(outside, key=lambda name: outside[name])
            raise ImagingError(
                f"Particle {worst!r} leaves the range of intensities learned from, "
                f"{self.intensity[0]:.3g} to {self.intensity[-1]:.3g}, by {outside[worst]:.0%} "
                f"of it ({len(outside)} particles by more than {BEYOND:.0%}): the calibration says "
                'nothing there. beyond="label" holds them at the end of the range.'
            )
        lithium = scaled.copy(data=np.interp(scaled, self.intensity, self.lithium))
        return lithium.rename("lithium_fraction").assign_attrs(
            calibration=" ".join(self.notes), beyond_range=list(outside)
        )

    def resampled(self, intensity: xr.DataArray) -> Iterator[xr.DataArray]:
        """Lithium fractions by each of the curves in ``draws``."""
        scaled = self._scaled(intensity)
        return (scaled.copy(data=np.interp(scaled, self.intensity, draw)) for draw in self.draws)

    def _scaled(self, intensity: xr.DataArray) -> xr.DataArray:
        """Intensities as if all particles changed alike."""
        gains = [self.gains.get(name, 1.0) for name in intensity["particle"].values.tolist()]
        return intensity / xr.DataArray(gains, dims="particle")


def learn_calibration(
    intensity: xr.DataArray,
    soc: ArrayLike | None,
    half_cycle: Mapping[str, Any] | pd.Series,
    *,
    particles: Sequence[str] | None = None,
    weights: ArrayLike | None = None,
    seed: int = 0,
) -> Calibration:
    """Learn the curve from intensity to lithium on a half-cycle in which particles react together.

    Parameters
    ----------
    intensity : xarray.DataArray, dims ("particle", "time")
        Differential intensity, lamp corrected [-]; coordinate time [s].
    soc : array_like, shape (time,)
        State of charge, or charge passed in any unit, from the current of the cell record at the
        times of the frames. Rises on charge.
    half_cycle : mapping
        A row of ``multiscale.analysis.half_cycles``: half_cycle, kind, start_s, end_s.
    particles : sequence of str, optional
        Particles to learn from; all that react if not given.
    weights : array_like, shape (particle,), optional
        Capacity of each particle, in any unit; equal if not given.
    seed : int
        Of the resampling of particles.

    Raises
    ------
    ImagingError
        Where a calibration is not justified: no record of the charge, it does not rise or fall
        over the half-cycle, fewer than five particles react, one of ``particles`` does not,
        particles react one after another (standard deviation of t50 above 0.1 of the half-cycle)
        or in steps (median t90 - t10 below 0.3 of it).

    Examples
    --------
    >>> time = np.linspace(0, 1000, 201)
    >>> given = np.clip((time - np.linspace(0, 60, 8)[:, None]) / 930, 0, 1)
    >>> y = xr.DataArray(0.6 * np.sqrt(given), {"particle": list("abcdefgh"), "time": time},
    ...                  ("particle", "time"))
    >>> charge = {"half_cycle": 0, "kind": "charge", "start_s": 0.0, "end_s": 1000.0}
    >>> learned = learn_calibration(y, given.mean(axis=0), charge)
    >>> float(np.interp(0.3, learned.intensity, learned.lithium).round(2))
    0.76
    """
    y = intensity.transpose("particle", "time")
    timings = reaction_timings(y, pd.DataFrame([dict(half_cycle)]))
    active = reacting(timings, particles)
    rows = timings[timings["particle"].isin(active)]
    check_synchronous(rows, half_cycle)
    time, rising = np.asarray(y["time"], dtype=float), half_cycle["kind"] == "charge"
    inside = (time >= float(half_cycle["start_s"])) & (time <= float(half_cycle["end_s"]))
    given = share_given(soc, inside, str(half_cycle["kind"]))
    order = [y["particle"].values.tolist().index(name) for name in active]
    weight = np.ones(len(order)) if weights is None else np.asarray(weights, float)[order]
    levels = rows.set_index("particle").loc[active, ["level_before", "level_after"]].to_numpy()
    gains = np.ptp(levels, axis=1) / np.median(np.ptp(levels, axis=1))
    traces = y.to_numpy()[order][:, inside] / gains[:, None]
    curves = np.array([isotonic_regression(trace, increasing=rising).x for trace in traces])
    low, high = np.sort(np.median(levels / gains[:, None], axis=0))
    knots = np.linspace(low, high, PIECES + 1)
    basis = np.clip((curves[..., None] - knots[:-1]) / np.diff(knots), 0, 1)
    fitted = _fit(basis, weight, given)
    picks = np.random.default_rng(seed).integers(len(order), size=(DRAWS, len(order)))
    error = np.average(1 - np.interp(curves, knots, fitted), axis=0, weights=weight) - given
    return Calibration(
        intensity=knots,
        lithium=fitted,
        draws=np.array([_fit(basis[pick], weight[pick], given) for pick in picks]),
        half_cycle=int(half_cycle["half_cycle"]),
        gains=dict(zip(active, gains.tolist(), strict=True)),
        spread=spread_of(rows),
        residual=float(np.sqrt(np.mean(error**2))),
        notes=(CAVEATS, f"{len(timings) - len(active)} of {len(timings)} particles left out."),
    )


def _fit(basis: Floats, weight: Floats, given: Floats) -> Floats:
    """Lithium at the knots: the mean over particles of what they gave is what the cell gave.

    The first knot is the level before, a median over the first stretch: on a ramp some lithium
    has left by then, so that what has at the first knot is fitted as well.
    """
    mean = np.tensordot(weight / weight.sum(), basis, axes=1)
    rises, _ = nnls(np.column_stack([np.ones(len(mean)), mean]), given)
    return 1 - np.minimum(np.cumsum(rises), 1.0)


def lithium_timings(
    intensity: xr.DataArray,
    half_cycles: pd.DataFrame,
    calibration: Calibration,
    *,
    beyond: Beyond = "refuse",
    rule: TimingRule | None = None,
) -> pd.DataFrame:
    """Reaction timings of the lithium fraction, the calibration's uncertainty included.

    Parameters
    ----------
    intensity : xarray.DataArray, dims ("particle", "time")
        Differential intensity against the same reference as that learned from [-].
    half_cycles : pandas.DataFrame
        See ``reaction_timings``.
    beyond : {"refuse", "label"}
        See :meth:`Calibration.lithium_fraction`.
    rule : TimingRule, optional
        See ``reaction_timings``; wander and full_change are lithium fractions.

    Returns
    -------
    pandas.DataFrame
        As of ``reaction_timings`` with ``uncertainty``. The standard deviation of each time over
        the curves of resampled particles is added to its uncertainty in quadrature.

    Raises
    ------
    ImagingError
        If a particle leaves the range learned from.
    """
    lithium = calibration.lithium_fraction(intensity, beyond)
    options = {"half_cycles": half_cycles, "rises_on": "discharge", "rule": rule}
    table = reaction_timings(lithium, uncertainty=True, **options)
    drawn = [reaction_timings(each, **options) for each in calibration.resampled(intensity)]
    for name in ("t10_s", "t50_s", "t90_s", "width_s"):
        times = pd.DataFrame([each[name] for each in drawn])
        table[f"u_{name}"] = np.hypot(table[f"u_{name}"], times.std(ddof=0).to_numpy())
    return table


def reacting(timings: pd.DataFrame, particles: Sequence[str] | None) -> list[Any]:
    """Particles to learn from: all that react, or those asked for.

    Raises ImagingError if one asked for does not exist or does not react, or there are too few.
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
    """Raise an ImagingError, with the bound, unless particles react together and gradually.

    Raises ImagingError with the number that is out of bounds, and the bound.
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

    Raises ImagingError if the record is missing, in part or whole, or runs against the half-cycle.
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
