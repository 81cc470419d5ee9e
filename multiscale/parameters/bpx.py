"""Battery Parameter eXchange (BPX) files in and out; PyBaMM's reader does the conversion."""

from __future__ import annotations

import ast
import copy
import json
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pybamm

from multiscale import limits
from multiscale.errors import ParameterError
from multiscale.parameters import names
from multiscale.parameters.check import REQUIRED
from multiscale.parameters.laws import FARADAY, R
from multiscale.parameters.sets import (
    ParameterSet,
    Source,
    initial_concentration,
    nominal_capacity,
    number,
)
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
    entries |= implied
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
    described = dict(base.sources) if base else {}
    described |= dict.fromkeys(entries, source)
    title = str(header.get("Title") or path.stem)
    material = ParameterSet(path.stem, title, values, described, "chemical")
    not_read = []
    for section, fields in sections.items():
        read = {*_CARRIED.get(section, {}), FULL if section == "Positive electrode" else ""}
        if section == "Electrolyte" and left_out:
            not_read.append(f"Electrolyte (left out: {left_out})")
        elif isinstance(fields, dict):
            not_read += [f"{section}: {field}" for field in fields if field not in read]
        else:
            not_read.append(section)
    not_read += [section for section in ("State", "Validation") if section in raw]
    missing = tuple(name for name in REQUIRED if name not in values)
    return BPXContent(material, tuple(entries), tuple(not_read), missing)


def _carried_of(raw: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Fields of a section that we read; the flaws of others are nobody's."""
    given = raw["Parameterisation"].get(section, {})
    if not isinstance(given, dict):
        raise ParameterError(f"{section} is {given!r:.60}, not a table of fields")
    return {field: value for field, value in given.items() if field in _CARRIED[section]}


def _converted(
    path: Path, raw: Mapping[str, Any], electrolyte: Mapping[str, Any]
) -> pybamm.ParameterValues:
    """What we read of the file, completed to a whole cell, as PyBaMM reads it."""
    positive = _POROUS | copy.deepcopy(raw["Parameterisation"]["Positive electrode"])
    sections = copy.deepcopy(_FILLER)
    sections["Cell"] |= _carried_of(raw, "Cell")
    sections["Electrolyte"] |= copy.deepcopy(dict(electrolyte))
    sections["Positive electrode"] = positive
    sections["Negative electrode"] = positive | {"OCP [V]": 0.1}
    header = {"BPX": raw["Header"]["BPX"], "Title": "completed", "Model": "DFN"}
    whole = {"Header": header, "Parameterisation": sections}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on defaults of what we drop
        try:
            return pybamm.ParameterValues.create_from_bpx_obj(whole)
        except Exception as error:  # bpx, pydantic, pyparsing and PyBaMM have no common base
            raise ParameterError(f"{path.name} is not a valid BPX file: {reason(error)}") from error


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


EMPTY, FULL = "Minimum stoichiometry", "Maximum stoichiometry"
_RANGES = {
    "Diffusivity [m2.s-1]": limits.DIFFUSIVITY,
    "Maximum concentration [mol.m-3]": limits.CONCENTRATION,
    "Particle radius [m]": limits.RADIUS,
    "Reaction rate constant [mol.m-2.s-1]": limits.POSITIVE,
}
_FUNCTIONS = (
    "OCP [V]",
    "OCP (delithiation) [V]",
    "OCP (lithiation) [V]",
    "Diffusivity [m2.s-1]",
    "Conductivity [S.m-1]",
    "Entropic change coefficient [V.K-1]",
)
_CALLED = ("exp", "tanh", "cosh")
_OPERATORS = ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow
_LONGEST, _DEEPEST = 10_000, 200  # characters and levels of a formula
_MOST_SHOWN = 3  # faults of one file


def check_fields(path: Path, sections: Mapping[str, Any]) -> None:
    """``ParameterError`` for numbers that are none and tables that do not increase.

    PyBaMM's reader takes both, or names another field.
    """
    for field, value in _fields(sections):
        if isinstance(value, bool):
            raise ParameterError(f"{path.name}, {field}: {value} is not a number")
        if isinstance(value, str) and field.endswith(_FUNCTIONS):
            _check_formula(path, field, value)
        if isinstance(value, float) and not math.isfinite(value):
            raise ParameterError(f"{path.name}, {field}: {value} is not a finite number")
        if not (isinstance(value, dict) and {"x", "y"} <= set(value)):
            continue
        x, y = value["x"], value["y"]
        lists = isinstance(x, list) and isinstance(y, list)
        if not lists or len(x) != len(y) or len(x) < 2:
            raise ParameterError(
                f"{path.name}, {field}: x and y must be lists of one length, above 1"
            )
        for name, column in (("x", x), ("y", y)):
            for i, entry in enumerate(column):
                if type(entry) not in (int, float) or not math.isfinite(entry):
                    raise ParameterError(f"{path.name}, {field}: {name}[{i}] is {entry!r}")
        for i in range(1, len(x)):
            if not x[i] > x[i - 1]:
                raise ParameterError(
                    f"{path.name}, {field}: x must increase, but x[{i}] = {x[i]:g} follows "
                    f"{x[i - 1]:g}"
                )


def _fields(sections: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in sections.items():
        if isinstance(value, dict) and not {"x", "y"} <= set(value):
            yield from _fields(value, f"{prefix}{name}: ")
        else:
            yield f"{prefix}{name}", value


def _check_formula(path: Path, field: str, text: str) -> None:
    """Only what BPX allows: numbers, x, + - * / ** and three functions.

    The library turns the text into Python code and runs it, so nothing else may get there; a
    power of powers of whole numbers would keep it busy for ever.
    """
    where = f"{path.name}, {field}"
    if len(text) > _LONGEST:
        raise ParameterError(f"{where}: a formula of {len(text)} characters; at most {_LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ParameterError(f"{where}: {text[:60]!r} is not a formula: {error}") from None
    levels = [(tree, 0, False)]
    while levels:
        node, depth, under_power = levels.pop()
        exponent = node.right if isinstance(node, ast.BinOp) else None
        power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
        if depth > _DEEPEST or (power and under_power):
            raise ParameterError(f"{where}: {text[:60]!r} is nested too deep")
        allowed = (
            (isinstance(node, ast.Constant) and type(node.value) in (int, float))
            or (isinstance(node, ast.Name) and node.id == "x")
            or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub))
            or (isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS))
            or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in _CALLED
                and len(node.args) == 1
                and not node.keywords
            )
        )
        if not allowed:
            shown = ast.unparse(node)[:40]
            raise ParameterError(
                f"{where}: {shown!r} may not stand in a formula of BPX; valid are numbers, x, "
                f"+ - * / ** and {', '.join(_CALLED)}"
            )
        numbers_only = not any(isinstance(n, ast.Name) and n.id == "x" for n in ast.walk(node))
        plain = exponent.operand if isinstance(exponent, ast.UnaryOp) else exponent
        size = plain.value if isinstance(plain, ast.Constant) else None
        small = isinstance(size, int | float) and abs(size) <= 300
        if power and numbers_only and not small:
            raise ParameterError(f"{where}: {ast.unparse(node)[:40]!r} is not a number of any use")
        below = node.args if isinstance(node, ast.Call) else list(ast.iter_child_nodes(node))
        for child in below:
            if isinstance(child, ast.expr):
                levels.append((child, depth + 1, under_power or (power and numbers_only)))


