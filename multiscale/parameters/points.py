"""The measured points behind a law."""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.parameters.tables import MonotoneTable


def measured_points(law: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Stoichiometry and value of the table that a law is made of; None if it is of none.

    Examples
    --------
    >>> from multiscale.parameters.laws import Constant, OfStoichiometry
    >>> x, y = measured_points(OfStoichiometry(MonotoneTable([0.2, 0.9], [2.0, 1.0])))
    >>> y.tolist(), measured_points(Constant(1.0))
    ([2.0, 1.0], None)
    """
    for _ in range(4):  # laws wrap laws: a guard, a temperature dependence
        if isinstance(law, MonotoneTable):
            return np.array(law.x), np.array(law.y)
        law = getattr(law, "table", None) or getattr(law, "law", None)
    return None
