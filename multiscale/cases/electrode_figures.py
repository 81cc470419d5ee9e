"""The figures that an electrode case may ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multiscale.cases.comparison import compared, figure_columns, lower_bounds
from multiscale.cases.electrode import ElectrodeRun
from multiscale.cases.runs import CaseRun
from multiscale.errors import ResultsError


def _run(run: CaseRun, names: list[str]) -> ElectrodeRun:
    chosen = run.run(names[0])
    assert isinstance(chosen, ElectrodeRun)  # reading.py lets no other case ask for these
    return chosen


def times_at(run: ElectrodeRun, half_cycle: int, shares: list[float]) -> list[float]:
    """Times [s] at shares of a half-cycle."""
    row = run.half_cycle(half_cycle)
    return [float(row["start_s"] + share * row["duration_s"]) for share in shares]


def _particle_map(
    run: CaseRun,
    names: list[str],
    shares: list[float],
    half_cycle: int = 0,
    view: str = "projection",
) -> Any:
    from multiscale import plotting

    one = _run(run, names)
    return plotting.particle_map(one.solved, times_at(one, half_cycle, shares), view=view)


def _particle_traces(run: CaseRun, names: list[str], against: str = "cell soc") -> Any:
    from multiscale import plotting

    return plotting.particle_traces(_run(run, names).solved, against=against)


def _surface_lithium(run: CaseRun, names: list[str]) -> Any:
    from multiscale import plotting

    one = _run(run, names)
    return plotting.surface_lithium(one.solved, one.tops)


def _timing_chart(run: CaseRun, names: list[str]) -> Any:
    from multiscale import plotting

    one = _run(run, names)
    return plotting.timing_chart(one.timings, one.obstruction.to_dict())


def _contact_network(run: CaseRun, names: list[str], share: float, half_cycle: int = 0) -> Any:
    from multiscale import plotting

    one = _run(run, names)
    return plotting.contact_network(one.solved, times_at(one, half_cycle, [share])[0])


def _mechanism_table(run: CaseRun, names: list[str]) -> Any:
    from multiscale import plotting

    table, asked = figure_columns(run, names), run.case.comparison
    if len(table) < 2 or asked is None:
        raise ResultsError("a comparison needs two variants; see --variants all")
    bounds = lower_bounds(compared(run).loc[names])
    return plotting.mechanism_table(table, coloured=asked.shaded, at_least=bounds)


def frames(run: ElectrodeRun, n: int = 25) -> tuple[list[Any], list[str]]:
    """Pictures of the run at even times, with their labels."""
    from multiscale import plotting

    times = np.linspace(run.solved.times[0], run.solved.times[-1], n)
    labels = [f"{time / 3600:.1f} h" for time in times]
    return plotting.electrode_frames(run.solved, times), labels


KINDS: dict[str, Callable[..., Any]] = {
    "particle_map": _particle_map,
    "particle_traces": _particle_traces,
    "surface_lithium": _surface_lithium,
    "timing_chart": _timing_chart,
    "contact_network": _contact_network,
    "mechanism_table": _mechanism_table,
}