def check_version(path: Path, version: Any) -> None:
    """Version 0.1 to 1.1, as a text or a number."""
    found = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", str(version).strip())
    if not found or (int(found[1]), int(found[2])) > (1, 1) or isinstance(version, bool):
        raise ParameterError(
            f"{path.name}: BPX in 'Header' is the version of the format, from 0.1 to 1.1, not "
            f"{version!r:.60}"
        )


def check_cathode(path: Path, fields: Mapping[str, Any]) -> None:
    """``ParameterError`` for numbers of a positive electrode that nothing can have."""
    where = f"{path.name}, Positive electrode"
    for field, quantity in _RANGES.items():
        value = _plain(fields.get(field))
        if value is not None:
            limits.number(value, f"{where}: {field}", ParameterError, quantity)
    for field in ("OCP [V]", "OCP (delithiation) [V]", "OCP (lithiation) [V]"):
        table = fields.get(field)
        if isinstance(table, dict) and {"x", "y"} <= set(table):
            if not 0 <= min(table["x"]) <= max(table["x"]) <= 1:
                raise ParameterError(
                    f"{where}: {field}: x is a stoichiometry between 0 and 1, not from "
                    f"{min(table['x']):g} to {max(table['x']):g}"
                )
            for end in (min(table["y"]), max(table["y"])):
                limits.number(end, f"{where}: {field}", ParameterError, limits.POTENTIAL)
    low, high = _plain(fields.get(EMPTY)), _plain(fields.get(FULL))
    for name, value in ((EMPTY, low), (FULL, high)):
        if value is not None and not 0 <= value <= 1:
            raise ParameterError(f"{where}: {name} lies between 0 and 1, not at {value:g}")
    if low is not None and high is not None and not low < high:
        raise ParameterError(
            f"{where}: {EMPTY} {low:g} is not below {FULL} {high:g}; are they swapped?"
        )


