"""Data packages as cases: measured timings of particles against a simulation of their electrode.

A folder that holds a package is a case too, with criteria that are fixed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multiscale.analysis.bimodality import CELL_SOC, bimodality
from multiscale.analysis.comparison import compare_timings
from multiscale.analysis.order import DRAWS
from multiscale.analysis.timings import reaction_timings, taking_part
from multiscale.analysis.traces import change_done
from multiscale.cases.kind import DataMissing, Kind, bounded
from multiscale.cases.package_simulation import (
    PackageSpec,
    Simulated,
    electrode_of,
    half_cycles_of_package,
    protocol_for,
    simulated,
    usable_package,
)
from multiscale.cases.tables import check_keys, read_table
from multiscale.dataset import DataPackage, read_package
from multiscale.dataset.description import DESCRIPTION
from multiscale.dataset.particles_file import PARTICLES, timings_of
from multiscale.errors import AnalysisError, CaseError, DatasetError, ResultsError
from multiscale.imaging.cell_clock import CellClock
from multiscale.parameters import list_sets
from multiscale.text import MOST_BYTES, decoded, parse_toml, read_bytes

# --- both compared, with chance beside --------------------------------------------------------

LIKELY = 0.95
BIMODAL_P = 0.05  # of the dip test

Floats = NDArray[np.float64]


def measured_timings(package: DataPackage, shuffled: int | None = None) -> pd.DataFrame:
    """The timing table of a package; with a seed dealt out to the particles anew.

    Parameters
    ----------
    package : DataPackage
    shuffled : int, optional
    """
    table = timings_of(package.particles, half_cycles_of_package(package))
    if shuffled is None:
        return table
    generator = np.random.default_rng(shuffled)
    labels = table["particle"].unique()
    dealt = dict(zip(labels, generator.permutation(labels), strict=True))
    return table.assign(particle=table["particle"].map(dealt))


def package_numbers(
    ours: Simulated, package: DataPackage, shuffled: int | None = None
) -> dict[int, dict[str, float]]:
    """What is compared, by number of the half-cycle.

    Those of ``compare_timings`` with the floors of what is compared as a difference; particles
    that only the simulation knows count as not in view. ``share_matched`` is of the particles
    that were measured to react.

    Raises
    ------
    DatasetError
        If the two have no half-cycle or no particle in common.
    """
    theirs = measured_timings(package, shuffled)
    common = set(ours.timings["particle"]) & set(theirs["particle"])
    if not common:
        raise DatasetError("No particle of the package is in the simulated electrode")
    seen = ours.timings[ours.timings["particle"].isin(set(theirs["particle"]))]
    compared = compare_timings(seen, theirs)
    found = {}
    for _, row in compared.summary().iterrows():
        number = int(row["half_cycle"])
        rows = [table[table["half_cycle"] == number] for table in (seen, theirs)]
        numbers = {name: float(row[name]) for name in row.index if name not in ("kind",)}
        # how many were measured, and what the order is worth: 0 within chance
        ends = rows[1].reindex(columns=["t50_s", "t50_low_s", "t50_high_s"]).notna().any(axis=1)
        n = int((rows[1]["status"].eq("reacted") & ends).sum())
        tau, chance = numbers["tau"], numbers["tau_chance"]
        beyond = np.isfinite(tau) and np.isfinite(chance) and abs(tau) > chance
        numbers |= {
            "measured": n,
            "not_reacted": len(rows[1]) - n,
            "share_matched": numbers["matched"] / n if n else np.nan,
            "order": tau if beyond else 0.0,
            "tau_over_chance": tau / chance,
            "wasserstein_over_floor": numbers["wasserstein"] / numbers["wasserstein_floor_95"],
        }
        pairs = compared.pairs[compared.pairs["half_cycle"] == number]
        numbers |= _shuffled_error(pairs) | _differences(rows[0], rows[1])
        numbers |= {name: float(row[name]) for name in row.index if name.startswith("spread_")}
        numbers |= _modes(ours, package, number)
        found[number] = numbers
    return found


def _shuffled_error(pairs: pd.DataFrame, seed: int = 0) -> dict[str, float]:
    """Median error that the same times give when they are dealt out anew: its lower 2.5 %."""
    if len(pairs) < 2:
        return {"median_error_chance": np.nan, "median_error_over_chance": np.nan}
    generator = np.random.default_rng([seed, 2])
    ours, low, high = (
        pairs[name].to_numpy(float) for name in ("simulated", "measured_low", "measured_high")
    )
    dealt = np.array([generator.permutation(ours) for _ in range(DRAWS)])
    errors = np.median(np.abs(dealt - np.clip(dealt, low, high)), axis=1)
    chance = float(np.quantile(errors, (1 - LIKELY) / 2))
    own = np.median(np.abs(ours - np.clip(ours, low, high)))
    return {"median_error_chance": chance, "median_error_over_chance": float(own / chance)}


def _differences(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, float]:
    """Differences of spread and of active fraction, and what two draws of one sample give.

    Particles that did not react are late, and never active: see ``analysis.censoring``.
    """

    def relative(table: pd.DataFrame, name: str) -> Floats:
        kept = taking_part(table)
        idle = kept["duration_s"] if name == "t50_s" else 0.0
        times = kept[name].where(kept["status"] == "reacted", idle)
        values = times.to_numpy(float) / kept["duration_s"].to_numpy(float)
        return values[np.isfinite(values)]

    times, widths = (
        [relative(one, name) for one in (ours, theirs)] for name in ("t50_s", "width_s")
    )
    spread = _difference("spread", times, lambda values: np.std(values, axis=-1, ddof=1))
    return spread | _difference("active", widths, lambda values: np.mean(values, axis=-1))


def _difference(
    name: str, samples: list[Floats], measure: Callable[[Floats], Any], seed: int = 0
) -> dict[str, float]:
    if min(map(len, samples)) < 2:
        ends = ("simulated", "measured", "difference", "floor_95")
        return {f"{name}_{end}": np.nan for end in ends}
    pooled = np.concatenate(samples)
    generator = np.random.default_rng([seed, len(pooled)])
    first, second = (measure(generator.choice(pooled, (DRAWS, len(one)))) for one in samples)
    return {
        f"{name}_simulated": float(measure(samples[0])),
        f"{name}_measured": float(measure(samples[1])),
        f"{name}_difference": float(measure(samples[0]) - measure(samples[1])),
        f"{name}_floor_95": float(np.quantile(np.abs(first - second), LIKELY)),
    }


# --- how many have reacted when ---------------------------------------------------------


def _modes(ours: Simulated, package: DataPackage, number: int) -> dict[str, float]:
    """Dip test and bimodality coefficient of both at parts of the half-cycle's charge."""
    clock = CellClock(ours.cell)
    found = _at_soc(ours.signal, ours.half_cycles, clock, number, "simulated")
    if package.traces is not None:
        offset = float(package.facts.get("camera_clock_offset_second") or 0.0)
        y = package.traces["y"].dropna("particle", how="all")
        record = half_cycles_of_package(package)
        record = record.assign(start_s=record["start_s"] - offset)
        record = record.assign(end_s=record["start_s"] + record["duration_s"])
        assert package.cell is not None  # asked before
        clock = CellClock(package.cell, offset)
        found |= _at_soc(y, record, clock, number, "measured")
    for soc in CELL_SOC:
        for name in ("dip_p", "coefficient", "middle"):
            for who in ("simulated", "measured"):
                found.setdefault(f"{name}_{who}_{soc:g}", np.nan)
        dips = [found[f"dip_p_{who}_{soc:g}"] for who in ("simulated", "measured")]
        agree = np.nan if np.isnan(dips).any() else float(len(set(np.less(dips, BIMODAL_P))) == 1)
        found[f"modes_agree_{soc:g}"] = agree
    return found


