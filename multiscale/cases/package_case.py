"""A folder that holds a data package, as a case with criteria that are fixed here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multiscale.cases.package_figures import measured_timings
from multiscale.cases.package_geometry import electrode_of
from multiscale.cases.package_run import PackageSpec, protocol_for, usable_package
from multiscale.cases.packages import NAME
from multiscale.cases.tables import check_keys, read_table
from multiscale.dataset import DataPackage
from multiscale.dataset.description import DESCRIPTION
from multiscale.dataset.particles_file import PARTICLES
from multiscale.errors import CaseError
from multiscale.parameters import list_sets
from multiscale.text import decoded, read_bytes
from multiscale.toml_text import MOST_BYTES, parse_toml

OWN = "validation.toml"
KEYS = [key for key in PackageSpec.file_keys() if key not in ("package", "shuffled")]
PARAMETERS = "::"  # between a folder and the parameter set that is chosen for it
FEWEST = 3  # particles that reacted in a half-cycle that is judged
ORDERED = 0.02  # spread of t50 over the half-cycle from which particles have an order
SOURCE = "data package; limits fixed in multiscale.cases.package_case"


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
    own = _own_tables(folder)
    package = usable_package(folder)
    variant: dict[str, Any] = {"package": str(folder)}
    variant |= {key: own.pop(key) for key in KEYS if key in own}
    where = f"{folder.name}/{OWN}"
    variant["parameters"] = chosen or variant.get("parameters") or _stated_set(package, folder)
    spec = read_table(PackageSpec, variant, where)
    electrode_of(package, folder, spec.geometry)
    title = package.facts.get("title") or folder.name
    described = {
        "kind": NAME,
        "title": str(title),
        "paper": f"Data package {folder.name}",
        "description": _description(package, spec.experiment),
        "variants": {"package": variant},
        "criteria": list(default_criteria(package)),
    }
    return described | own, folder.name, folder


def _own_tables(folder: Path) -> dict[str, Any]:
    path = folder / OWN
    if not path.is_file():
        return {}
    text = decoded(read_bytes(path, CaseError, MOST_BYTES), f"{folder.name}/{OWN}", CaseError)
    found = parse_toml(text, f"{folder.name}/{OWN}", CaseError)
    try:
        check_keys(found, [*KEYS, "criteria", "fitted", "tuned", "paper"])
    except CaseError as error:
        raise CaseError(f"{folder.name}/{OWN}: {error}") from error
    return dict(found)


def _stated_set(package: DataPackage, folder: Path) -> str:
    stated = str(package.facts.get("parameter_set") or "")
    if stated in list_sets():
        return stated
    raise CaseError(
        f'{folder.name}: which parameters? Give --parameters SET, or parameters = "SET" in '
        f"{OWN}; sets: {', '.join(list_sets())}"
    )


def _description(package: DataPackage, steps: Sequence[str]) -> str:
    particles = package.particles["particle_id"].nunique()
    source = package.facts.get("measured_from") or "not stated"
    words = f"{particles} particles, measured from: {source}; "
    words += f"{len(package.excluded)} seen and left out by its authors. "
    if steps:
        return words + f"Protocol as given: {'; '.join(steps)}."
    protocol = protocol_for(package)
    return words + f"Protocol of the cell record: {'; '.join(protocol.steps)}. {protocol.scale}."


def default_criteria(package: DataPackage) -> Iterator[dict[str, Any]]:
    """Criteria of every half-cycle in which at least three particles reacted.

    Order and distribution are hard criteria where the measured t50 spread over more than 2 % of
    the half-cycle; particles that react together have no order worth the name.
    """
    timings = measured_timings(package)
    judged = 0
    for number, rows in timings.groupby("half_cycle"):
        kept = rows[rows["status"] == "reacted"]
        if len(kept) < FEWEST:
            continue
        judged += 1
        words = f"{kept['kind'].iloc[0]}, half-cycle {number}, {len(kept)} particles"
        yield from _of_half_cycle(int(number), words, _spread(rows) > ORDERED)
    if not judged:
        raise CaseError(
            f"no half-cycle with {FEWEST} or more particles that reacted: nothing can be judged"
        )


def _spread(rows: pd.DataFrame) -> float:
    """Standard deviation of t50, late particles at the end."""
    kept = rows[rows["status"].isin(["reacted", "no_change", "incomplete"])]
    late = kept["status"] != "reacted"
    kept = kept.assign(t50_s=kept["t50_s"].mask(late, kept["duration_s"]))
    ends = kept["t50_low_s"].fillna(0), kept["t50_high_s"].fillna(kept["duration_s"])
    t50 = kept["t50_s"].fillna((ends[0] + ends[1]) / 2)
    return float(np.std(t50 / kept["duration_s"], ddof=1))


def _of_half_cycle(number: int, words: str, ordered: bool) -> Iterator[dict[str, Any]]:
    order = "hard" if ordered else "reported"
    rows = (
        ("P1", "simulated duration over the measured one", "duration_ratio", (0.85, 1.15), "hard"),
        ("P2", "share of the reacted particles that are compared", "share_matched", (0.7,), "hard"),
        ("P3", "order, Kendall's tau-b, 0 where within chance", "tau", (0.5,), order),
        ("P3", "the same order over what chance gives", "tau_over_chance", (1.0,), order),
        ("P4", "median distance of t50, share of the half-cycle", "median_error", 0.1, "hard"),
        ("P4", "the same over what times dealt out anew give", "median_error_over_chance", 1.0, ""),
        ("P5", "90th percentile of the distance", "p90_error", 0.25, "reported"),
        ("P6", "Wasserstein-1 over its floor", "wasserstein_over_floor", 1.0, order),
        ("P7", "spread of t50, difference", "spread_difference", (-0.1, 0.1), "hard"),
        ("P8", "time-mean active fraction, difference", "active_difference", (-0.1, 0.1), ""),
    )
    for id, quantity, measure, limits, kind in rows:
        yield _criterion(number, id, f"{quantity} ({words})", measure, kind or "reported") | (
            _limits(limits)
        )
    modes = _criterion(
        number,
        "P9",
        f"both or none bimodal at half of the charge ({words})",
        "modes_agree",
        "reported",
    )
    yield modes | {"arguments": {"half_cycle": number, "soc": 0.5}, "minimum": 1.0}


def _limits(limits: Any) -> dict[str, float]:
    if not isinstance(limits, tuple):
        return {"maximum": limits}
    return dict(zip(("minimum", "maximum"), limits, strict=False))


def _criterion(number: int, id: str, quantity: str, measure: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"{id}.{number}",
        "quantity": quantity,
        "measure": measure,
        "arguments": {"half_cycle": number},
        "kind": kind,
        "source": SOURCE,
    }
