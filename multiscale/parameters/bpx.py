"""Battery Parameter eXchange (BPX) files in and out; PyBaMM's reader does the conversion."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pybamm

from multiscale.errors import ParameterError
from multiscale.parameters import names
from multiscale.parameters.bpx_fields import (
    FULL,
    check_fields,
    implied_entries,
    of_any_particle,
    reason,
)
from multiscale.parameters.check import REQUIRED
from multiscale.parameters.registry import ParameterSet
from multiscale.parameters.sources import Source

RADIUS = "Positive particle radius [m]"
# Section -> field -> entry of ours that the field becomes.
_CARRIED: dict[str, dict[str, str]] = {
    "Positive electrode": {
        "OCP [V]": names.OCP,
        "OCP (delithiation) [V]": names.DELITHIATION_OCP,
        "OCP (lithiation) [V]": names.LITHIATION_OCP,
        "Diffusivity [m2.s-1]": names.DIFFUSIVITY,
        "Diffusivity activation energy [J.mol-1]": names.DIFFUSIVITY,
        "Maximum concentration [mol.m-3]": names.MAXIMUM_CONCENTRATION,
        "Reaction rate constant [mol.m-2.s-1]": names.EXCHANGE_CURRENT,
        "Reaction rate constant activation energy [J.mol-1]": names.EXCHANGE_CURRENT,
        "Particle radius [m]": RADIUS,
    },
    "Electrolyte": {
        "Cation transference number": names.TRANSFERENCE_NUMBER,
        "Diffusivity [m2.s-1]": names.ELECTROLYTE_DIFFUSIVITY,
        "Diffusivity activation energy [J.mol-1]": names.ELECTROLYTE_DIFFUSIVITY,
        "Conductivity [S.m-1]": names.ELECTROLYTE_CONDUCTIVITY,
        "Conductivity activation energy [J.mol-1]": names.ELECTROLYTE_CONDUCTIVITY,
    },
    "Cell": {
        "Lower voltage cut-off [V]": names.LOWER_CUTOFF,
        "Upper voltage cut-off [V]": names.UPPER_CUTOFF,
        "Reference temperature [K]": names.REFERENCE_TEMPERATURE,
    },
}
# PyBaMM's reader wants a whole cell; what a partial file lacks is made up, and dropped again.
_FILLER: dict[str, dict[str, Any]] = {
    "Cell": {
        "Electrode area [m2]": 1.0,
        "External surface area [m2]": 1.0,
        "Volume [m3]": 1.0,
        "Number of electrode pairs connected in parallel to make a cell": 1,
        "Lower voltage cut-off [V]": 2.5,
        "Upper voltage cut-off [V]": 4.5,
        "Nominal cell capacity [A.h]": 1.0,
        "Reference temperature [K]": 298.15,
    },
    "Electrolyte": {
        "Cation transference number": 0.3,
        "Diffusivity [m2.s-1]": 1e-10,
        "Conductivity [S.m-1]": 1.0,
    },
    "Separator": {"Thickness [m]": 2e-5, "Porosity": 0.5, "Transport efficiency": 0.3},
}
_POROUS = {"Porosity": 0.3, "Transport efficiency": 0.16, "Conductivity [S.m-1]": 1.0}


@dataclass(frozen=True)
class BPXContent:
    """What a BPX file brings to a particle model.

    Attributes
    ----------
    parameter_set : ParameterSet
        The entries of the file, over those of the base if one was given. Its diffusivity is
        Fick's: ``transport`` is "chemical".
    carried : tuple of str
        Entries that the file brings.
    not_carried : tuple of str
        ``"section: field"`` of everything in the file that no model of ours reads.
    missing : tuple of str
        Entries that a particle needs and neither the file nor the base has.
    """

    parameter_set: ParameterSet
    carried: tuple[str, ...]
    not_carried: tuple[str, ...]
    missing: tuple[str, ...]


def read_bpx(path: str | Path, base: ParameterSet | None = None) -> BPXContent:
    """The positive electrode's material of a BPX file (.json), complete or partial.

    Parameters
    ----------
    path : path
    base : ParameterSet, optional
        Where every entry comes from that BPX has no field for: particle density, electronic
        conductivity, initial stoichiometry and others.

    Raises
    ------
    ParameterError
        If the file is no BPX, is damaged, or has no positive electrode of one material.
    """
    path = Path(path)
    import bpx  # slow, and seldom needed

    raw = _content(path)
    sections = raw.get("Parameterisation", {})
    electrode = sections.get("Positive electrode")
    if not isinstance(electrode, dict) or "Particle" in electrode:
        raise ParameterError(f"{path.name} needs a positive electrode of one material")
    check_fields(path, sections)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on defaults of what we drop
        try:
            bpx.parse_bpx_obj(copy.deepcopy(raw))
            whole = pybamm.ParameterValues.create_from_bpx_obj(_completed(raw))
        except Exception as error:  # bpx, pydantic, pyparsing and PyBaMM have no common base
            raise ParameterError(f"{path.name} is not a valid BPX file: {reason(error)}") from error
    entries = {
        entry: whole[entry]
        for section, fields in _CARRIED.items()
        for field, entry in fields.items()
        if field in sections.get(section, {}) and entry in whole
    }
    entries |= implied_entries(raw)
    return _collected(path, raw, entries, base)


def _collected(
    path: Path, raw: Mapping[str, Any], entries: dict[str, Any], base: ParameterSet | None
) -> BPXContent:
    values = base.values.copy() if base else pybamm.ParameterValues(of_any_particle())
    values.update(entries)
    header = raw.get("Header", {})
    source = Source(
        citation=header.get("References") or header.get("Title") or path.name,
        where=f"BPX file {path.name}",
        grade="B",
        kind="measured elsewhere",
        method="as the file states; converted by PyBaMM",
        valid_range=None,
    )
    sources = dict(base.sources) if base else {}
    sources |= dict.fromkeys(entries, source)
    title = header.get("Title") or path.stem
    chosen = ParameterSet(path.stem, title, values, sources, "chemical")
    missing = tuple(name for name in REQUIRED if name not in values)
    return BPXContent(chosen, tuple(entries), tuple(_left(raw)), missing)


def _left(raw: Mapping[str, Any]) -> list[str]:
    left = []
    for section, fields in raw.get("Parameterisation", {}).items():
        known = {*_CARRIED.get(section, {}), FULL if section == "Positive electrode" else ""}
        left += [f"{section}: {field}" for field in fields if field not in known]
    return left + [section for section in ("State", "Validation") if section in raw]


def _completed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The file as that of a whole cell, for PyBaMM's reader."""
    sections = copy.deepcopy(raw["Parameterisation"])
    sections.pop("User-defined", None)
    for name, filler in _FILLER.items():
        sections[name] = filler | sections.get(name, {})
    positive = _POROUS | sections["Positive electrode"]
    sections["Positive electrode"] = positive
    sections["Negative electrode"] = positive | {"OCP [V]": 0.1}
    header = {"BPX": raw["Header"]["BPX"], "Title": "completed", "Model": "DFN"}
    return {"Header": header, "Parameterisation": sections}


def _content(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ParameterError(f"There is no BPX file {path}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ParameterError(f"{path.name} is not a JSON file: {error}") from error
    if not isinstance(content, dict) or "Header" not in content:
        raise ParameterError(f"{path.name} is not a BPX file: it has no 'Header'")
    return content