def _at_soc(
    signal: xr.DataArray, record: pd.DataFrame, clock: CellClock, number: int, who: str
) -> dict[str, float]:
    """Numbers of one side; NaN where its traces do not show the half-cycle."""
    row = record[record["half_cycle"] == number].iloc[0]
    try:
        done = change_done(signal, reaction_timings(signal, record), number)
        course = clock.soc(done["time"].to_numpy() + float(row["start_s"]), row)
        table = bimodality(done, course)
    except AnalysisError:
        return {}
    names = {"dip_p": "dip_p", "bimodality_coefficient": "coefficient", "middle_share": "middle"}
    return {
        f"{short}_{who}_{entry['cell_soc']:g}": float(entry[name])
        for entry in table.to_dict("records")
        for name, short in names.items()
    }


def of_half_cycle(found: Mapping[int, dict[str, float]], half_cycle: Any) -> dict[str, float]:
    """What is compared in one half-cycle; those of the first without a number.

    Raises
    ------
    DatasetError
        If it was not compared.
    """
    number = min(found) if half_cycle is None else int(half_cycle)
    if number not in found:
        raise DatasetError(f"Half-cycle {number} was not compared; there are {sorted(found)}")
    return found[number]


# --- the kind --------------------------------------------------------------------------------

NAME = "image timings"
_OF_WIDTHS_AND_TRACES = ("active", "dip", "coefficient", "middle", "modes")

