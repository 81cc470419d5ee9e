"""From a movie to reaction timings: drift, particles, lamp, traces, half-cycles, timings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.timings import reaction_timings
from multiscale.analysis.transitions import LARGEST_GAP, TimingRule
from multiscale.errors import ImagingError
from multiscale.imaging.cell_clock import CellClock, one_half_cycle
from multiscale.imaging.exclusions import in_view, without_saturated, without_unseen
from multiscale.imaging.lithium.lithium_timings import calibrated
from multiscale.imaging.measurement import Measurement
from multiscale.imaging.particles.brightening import brightening
from multiscale.imaging.particles.imagej import Drifted
from multiscale.imaging.particles.regions import Regions
from multiscale.imaging.particles.rois import read_rois
from multiscale.imaging.particles.segmentation import find_particles
from multiscale.imaging.registration.drift import Drift, Method, find_drift, registered_frames
from multiscale.imaging.stack import ImageStack
from multiscale.imaging.timing_columns import with_amplitudes, with_charge, with_slope_peaks
from multiscale.imaging.traces import extract_traces

FIRST_FRAMES = (8, 20)  # averaged to find particles in: a fiftieth of all, within these bounds
LEAST_FRAMES = 6
LEAST_CHANGE = 0.02  # of the largest: blur alone brings 1 % of the change of a touching neighbour
LEAST_WANDER = 0.02  # of the brightness: a codec, or blur from a neighbour, changes as much


def measure(
    stack: ImageStack,
    *,
    half_cycles: pd.DataFrame | CellClock | str | None = None,
    rois: Regions | str | Path | None = None,
    drift: Method = "auto",
    calibrate_on: int | None = None,
    rule: TimingRule | None = None,
    progress: Callable[[Iterable], Iterable] | None = None,
) -> Measurement:
    """Reaction timings of every particle in a movie.

    Times are those of :func:`multiscale.reaction_timings`, which also times simulations: state
    levels by medians, isotonic curve, 10, 50 and 90 % of the change, direction from the cell
    record, uncertainties. A change counts only if it exceeds what the lamp leaves.

    Parameters
    ----------
    stack : ImageStack
    half_cycles : pandas.DataFrame, CellClock or {"charge", "discharge"}, optional
        A cell record and when the camera started; or half-cycles on the clock of the movie, as
        the analysis gives them; or what the whole movie is. Without it the movie is one charge,
        and the notes say so.
    rois : Regions or path, optional
        Particles; found automatically without them.
    drift : {"auto", "correlation", "spot", "both", "none"}
        How the drift is found; see :func:`multiscale.imaging.registration.drift.find_drift`.
    calibrate_on : int, optional
        Number of a half-cycle in which all particles react together: intensity is calibrated to
        lithium on it, and all timings are in lithium terms.
    rule : TimingRule, optional
        Thresholds; its wander and clock are raised to what was measured. Without it those of
        the rule, but a change counts from 2 % of the largest, and of the brightness.
    progress : callable, optional
        Wraps an iterable over all frames, for example :class:`tqdm.tqdm`.

    Returns
    -------
    Measurement

    Raises
    ------
    ImagingError
        If the movie is too short, no particle is found, the regions do not fit, or no half-cycle
        was filmed.

    Examples
    --------
    >>> from multiscale.imaging.rendering.synthetic import synthetic_movie
    >>> movie = synthetic_movie("steps", n_frames=40, size=96, n_particles=4, seed=3)
    >>> found = measure(movie.stack())
    >>> found.timings["status"].isin(["reacted", "no_change"]).all()
    np.True_
    """
    if len(stack.time) < LEAST_FRAMES:
        raise ImagingError(
            f"{stack.name} has {len(stack.time)} frames; timings need at least {LEAST_FRAMES}."
        )
    cell = half_cycles if isinstance(half_cycles, CellClock) else None
    record, notes = _half_cycles(stack, half_cycles)
    found = find_drift(stack, drift, progress=progress)
    image = first_image(stack, found)
    regions = _regions(stack, image, found, record, rois)
    if not len(regions):
        raise ImagingError(_nothing(stack, regions))
    traces = _where_seen(extract_traces(stack, found, regions, progress=progress), regions, found)
    rule = _rule(rule, traces, cell)
    measured = Measurement(
        name=stack.name,
        pixel_size=stack.pixel_size,
        first_image=image,
        drift=found,
        regions=regions,
        traces=_with_soc(traces, record, cell),
        timings=_timings(traces["y"], record, rule, cell),
        half_cycles=record,
        rule=rule,
        cell=cell,
        excluded=regions.excluded,
        facts=_instrument(stack),
        notes=[*notes, *stack.notes, *found.notes, *regions.notes],
    )
    return measured if calibrate_on is None else calibrated(measured, calibrate_on)


def first_image(stack: ImageStack, drift: Drift) -> NDArray[np.float64]:
    """Mean of the first frames, each shifted back to frame 0 [counts]."""
    least, most = FIRST_FRAMES
    n = min(int(np.clip(len(stack.time) / 50, least, most)), len(stack.time))
    total = np.zeros(stack.shape[1:])
    for frame in registered_frames(stack, drift, range(n)):
        total += frame
    return total / n


def _half_cycles(
    stack: ImageStack, given: pd.DataFrame | CellClock | str | None
) -> tuple[pd.DataFrame, list[str]]:
    """Half-cycles on the movie's clock, and what to say of where they come from."""
    if isinstance(given, CellClock):
        record = given.half_cycles(stack.time)
        return record, _partly_filmed(record, stack) + _unrecorded(given, stack)
    if isinstance(given, pd.DataFrame):
        return _completed(given), []
    direction = given or "charge"
    note = (
        f"There is no cell record: the whole movie is taken as one {direction}, its first frame as "
        "the start of the current. If it is not, times and statuses are wrong."
    )
    return one_half_cycle(stack.time, direction), [note]


