"""What can be drawn of a particle: the quantity, its name and how it follows from a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import unknown_name
from multiscale.plotting import style


@dataclass(frozen=True)
class Quantity:
    """A field as it is shown.

    Attributes
    ----------
    field : str
        Name of the variable.
    label : str
        Name on an axis, with its unit.
    colours : str
        Colormap; lithium-rich is dark in every one.
    ends : tuple of str
        What the low and the high end mean; empty if nothing is to be said.
    complement : bool
        Show one minus the field.
    """

    field: str
    label: str
    colours: str = style.FIELD_COLOURS
    ends: tuple[str, str] = ("", "")
    complement: bool = False

    def values(self, results: Any, times: ArrayLike) -> NDArray[np.float64]:
        """Nodal values, (n_unknowns, n_times)."""
        values = results.field(self.field, times)
        return 1 - values if self.complement else values

    def mean(self, results: Any, times: ArrayLike) -> NDArray[np.float64]:
        """Mean over the particle's volume at each time."""
        volumes = results.space.volumes
        return volumes @ self.values(results, times) / volumes.sum()


QUANTITIES = {
    "delithiation": Quantity(
        "Particle stoichiometry",
        "Degree of delithiation 1 − θ [–]",
        ends=("Li-rich", "Li-poor"),
        complement=True,
    ),
    "stoichiometry": Quantity(
        "Particle stoichiometry",
        "Lithium content θ [–]",
        colours=f"{style.FIELD_COLOURS}_r",
        ends=("Li-poor", "Li-rich"),
    ),
    "potential": Quantity("Particle potential [V]", "Potential in the particle [V]", "cividis"),
}


def quantity_of(name: str) -> Quantity:
    """A quantity by its short name.

    Examples
    --------
    >>> quantity_of("delithiation").field
    'Particle stoichiometry'
    """
    if name not in QUANTITIES:
        raise ValueError(unknown_name("quantity", name, tuple(QUANTITIES)))
    return QUANTITIES[name]
