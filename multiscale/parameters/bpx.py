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
    check_cathode,
    check_cell,
    check_fields,
    check_version,
    implied_entries,
    of_any_particle,
    reason,
)
from multiscale.parameters.check import REQUIRED
from multiscale.parameters.registry import ParameterSet
from multiscale.parameters.sources import Source
from multiscale.text import MAX_JSON_BYTES, read_text

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
        If the file is no BPX, or its positive electrode is of several materials, damaged or not
        physical. Faults elsewhere do not matter: sections that no particle needs are not looked
        at, and an electrolyte with a fault is left out, with a warning.
    """
    path = Path(path)
    raw = _content(path)
    sections = raw["Parameterisation"]
    left_out = ""
    check_fields(path, {"Positive electrode": sections["Positive electrode"]})
    check_fields(path, {"Cell": _carried_of(raw, "Cell")})
    check_cathode(path, sections["Positive electrode"])
    check_cell(path, _carried_of(raw, "Cell"))
    implied = implied_entries(path, raw)
    try:
        electrolyte = _carried_of(raw, "Electrolyte")
        check_fields(path, {"Electrolyte": electrolyte})
        whole = _converted(path, raw, electrolyte)
    except ParameterError as error:
        # no cathode is wrong for its electrolyte; what is wrong with itself fails again
        whole, electrolyte = _converted(path, raw, {}), {}
        left_out = str(error).removeprefix(f"{path.name}, ")
        warnings.warn(f"{path.name}: the electrolyte is left out: {left_out}", stacklevel=2)
    entries = {
        entry: whole[entry]
        for section, fields in _CARRIED.items()
        for field, entry in fields.items()
        if field in (electrolyte if section == "Electrolyte" else sections.get(section, {}))
        and entry in whole
    }
    return _collected(path, raw, entries | implied, base, left_out)


def _carried_of(raw: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Fields of a section that we read; the flaws of others are nobody's."""
    given = raw["Parameterisation"].get(section, {})
    if not isinstance(given, dict):
        raise ParameterError(f"{section} is {given!r:.60}, not a table of fields")
    return {field: value for field, value in given.items() if field in _CARRIED[section]}


def _converted(
    path: Path, raw: Mapping[str, Any], electrolyte: Mapping[str, Any]
) -> pybamm.ParameterValues:
    """The file as PyBaMM reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on defaults of what we drop
        try:
            return pybamm.ParameterValues.create_from_bpx_obj(_completed(raw, electrolyte))
        except Exception as error:  # bpx, pydantic, pyparsing and PyBaMM have no common base
            raise ParameterError(f"{path.name} is not a valid BPX file: {reason(error)}") from error


def _collected(
    path: Path,
    raw: Mapping[str, Any],
    entries: dict[str, Any],
    base: ParameterSet | None,
    left_out: str,
) -> BPXContent:
    values = base.values.copy() if base else pybamm.ParameterValues(of_any_particle())
    values.update(entries)
    header = raw["Header"]
    source = Source(
        citation=str(header.get("References") or header.get("Title") or path.name),
        where=f"BPX file {path.name}",
        grade="B",
        kind="measured elsewhere",
        method="as the file states; converted by PyBaMM",
        valid_range=None,
    )
    sources = dict(base.sources) if base else {}
    sources |= dict.fromkeys(entries, source)
    title = str(header.get("Title") or path.stem)
    chosen = ParameterSet(path.stem, title, values, sources, "chemical")
    missing = tuple(name for name in REQUIRED if name not in values)
    return BPXContent(chosen, tuple(entries), tuple(_left(raw, left_out)), missing)


def _left(raw: Mapping[str, Any], left_out: str) -> list[str]:
    left = []
    for section, fields in raw["Parameterisation"].items():
        known = {*_CARRIED.get(section, {}), FULL if section == "Positive electrode" else ""}
        if section == "Electrolyte" and left_out:
            left.append(f"Electrolyte (left out: {left_out})")
        elif isinstance(fields, dict):
            left += [f"{section}: {field}" for field in fields if field not in known]
        else:
            left.append(section)
    return left + [section for section in ("State", "Validation") if section in raw]


def _completed(raw: Mapping[str, Any], electrolyte: Mapping[str, Any]) -> dict[str, Any]:
    """What we read of the file as that of a whole cell, for PyBaMM's reader."""
    positive = _POROUS | copy.deepcopy(raw["Parameterisation"]["Positive electrode"])
    sections = copy.deepcopy(_FILLER)
    sections["Cell"] |= _carried_of(raw, "Cell")
    sections["Electrolyte"] |= copy.deepcopy(dict(electrolyte))
    sections["Positive electrode"] = positive
    sections["Negative electrode"] = positive | {"OCP [V]": 0.1}
    header = {"BPX": raw["Header"]["BPX"], "Title": "completed", "Model": "DFN"}
    return {"Header": header, "Parameterisation": sections}


def _content(path: Path) -> dict[str, Any]:
    """The file, with a header and a positive electrode of one material.

    Not ``text.read_json``: NaN in a section that nobody uses is nobody's business.
    """
    text = read_text(path, ParameterError, MAX_JSON_BYTES, "a BPX file")
    try:
        content = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        why = "it nests too deep" if isinstance(error, RecursionError) else error
        raise ParameterError(f"{path.name} is not a JSON file: {why}") from error
    if not isinstance(content, dict) or not isinstance(content.get("Header"), dict):
        raise ParameterError(f"{path.name} is not a BPX file: it has no 'Header'")
    check_version(path, content["Header"].get("BPX"))
    sections = content.get("Parameterisation")
    electrode = sections.get("Positive electrode") if isinstance(sections, dict) else None
    if not isinstance(electrode, dict) or "Particle" in electrode:
        found = "a blend" if isinstance(electrode, dict) else "none"
        raise ParameterError(
            f"{path.name} needs a positive electrode of one material under 'Parameterisation', "
            f"'Positive electrode'; here {found}"
        )
    return content


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r:.80} stands twice in one table")
    return content