def _partly_filmed(record: pd.DataFrame, stack: ImageStack) -> list[str]:
    """A note on each half-cycle of which too much is missing for its timings."""
    first, last = stack.time[0], stack.time[-1]
    return [
        f"The movie shows {row.kind} {row.cycle_count} from {max(first - row.start_s, 0):.6g} to "
        f"{min(last - row.start_s, row.duration_s):.6g} s of its {row.duration_s:.6g} s: what is "
        "missing at an end leaves its particles unclear."
        for row in record.itertuples()
        if max(first - row.start_s, row.end_s - last) > LARGEST_GAP * row.duration_s
    ]


def _unrecorded(clock: CellClock, stack: ImageStack) -> list[str]:
    """A note on a movie much of which the record says nothing about."""
    first, last = stack.time[0], stack.time[-1]
    start, end = (float(clock.record.times[i]) - clock.offset for i in (0, -1))
    covered = min(last, end) - max(first, start)
    if covered >= (1 - LARGEST_GAP) * (last - first):
        return []
    return [
        f"{clock.record.name} covers {start:.6g} to {end:.6g} s on the movie's clock, the movie "
        f"{first:.6g} to {last:.6g} s: what happens outside of the record is not judged."
    ]


def _completed(given: pd.DataFrame) -> pd.DataFrame:
    table = given.assign(duration_s=given["end_s"] - given["start_s"])
    if "cycle_count" not in table:
        table = table.assign(cycle_count=table.groupby("kind").cumcount() + 1)
    return table


def _regions(
    stack: ImageStack,
    image: NDArray[np.float64],
    drift: Drift,
    record: pd.DataFrame,
    rois: Regions | str | Path | None,
) -> Regions:
    if rois is None:
        change = brightening(stack, drift, record)
        found = find_particles(image, stack.pixel_size, change=change)
    elif isinstance(rois, Regions):
        found = rois
    else:
        found = read_rois(rois, image.shape, stack.pixel_size, _drifted(stack, drift))
    if found.shape != image.shape:
        raise ImagingError(
            f"The regions are drawn on {found.shape[1]} x {found.shape[0]} pixels, the movie has "
            f"{image.shape[1]} x {image.shape[0]}."
        )
    return without_saturated(without_unseen(found, drift), stack, drift)


def _drifted(stack: ImageStack, drift: Drift) -> Drifted:
    """Way of the scene by the number of a stored frame."""

    def way(stored: int) -> tuple[float, float]:
        number = stack.number_of(stored)
        return float(drift.dx_px[number]), float(drift.dy_px[number])

    return way


def _nothing(stack: ImageStack, regions: Regions) -> str:
    reasons = regions.excluded["reason"].value_counts()
    seen = "; ".join(f"{n} {reason}" for reason, n in reasons.items()) or "nothing stands out"
    return (
        f"{stack.name}: no particle to time ({seen}). Give regions of interest, or see the movie."
    )


def _where_seen(traces: xr.Dataset, regions: Regions, drift: Drift) -> xr.Dataset:
    """The traces with NaN in frames in which a particle is not wholly in view."""
    seen = in_view(regions, drift)
    return traces.assign({name: traces[name].where(seen) for name in ("y", "y_u")})


def _timings(
    y: xr.DataArray, record: pd.DataFrame, rule: TimingRule, cell: CellClock | None
) -> pd.DataFrame:
    """The timing table with its further columns."""
    table = reaction_timings(y, record, uncertainty=True, rule=rule)
    table = with_slope_peaks(with_amplitudes(table, y, rule), y, record)
    return with_charge(table.assign(note=_words_on_view(table, y)), record, cell)


def _words_on_view(table: pd.DataFrame, y: xr.DataArray) -> pd.Series:
    unseen = y.isnull().mean("time").to_series()
    words = {name: f"out of view in {share:.0%} of the frames" for name, share in unseen.items()}
    return table["particle"].map(words).where(table["particle"].map(unseen) > 0, "")


def _rule(rule: TimingRule | None, traces: xr.Dataset, cell: CellClock | None) -> TimingRule:
    rule = rule or TimingRule(least_change=LEAST_CHANGE, wander=LEAST_WANDER)
    wander = max(rule.wander, float(traces["lamp_wander"].max()))
    clock = float(np.hypot(rule.clock, cell.uncertainty if cell else 0.0))
    return replace(rule, wander=wander, clock=clock)


def _with_soc(traces: xr.Dataset, record: pd.DataFrame, cell: CellClock | None) -> xr.Dataset:
    """The traces with ``soc``, the share of the half-cycle's charge, where it is known."""
    if cell is None:
        return traces
    time = traces["time"].to_numpy()
    soc = np.full(len(time), np.nan)
    for _, row in record.iterrows():
        inside = (time >= row["start_s"]) & (time <= row["end_s"])
        soc[inside] = cell.soc(time[inside], row)
    return traces.assign(soc=("time", soc))


def _instrument(stack: ImageStack) -> dict[str, float | int]:
    return {
        "bit_depth": stack.bit_depth,
        "frame_interval_second": float(np.median(np.diff(stack.time))),
    }
