"""Data packages as cases: measured timings of particles against a simulation of their electrode."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from multiscale.cases.electrode_tables import read_particles
from multiscale.cases.kind import Context, DataMissing, Kind, bounded
from multiscale.cases.package_figures import half_cycle_figures, package_figures
from multiscale.cases.package_geometry import read_rebuilding
from multiscale.cases.package_run import PackageSpec, simulated
from multiscale.cases.run_tables import read_overrides
from multiscale.cases.tables import NUMBER, check_keys, take, texts
from multiscale.dataset import read_package
from multiscale.errors import CaseError, ResultsError

NAME = "image timings"
KEYS = (
    *("package", "parameters", "particles", "overrides", "geometry", "reflectance"),
    *("experiment", "shuffled"),
)
LAW = ("gain", "saturation", "pristine", "charged")

_OF_WIDTHS_AND_TRACES = ("active", "dip", "coefficient", "middle", "modes")

Found = Mapping[int, dict[str, float]]


def read_variant(table: Mapping[str, Any], folder: Path | None, where: str) -> PackageSpec:
    """The table of a variant, or of ``validation.toml``, checked.

    Raises
    ------
    CaseError
    """
    check_keys(table, KEYS, where)
    name = take(table, "package", str, where, ...)
    path = (Path(name) if folder is None else folder / name).expanduser().resolve()
    if not path.is_dir():
        raise CaseError(f"{where}: there is no package {path}")
    law = check_keys(take(table, "reflectance", dict, where, {}), LAW, f"{where}, reflectance")
    particles = take(table, "particles", dict, where, {"fidelity": "radial"})
    read_particles(particles, where)
    return PackageSpec(
        folder=str(path),
        parameters=take(table, "parameters", str, where, ...),
        particles=particles,
        overrides=read_overrides(take(table, "overrides", dict, where, {}), f"{where}, overrides"),
        geometry=read_rebuilding(take(table, "geometry", dict, where, {}), f"{where}, geometry"),
        reflectance={key: take(law, key, NUMBER, f"{where}, reflectance") for key in law},
        experiment=texts(table, "experiment", where),
        shuffled=take(table, "shuffled", int, where),
    )


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
    read=read_variant,
    solve=_solve,
    statement="When the particles of a movie reacted, measured and simulated.",
    measures={
        "tau": _figure("order"),  # 0 where it is within chance: no order then, whatever the limit
        "tau_found": _figure("tau"),
        **{name: _figure(name) for name in _NAMES},
        **{name: _at(name) for name in _MODES},
    },
)
