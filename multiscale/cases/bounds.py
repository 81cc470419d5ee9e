"""What the charge balance alone forbids, whatever the model: bounds from the open-circuit curve.

If a share f of an electrode is untouched when the cell has done a share s of its charge, the
others hold x = x0 - s Delta/(1 - f), and the cell is at U(x) at least. A particle that jumps
while the cell is at V stops at U^-1(V) and then follows the cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from multiscale.cases.preparation import Prepared
from multiscale.parameters import names
from multiscale.parameters.sets import number

PRISTINE = 0.99  # where the bounds start: the curve is too steep above to say anything
UNTOUCHED = (
    (0.5, 0.1),
    (0.5, 0.3),
    (0.65, 0.05),
    (0.65, 0.1),
    (0.65, 0.2),
    (0.65, 0.3),
    (0.65, 0.5),
)
WIDTHS = (0.12, 0.2, 0.3)  # of the brightness, in lithium removed
JUMP = 0.9  # of its own change that a particle is to do at once


class _Curve:
    """Open-circuit curve of a run between the pristine state and its upper voltage limit."""

    def __init__(self, prepared: Prepared):
        self.law: Any = prepared.values[names.OCP]
        self.limit = number(prepared.values, names.UPPER_CUTOFF) or 0.0
        self.end = float(brentq(lambda x: self.voltage(x) - self.limit, 0.01, PRISTINE))
        self.span = PRISTINE - self.end

    def voltage(self, sto: float) -> float:
        return float(np.asarray(self.law(np.array(sto))))


def untouched_bounds(prepared: Prepared) -> pd.DataFrame:
    """Least voltage of the cell for a share of untouched particles at a state of charge.

    Columns: state of charge, untouched (share), content of the others, cell at least [V] and
    overpotential on the untouched [V]; NaN where it is impossible below the limit.
    """
    curve = _Curve(prepared)
    rows = []
    for soc, share in UNTOUCHED:
        others = PRISTINE - soc * curve.span / (1 - share)
        possible = others >= curve.end
        voltage = curve.voltage(others) if possible else float("nan")
        rows.append((soc, share, others, voltage, voltage - curve.voltage(PRISTINE)))
    columns = ["state of charge", "untouched", "content of the others", "cell at least [V]"]
    return pd.DataFrame(rows, columns=[*columns, "overpotential on the untouched [V]"])


def jump_bounds(prepared: Prepared) -> pd.DataFrame:
    """Least voltage at which a particle can do 90 % of its change at once, by signal."""
    curve = _Curve(prepared)
    rows = [("mean lithium content", curve.voltage(PRISTINE - JUMP * curve.span))]
    for width in WIDTHS:
        removed = -width * np.log(1 - JUMP * (1 - np.exp(-curve.span / width)))
        rows.append((f"brightness of width {width:g}", curve.voltage(PRISTINE - removed)))
    return pd.DataFrame(rows, columns=["signal", "cell at least [V]"])