Found = Mapping[int, dict[str, float]]


def _observable(name: str) -> Callable[..., float]:
    def read(found: Found, half_cycle: int | None = None) -> float:
        numbers = of_half_cycle(found, half_cycle)
        if name not in numbers:
            raise ResultsError(f"This comparison has no {name}; it has {', '.join(numbers)}.")
        if name.startswith(_OF_WIDTHS_AND_TRACES) and math.isnan(numbers[name]):
            raise DataMissing(f"the package holds too few widths or traces for {name}")
        return bounded(numbers, name)

    return read


def _at(name: str) -> Callable[..., float]:
    def read(found: Found, soc: float, half_cycle: int | None = None) -> float:
        return _observable(f"{name}_{soc:g}")(found, half_cycle)

    return read


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
    solve=lambda variant, context: package_numbers(
        simulated(variant), read_package(variant.folder), variant.shuffled
    ),
    statement="When the particles of a movie reacted, measured and simulated.",
    observables={
        # 0 where it is within chance: no order then, whatever the limit
        "tau": _observable("order"),
        "tau_found": _observable("tau"),
        **{name: _observable(name) for name in _NAMES},
        **{name: _at(name) for name in _MODES},
    },
)


# --- a folder as a case -----------------------------------------------------------------------

OWN = "validation.toml"
KEYS = [key for key in PackageSpec.file_keys() if key not in ("package", "shuffled")]
PARAMETERS = "::"  # between a folder and the parameter set that is chosen for it
FEWEST = 3  # particles that reacted in a half-cycle that is judged
ORDERED = 0.02  # spread of t50 over the half-cycle from which particles have an order
SOURCE = "data package; limits fixed in multiscale.cases.package"
# id, quantity, measure, kind ("" for hard where particles have an order), smallest and largest
CRITERIA: tuple[tuple[str, str, str, str, float | None, float | None], ...] = (
    ("P1", "simulated duration over the measured one", "duration_ratio", "hard", 0.85, 1.15),
    ("P2", "share of the reacted particles that are compared", "share_matched", "hard", 0.7, None),
    ("P3", "order, Kendall's tau-b, 0 where within chance", "tau", "", 0.5, None),
    ("P3", "the same order over what chance gives", "tau_over_chance", "", 1.0, None),
    ("P4", "median distance of t50, share of the half-cycle", "median_error", "hard", None, 0.1),
    (
        *("P4", "the same over what times dealt out anew give"),
        *("median_error_over_chance", "reported", None, 1.0),
    ),
    ("P5", "90th percentile of the distance", "p90_error", "reported", None, 0.25),
    ("P6", "Wasserstein-1 over its floor", "wasserstein_over_floor", "", None, 1.0),
    ("P7", "spread of t50, difference", "spread_difference", "hard", -0.1, 0.1),
    ("P8", "time-mean active fraction, difference", "active_difference", "reported", -0.1, 0.1),
    ("P9", "both or none bimodal at half of the charge", "modes_agree", "reported", 1.0, None),
)


def is_package(source: str) -> bool:
    """Whether a source names the folder of a data package, maybe with a parameter set."""
    folder = Path(source.partition(PARAMETERS)[0]).expanduser()
    return folder.is_dir() and any((folder / name).is_file() for name in (DESCRIPTION, PARTICLES))