def check_cell(path: Path, fields: Mapping[str, Any]) -> None:
    """``ParameterError`` for cut-offs and temperatures that no cell has."""
    for field, value in fields.items():
        quantity = limits.TEMPERATURE if "temperature" in field else limits.CUT_OFF
        limits.number(_plain(value, value), f"{path.name}, Cell: {field}", ParameterError, quantity)
    low, high = (_plain(fields.get(f"{end} voltage cut-off [V]")) for end in ("Lower", "Upper"))
    if low is not None and high is not None and not low < high:
        raise ParameterError(
            f"{path.name}, Cell: the lower voltage cut-off {low:g} V is not below the upper, "
            f"{high:g} V"
        )


def _plain(value: Any, otherwise: Any = None) -> Any:
    """A number, also of a text; what is none is left to the library, which names it."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return otherwise
    return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise


def reason(error: Exception) -> str:
    """Why a file was refused, a line a field, without the words of the library.

    Examples
    --------
    >>> reason(ValueError("no OCP"))
    'no OCP'
    """
    details = getattr(error, "errors", None)
    if not callable(details):
        return str(error).strip().splitlines()[0]
    found: dict[str, str] = {}
    for one in details():
        # branches of one field ("float", "int", ...) are one fault to the reader
        field = ", ".join(str(part).strip("`") for part in one["loc"][:2]) or "file"
        found.setdefault(field, one["msg"])
    shown = [f"{field}: {text}" for field, text in list(found.items())[:_MOST_SHOWN]]
    more = len(found) - _MOST_SHOWN
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def implied_entries(path: Path, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of ours that a BPX file says under another name.

    The initial stoichiometry is that of a discharged cell, the largest of the cathode; the
    ambient temperature is the stated one, or that of reference.
    """
    sections = raw["Parameterisation"]
    entries: dict[str, Any] = {}
    full = _plain(sections["Positive electrode"].get(FULL))
    if full is not None:
        entries[names.INITIAL_STOICHIOMETRY] = float(full)
    places = {"State: Thermal environment": raw.get("State", {}), "Cell": sections.get("Cell", {})}
    state = places["State: Thermal environment"]
    places["State: Thermal environment"] = (
        state.get("Thermal environment", {}) if isinstance(state, dict) else {}
    )
    for where, place in places.items():
        for field in ("Ambient temperature [K]", "Reference temperature [K]"):
            if isinstance(place, dict) and field in place and names.TEMPERATURE not in entries:
                value = _plain(place[field], place[field])
                what = f"{path.name}, {where}: {field}"
                entries[names.TEMPERATURE] = limits.number(
                    value, what, ParameterError, limits.TEMPERATURE
                )
    return entries


def of_any_particle() -> dict[str, Any]:
    """Entries that follow from others in every set: capacity, current and concentration."""
    return {
        names.NOMINAL_CAPACITY: nominal_capacity(),
        names.CURRENT: nominal_capacity(),
        names.INITIAL_CONCENTRATION: initial_concentration(),
    }


POINTS = 121
_CURVES = {
    "OCP [V]": names.OCP,
    "OCP (delithiation) [V]": names.DELITHIATION_OCP,
    "OCP (lithiation) [V]": names.LITHIATION_OCP,
}

_WRITTEN = {*_CURVES.values(), names.MAXIMUM_CONCENTRATION, names.DIFFUSIVITY}
_WRITTEN |= {names.EXCHANGE_CURRENT}


@dataclass(frozen=True, kw_only=True)
class BPXElectrode:
    """What BPX asks of an electrode and a parameter set of ours does not hold.

    Parameters
    ----------
    thickness, radius : float
        Of the electrode and of its particles [m].
    active_fraction : float
        Volume of active material per volume of electrode [-].
    window : (float, float)
        Smallest and largest stoichiometry.
    """

    thickness: float
    radius: float
    active_fraction: float
    window: tuple[float, float]

    def __post_init__(self) -> None:
        low, high = self.window
        if not (self.thickness > 0 and self.radius > 0 and 0 < self.active_fraction < 1):
            raise ParameterError("Thickness and radius must be positive, the fraction within 0..1")
        if not 0 < low < high < 1:
            raise ParameterError(f"The window {self.window} must increase between 0 and 1")


