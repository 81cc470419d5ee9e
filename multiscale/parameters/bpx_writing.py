"""The part of a parameter set that a BPX file can carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pybamm
from scipy.constants import R, physical_constants

from multiscale.errors import ParameterError
from multiscale.parameters import names
from multiscale.parameters.evaluation import number
from multiscale.parameters.registry import ParameterSet

FARADAY = physical_constants["Faraday constant"][0]
POINTS = 121
_CURVES = {
    "OCP [V]": names.OCP,
    "OCP (delithiation) [V]": names.DELITHIATION_OCP,
    "OCP (lithiation) [V]": names.LITHIATION_OCP,
}

_CARRIED = {*_CURVES.values(), names.MAXIMUM_CONCENTRATION, names.DIFFUSIVITY}
_CARRIED |= {names.EXCHANGE_CURRENT}


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
    >>> from multiscale.parameters.registry import load_set
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
    rate, note = _rate(values, x, full, temperature)
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
    _write(Path(path), chosen, fields)
    left = sorted(set(chosen.sources) - _CARRIED)
    return [*lost, note, *(f"{name}: no field in a partial BPX file" for name in left)]


def _rate(
    values: pybamm.ParameterValues, x: np.ndarray, full: float, temperature: float
) -> tuple[float, str]:
    """BPX's rate constant, and how far its exchange current is from the law."""
    if names.EXCHANGE_CURRENT not in values:
        raise ParameterError("BPX asks for kinetics; the set has no exchange-current density")
    c_e = number(values, names.ELECTROLYTE_CONCENTRATION) or 1000.0
    sto = np.r_[0.5, x]
    arguments = {"c_e": c_e, "c_s_surf": sto * full, "c_s_max": full, "T": temperature}
    law = _law(values, names.EXCHANGE_CURRENT, arguments)
    rate = float(law[0]) / (0.5 * FARADAY)
    off = law[1:] / (rate * FARADAY * np.sqrt(x * (1 - x)))
    worst = float(np.exp(np.abs(np.log(off)).max()))
    return rate, (
        f"{names.EXCHANGE_CURRENT}: one rate constant, equal at stoichiometry 0.5; "
        f"elsewhere off by a factor of up to {worst:.3g}"
    )


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


def _write(path: Path, chosen: ParameterSet, fields: Mapping[str, Any]) -> None:
    citations = dict.fromkeys(source.citation for source in chosen.sources.values())
    content = {
        "Header": {
            "BPX": "1.1.0",
            "Title": chosen.title,
            "References": "; ".join(citations),
            "Model": "Partial",
        },
        "Parameterisation": {"Positive electrode": dict(fields)},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