def package_tables(source: str) -> tuple[dict[str, Any], str, Path]:
    """The content of a case file for a package, the name of the case, and its folder.

    ``validation.toml`` inside the package may hold what a variant holds (parameters, particles,
    overrides, geometry, reflectance, experiment), and criteria and fitted parameters; without
    criteria those of :func:`default_criteria` are taken.

    Parameters
    ----------
    source : str
        The folder; or ``FOLDER::SET``, which wins over the file.

    Raises
    ------
    CaseError
        If nothing says which parameters to take, or the file is none.
    DatasetError, GeometryError
        If the package cannot be judged.
    """
    place, _, chosen = source.partition(PARAMETERS)
    folder = Path(place).expanduser().resolve()
    where, own = f"{folder.name}/{OWN}", dict[str, Any]()
    if (folder / OWN).is_file():
        text = decoded(read_bytes(folder / OWN, CaseError, MOST_BYTES), where, CaseError)
        own = dict(parse_toml(text, where, CaseError))
        try:
            check_keys(own, [*KEYS, "criteria", "fitted", "tuned", "paper"])
        except CaseError as error:
            raise CaseError(f"{where}: {error}") from error
    package = usable_package(folder)
    stated = str(package.facts.get("parameter_set") or "")
    variant: dict[str, Any] = {"package": str(folder)}
    variant |= {key: own.pop(key) for key in KEYS if key in own}
    variant["parameters"] = chosen or variant.get("parameters")
    if not variant["parameters"] and stated not in list_sets():
        raise CaseError(
            f'{folder.name}: which parameters? Give --parameters SET, or parameters = "SET" in '
            f"{OWN}; sets: {', '.join(list_sets())}"
        )
    variant["parameters"] = variant["parameters"] or stated
    spec = read_table(PackageSpec, variant, where)
    electrode_of(package, folder, spec.geometry)
    words = (
        f"{package.particles['particle_id'].nunique()} particles, measured from: "
        f"{package.facts.get('measured_from') or 'not stated'}; {len(package.excluded)} seen and "
        "left out by its authors. "
    )
    if spec.experiment:
        words += f"Protocol as given: {'; '.join(spec.experiment)}."
    else:
        protocol = protocol_for(package)
        words += f"Protocol of the cell record: {'; '.join(protocol.steps)}. {protocol.scale}."
    described = {
        "kind": NAME,
        "title": str(package.facts.get("title") or folder.name),
        "paper": f"Data package {folder.name}",
        "description": words,
        "variants": {"package": variant},
        "criteria": list(default_criteria(package)),
    }
    return described | own, folder.name, folder


def default_criteria(package: DataPackage) -> Iterator[dict[str, Any]]:
    """Criteria of every half-cycle in which at least three particles reacted.

    Order and distribution are hard criteria where the measured t50 spread over more than 2 % of
    the half-cycle; particles that react together have no order worth the name.
    """
    judged = False
    for number, rows in measured_timings(package).groupby("half_cycle"):
        reacted = rows[rows["status"] == "reacted"]
        if len(reacted) < FEWEST:
            continue
        judged = True
        # spread of t50, late particles at the end
        kept = rows[rows["status"].isin(["reacted", "no_change", "incomplete"])]
        t50 = kept["t50_s"].mask(kept["status"] != "reacted", kept["duration_s"])
        low = kept["t50_low_s"].fillna(0)
        middle = (low + kept["t50_high_s"].fillna(kept["duration_s"])) / 2
        spread = np.std(t50.fillna(middle) / kept["duration_s"], ddof=1)
        order = "hard" if spread > ORDERED else "reported"
        words = f"{reacted['kind'].iloc[0]}, half-cycle {number}, {len(reacted)} particles"
        for id, quantity, measure, kind, *limits in CRITERIA:
            yield {
                "id": f"{id}.{int(number)}",
                "quantity": f"{quantity} ({words})",
                "measure": measure,
                "arguments": {"half_cycle": int(number)}
                | ({"soc": 0.5} if measure == "modes_agree" else {}),
                "kind": kind or order,
                "source": SOURCE,
                **{
                    name: limit
                    for name, limit in zip(("minimum", "maximum"), limits, strict=True)
                    if limit is not None
                },
            }
    if not judged:
        raise CaseError(
            f"no half-cycle with {FEWEST} or more particles that reacted: nothing can be judged"
        )