def write_bpx(path: str | Path, chosen: ParameterSet, electrode: BPXElectrode) -> list[str]:
    """Write a partial BPX file of the positive electrode; returns what it does not carry.

    Laws become tables. A diffusivity of Lun's flux is written as Fick's, times its
    thermodynamic factor. The exchange current is reduced to BPX's one rate constant by its
    value at half lithiation.

    Parameters
    ----------
    path : path
        Ends in ``.json``.
    chosen : ParameterSet
    electrode : BPXElectrode

    Returns
    -------
    list of str
        One line per entry that was left out or simplified, and how.

    Examples
    --------
    >>> import tempfile
    >>> from multiscale.parameters.library import load_set
    >>> electrode = BPXElectrode(thickness=6e-5, radius=1e-6, active_fraction=0.6,
    ...                          window=(0.21, 0.97))
    >>> path = Path(tempfile.mkdtemp()) / "ni88.json"
    >>> lost = write_bpx(path, load_set("Xu2022_NMC88"), electrode)
    >>> any(line.startswith("Positive particle electronic conductivity") for line in lost)
    True
    """
    values = chosen.values
    x = np.linspace(*electrode.window, POINTS)
    temperature = number(values, names.TEMPERATURE) or 298.15
    full = number(values, names.MAXIMUM_CONCENTRATION)
    if full is None or names.OCP not in values or names.DIFFUSIVITY not in values:
        raise ParameterError(f"{chosen.name} lacks a potential, diffusivity or concentration")
    tables = {
        field: _table(x, _law(values, entry, {"sto": x}))
        for field, entry in _CURVES.items()
        if entry in values
    }
    diffusivity = _law(values, names.DIFFUSIVITY, {"sto": x, "T": temperature})
    lost = []
    if chosen.transport == "thermodynamic":
        slope = np.gradient(_law(values, names.OCP, {"sto": x}), x)
        diffusivity = diffusivity * np.maximum(-FARADAY / (R * temperature) * x * slope, 1e-12)
        lost.append(f"{names.DIFFUSIVITY}: written as Fick's, times its thermodynamic factor")
    if names.EXCHANGE_CURRENT not in values:
        raise ParameterError("BPX asks for kinetics; the set has no exchange-current density")
    # BPX's rate constant, and how far its exchange current is from the law
    c_e = number(values, names.ELECTROLYTE_CONCENTRATION) or 1000.0
    sto = np.r_[0.5, x]
    arguments = {"c_e": c_e, "c_s_surf": sto * full, "c_s_max": full, "T": temperature}
    exchange = _law(values, names.EXCHANGE_CURRENT, arguments)
    rate = float(exchange[0]) / (0.5 * FARADAY)
    off = exchange[1:] / (rate * FARADAY * np.sqrt(x * (1 - x)))
    worst = float(np.exp(np.abs(np.log(off)).max()))
    lost.append(
        f"{names.EXCHANGE_CURRENT}: one rate constant, equal at stoichiometry 0.5; "
        f"elsewhere off by a factor of up to {worst:.3g}"
    )
    fields = {
        "Thickness [m]": electrode.thickness,
        "Minimum stoichiometry": electrode.window[0],
        "Maximum stoichiometry": electrode.window[1],
        "Maximum concentration [mol.m-3]": full,
        "Particle radius [m]": electrode.radius,
        "Surface area per unit volume [m-1]": 3 * electrode.active_fraction / electrode.radius,
        # level outside the window: a straight line through the last points may turn negative
        "Diffusivity [m2.s-1]": _table(np.r_[0, x, 1], np.pad(diffusivity, 1, "edge")),
        **tables,
        "Reaction rate constant [mol.m-2.s-1]": rate,
    }
    citations = dict.fromkeys(source.citation for source in chosen.sources.values())
    content = {
        "Header": {
            "BPX": "1.1.0",
            "Title": chosen.title,
            "References": "; ".join(citations),
            "Model": "Partial",
        },
        "Parameterisation": {"Positive electrode": fields},
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    left = sorted(set(chosen.sources) - _WRITTEN)
    return [*lost, *(f"{name}: no field in a partial BPX file" for name in left)]


def _law(values: pybamm.ParameterValues, name: str, arguments: Mapping[str, Any]) -> np.ndarray:
    symbols = {
        key: pybamm.Vector(value) if np.ndim(value) else pybamm.Scalar(value)
        for key, value in arguments.items()
    }
    size = max(np.size(value) for value in arguments.values())
    result = values.process_symbol(pybamm.FunctionParameter(name, symbols)).evaluate()
    return np.broadcast_to(np.asarray(result, dtype=float).ravel(), (size,))


def _table(x: np.ndarray, y: np.ndarray) -> dict[str, list[float]]:
    return {"x": [float(f"{v:.8g}") for v in x], "y": [float(f"{v:.8g}") for v in y]}
