"""Results of an electrode: the same reading habits, per particle."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import ResultsError, unknown_name
from multiscale.results.particle import Results
from multiscale.spatial_methods.space import FiniteElementSpace
from multiscale.spatial_methods.union import Block


class ElectrodeResults(Results):
    """Results of a solved :class:`ElectrodeModel`; made by ``Results(solution)``.

    ``particles`` holds per-particle series by label, :meth:`inside` the fields of one particle.
    """

    def inside(
        self, particle: str, name: str = "Particle stoichiometry", times: ArrayLike | None = None
    ) -> tuple[NDArray[np.float64], Block]:
        """Field of one particle, (n_unknowns, n_times), and the block that holds its mesh."""
        number = self._number(particle)
        first, last = self.space.offsets[number : number + 2]
        return self.field(name, times)[first:last], self.space.blocks[number]

    def probe(
        self,
        name: str,
        points: ArrayLike,
        times: ArrayLike | None = None,
        particle: str | None = None,
    ) -> xr.DataArray:
        """Values of a field at points of one particle, relative to its centre [m].

        See :meth:`Results.probe`; ``particle`` is the label and must be given.
        """
        if particle is None:
            raise ResultsError(f"Name the particle to probe: particle=... {self.labels}")
        chosen = self._checked_times(times)
        values, block = self.inside(particle, name, chosen)
        if not isinstance(block.space, FiniteElementSpace):
            raise ResultsError("Lumped particles have no inside to probe; use Radial or Resolved.")
        points = np.atleast_2d(np.asarray(points, dtype=float))
        try:
            matrix = block.space.interpolation(points.T / block.scale)
        except ValueError as error:
            raise ResultsError(f"A point lies outside particle {particle!r}.") from error
        return xr.DataArray(
            matrix @ values, dims=("point", "time"), coords={"time": chosen}, name=name
        )

    @cached_property
    def contact_resistances(self) -> xr.DataArray:
        """Resistance of every contact side [Ohm], dims ("contact", "time")."""
        return xr.DataArray(
            self.series("Contact resistance [Ohm]"),
            dims=("contact", "time"),
            coords={"contact": list(self.model.domains.contacts.index), "time": self.times},
        )

    @property
    def stopped_because(self) -> str:
        """Why the run ended, in physical words, naming the particle."""
        words = super().stopped_because
        if "surface" not in words:
            return words
        surface = self.series("Average particle surface stoichiometry", self.times[-1:])[:, 0]
        worst = surface.argmin() if "ran out" in words else surface.argmax()
        return f"{words} (particle {self.labels[worst]!r})"

    def _number(self, particle: str) -> int:
        if particle not in self.labels:
            raise ResultsError(unknown_name("particle", particle, self.labels))
        return self.labels.index(particle)
