"""Data packages as cases: measured timings of particles against a simulation of their electrode."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from multiscale.cases.kind import Context, DataMissing, Kind, bounded
from multiscale.cases.package_figures import half_cycle_figures, package_figures
from multiscale.cases.package_run import PackageSpec, simulated
from multiscale.dataset import read_package
from multiscale.errors import ResultsError

NAME = "image timings"
_OF_WIDTHS_AND_TRACES = ("active", "dip", "coefficient", "middle", "modes")

Found = Mapping[int, dict[str, float]]


def _solve(variant: PackageSpec, context: Context) -> Found:
    ours = simulated(variant)
    return package_figures(ours, read_package(variant.folder), variant.shuffled)


def _figure(name: str) -> Callable[..., float]:
    def measure(found: Found, half_cycle: int | None = None) -> float:
        figures = half_cycle_figures(found, half_cycle)
        if name not in figures:
            raise ResultsError(f"This comparison has no {name}; it has {', '.join(figures)}.")
        if name.startswith(_OF_WIDTHS_AND_TRACES) and math.isnan(figures[name]):
            raise DataMissing(f"the package holds too few widths or traces for {name}")
        return bounded(figures, name)

    return measure


def _at(name: str) -> Callable[..., float]:
    def measure(found: Found, soc: float, half_cycle: int | None = None) -> float:
        return _figure(f"{name}_{soc:g}")(found, half_cycle)

    return measure


_NAMES = (
    *("measured", "matched", "share_matched", "excluded", "not_reacted", "only_measured"),
    *("only_simulated", "censored", "duration_ratio"),
    *(
        "median_error",
        "median_error_chance",
        "median_error_over_chance",
        "p90_error",
        "median_shift",
    ),
    *("tau_p", "tau_chance", "tau_over_chance", "spearman"),
    *("wasserstein", "wasserstein_floor_95", "wasserstein_over_floor"),
    *("spread_simulated", "spread_measured", "spread_difference", "spread_floor_95"),
    *("active_simulated", "active_measured", "active_difference", "active_floor_95"),
)
_SIDES = ("simulated", "measured")
_MODES = (
    *(f"{name}_{who}" for name in ("dip_p", "coefficient", "middle") for who in _SIDES),
    "modes_agree",
)
KIND = Kind(
    name=NAME,
    variant=PackageSpec,
    solve=_solve,
    statement="When the particles of a movie reacted, measured and simulated.",
    measures={
        "tau": _figure("order"),  # 0 where it is within chance: no order then, whatever the limit
        "tau_found": _figure("tau"),
        **{name: _figure(name) for name in _NAMES},
        **{name: _at(name) for name in _MODES},
    },
)
