"""The report of a movie: what was seen, how sure it is, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multiscale.analysis.electrode_measures import electrode_measures
from multiscale.dataset.description import missing_facts
from multiscale.imaging.pipeline import Measurement
from multiscale.imaging.timings import sampling_limits
from multiscale.plotting.timings import half_cycle_names
from multiscale.report.page import Figure, KeyValues, Page, Section, Table, Text

_HEADS = {
    "particle": "particle",
    "status": "status",
    "t10_s": "t10 [s]",
    "t50_s": "t50 [s]",
    "t90_s": "t90 [s]",
    "u_t50_s": "u(t50) [s]",
    "width_s": "t90 − t10 [s]",
    "u_width_s": "u(t90 − t10) [s]",
    "amplitude": "amplitude",
    "u_amplitude": "u(amplitude)",
    "note": "note",
}
_CAPTIONS = {
    "outlines": "Mean of the first frames with the outline of every particle, coloured by t50 of "
    "the first half-cycle.",
    "drift": "Drift of the scene against the first frame, and the static background by which every "
    "frame is divided. Look here first: timings are as good as this line is smooth.",
    "cell": "Cell record on the clock of the movie; half-cycles shaded, first and last frame "
    "dashed.",
    "calibration": "Lithium fraction against differential intensity, learned where all particles "
    "react together; thin lines from resampled particles.",
    "traces": "Differential intensity of some particles from early to late, with t10, t50 (thick) "
    "and t90.",
    "raster": "All traces, a row for each particle in the order of t50; white dots are t50.",
    "timings": "t50 in order with two standard uncertainties and the span from t10 to t90, and "
    "how many particles reacted when.",
}
_CAVEATS = (
    "Light returns from the surface of a particle, about 200 nm deep: a time says when the surface "
    "had changed by half, which for a particle with a lithium-poor rim is earlier than when its "
    "mean had. Particles are weighted by nothing but their being in view.",
    "Without a calibration times are those of the brightness. For a sudden reaction that is the "
    "time of the lithium; for one that lasts over much of the half-cycle the two differ, by up to "
    "a tenth of its duration. Compare a simulation in the optical domain, or calibrate on a "
    "half-cycle in which all particles react together.",
)


_CORRECTIONS = {
    "drift_method": "Drift found by",
    "drift_rms_pixel": "Drift, rms [pixel]",
    "drift_u_pixel": "Drift, uncertainty [pixel]",
    "lamp_method": "Lamp corrected by",
    "lamp_wander": "Wander left by the lamp [-]",
    "state_levels": "Levels before and after",
    "estimator": "Times read by",
    "calibration": "Calibration to lithium",
    "camera_clock_offset_second": "Test time at the first frame [s]",
    "camera_clock_offset_u_second": "... its uncertainty [s]",
}
_CHANCE = (
    "With so many particles an unrelated order gives a Kendall tau within this band, and two "
    "samples of one distribution a Wasserstein distance of this many durations: what is "
    "smaller says nothing."
)


def imaging_page(
    measured: Measurement,
    pictures: Mapping[str, Path],
    facts: Mapping[str, Any] | None = None,
) -> Page:
    """The report of a measurement.

    Parameters
    ----------
    measured : Measurement
    pictures : mapping of str to path
        By name, as ``plotting.imaging.draw_measurement`` gives them.
    facts : mapping, optional
        What the experimenter told, as for ``Measurement.write``.
    """
    known = {**measured.known_facts(), **(facts or {})}
    names = half_cycle_names(measured.timings)

    def figures(*names: str) -> list[Figure]:
        return [Figure(pictures[name], _CAPTIONS[name]) for name in names if name in pictures]

    corrections = KeyValues(
        {words: known[name] for name, words in _CORRECTIONS.items() if name in known}
    )
    chance = [
        [
            names[row.half_cycle],
            row.n,
            _rounded(row.tau_chance),
            _rounded(row.wasserstein_floor),
            _rounded(row.wasserstein_floor_95),
        ]
        for row in sampling_limits(measured.timings).itertuples()
    ]
    columns = ["half-cycle", "particles", "|tau| by chance", "distance by chance", "95 %"]
    limits = Table(columns, chance, _CHANCE)
    left_out: Text | Table = Text("Nothing.")
    table = measured.excluded
    if len(table):
        rows = []
        for reason, n in table["reason"].value_counts().items():
            labels = table.loc[table["reason"] == reason, "particle"].astype(str)
            rows.append([reason, n, ", ".join(labels[:12])])
        left_out = Table(["reason", "number", "the first of them"], rows)
    told = {name.replace("_", " "): value for name, value in known.items() if value is not None}
    missing = ", ".join(missing_facts(known))
    gaps = f"Not told, and null in dataset.json: {missing}." if missing else "Nothing is missing."
    statuses = measured.timings["status"].value_counts()
    time = measured.traces["time"].to_numpy()
    return Page(
        title=str(known.get("title") or f"Reaction timings of {measured.name}"),
        description="When each particle had done 10, 50 and 90 % of its own change, counted from "
        "the start of the half-cycle's current.",
        sections=[
            Section("Particles", figures("outlines")),
            Section(
                "Timings",
                [_measures(measured.timings), *figures("timings", "raster", "traces")],
            ),
            Section(
                "Drift, lamp and cell", [*figures("drift", "cell", "calibration"), corrections]
            ),
            Section("How far a comparison can go", [Text("\n\n".join(_CAVEATS)), limits]),
            Section("What was left out", [left_out]),
            *_timing_sections(measured),
            Section("What is known of the measurement", [KeyValues(told), Text(gaps)], folded=True),
        ],
        warnings=[note if note.endswith((".", "?")) else f"{note}." for note in measured.notes],
        facts={
            "movie": measured.name,
            "frames": f"{len(time)}, {time[-1] - time[0]:.6g} s",
            "pixel": f"{1e9 * measured.pixel_size:.4g} nm",
            "particles": f"{len(measured.regions)}",
            "timings": ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in statuses.items()),
            "left out": f"{len(measured.excluded)}",
            "times of": "the brightness"
            if measured.calibration is None
            else f"lithium, calibrated on half-cycle {measured.calibration.half_cycle}",
        },
    )


def _measures(timings: pd.DataFrame) -> Table:
    rows, names = [], half_cycle_names(timings)
    for _, row in electrode_measures(timings).iterrows():
        rows.append(
            [
                names[row["half_cycle"]],
                _rounded(row["duration_s"], 6),
                f"{row['reacted']} of {row['particles']}",
                *(_bounded(row, name) for name in ("spread_t50", "range_t50", "median_width")),
                _bounded(row, "mean_active_fraction"),
            ]
        )
    columns = ["half-cycle", "duration [s]", "reacted", "sd of t50", "p90 − p10 of t50"]
    columns += ["median t90 − t10", "mean active share"]
    words = "Spreads, widths and shares are over the duration."
    if any("≥" in str(cell) for row in rows for cell in row):
        words += " ≥: particles that did not react count as later than the end, a lower bound."
    return Table(columns, rows, words)


def _bounded(row: pd.Series, name: str) -> Any:
    value = _rounded(row[name])
    return f"≥ {value}" if row.get(f"{name}_is_lower_bound", False) else value


def _timing_sections(measured: Measurement) -> list[Section]:
    """A folded table of all particles for each half-cycle, earliest first."""
    sections, names = [], half_cycle_names(measured.timings)
    for number, rows in measured.timings.groupby("half_cycle", sort=True):
        rows = rows.sort_values("t50_s", kind="stable", na_position="last")
        known = [name for name in _HEADS if name != "note" or rows["note"].any()]
        cells = [[_cell(row[name], name) for name in known] for _, row in rows.iterrows()]
        caption = (
            "Standard uncertainties (k = 1). A width marked ≤ is shorter than two frames and an "
            "upper bound."
        )
        bound = rows["width_is_upper_bound"].to_numpy(bool)
        place = known.index("width_s")
        for row, is_bound in zip(cells, bound, strict=True):
            row[place] = f"≤ {row[place]}" if is_bound else row[place]
        table = Table([_HEADS[name] for name in known], cells, caption)
        sections.append(Section(f"Every particle, {names[number]}", [table], True))
    return sections


def _cell(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return value.replace("_", " ") if name == "status" else value
    if not np.isfinite(value):
        return ""
    return f"{value:.3f}" if "amplitude" in name else f"{value:.1f}"


def _rounded(value: float, digits: int = 3) -> Any:
    return float(f"{value:.{digits}g}") if np.isfinite(value) else None
