"""What happens at the surface of a particle: imposed flux, reaction, blocked part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ModelError, unknown_name
from multiscale.fem.space import Quadrature
from multiscale.limits import number, numbers
from multiscale.models.material import COUNTER_ELECTRODES

_SAME_ANGLE = 1e-6  # of facets that lie alike, to the rounding of a mesh file [rad]


@dataclass(frozen=True)
class ImposedFlux:
    """The current is spread evenly over the surface, weighted by its reactivity.

    Xu et al. and Lun et al. (SI, eqs. 13-15) drive a particle this way. The voltage is the
    open-circuit potential of the mean surface, so current steps and voltage cut-offs work
    but voltage holds do not (they need :class:`ButlerVolmer`).
    """


@dataclass(frozen=True)
class ButlerVolmer:
    """Charge transfer with an exchange current that depends on the stoichiometry.

    Parameters
    ----------
    counter_electrode : str, optional
        ``"ideal"`` (default): the lithium electrode stays at 0 V. ``"lithium metal"``: it has
        an overpotential from its own exchange current and area ratio.
    """

    counter_electrode: str = "ideal"

    def __post_init__(self) -> None:
        if self.counter_electrode not in COUNTER_ELECTRODES:
            kinds = COUNTER_ELECTRODES
            raise ModelError(unknown_name("counter electrode", self.counter_electrode, kinds))


@dataclass(frozen=True)
class BlockedSurface:
    """A rock-salt layer on one side of the particle (Lun et al., SI, eqs. 13-15).

    Parameters
    ----------
    fraction : float
        gamma, the share of the surface under the layer, 0 <= gamma < 1.
    ratio : float
        eta, flux through the layer over flux through the bare surface, 0 <= eta < 1.
    direction : sequence of float, optional
        From the particle's centre to the middle of the layer. Two components mean an
        angle in the a/b plane (an arc, or a strip along a cylinder); three components on a
        3D mesh mean a cap.

    Examples
    --------
    >>> BlockedSurface(fraction=0.5, ratio=0.3).flux_factor
    1.5384615384615383
    """

    fraction: float
    ratio: float
    direction: Sequence[float] = (1.0, 0.0)

    def __post_init__(self) -> None:
        for name, symbol, value in [
            ("fraction", "gamma", self.fraction),
            ("ratio", "eta", self.ratio),
        ]:
            number(value, f"BlockedSurface: {name} ({symbol})", ModelError)
            if not 0 <= value < 1:
                raise ModelError(
                    f"BlockedSurface: {name} ({symbol}) is {value}; it must satisfy "
                    f"0 <= {symbol} < 1 (Lun et al., SI, eq. 13). A particle blocked all over "
                    "could not carry its current."
                )
        direction = numbers(self.direction, "BlockedSurface: direction", ModelError)
        if len(direction) not in (2, 3):
            raise ModelError(
                f"BlockedSurface: direction has 2 or 3 components, not {len(direction)}"
            )
        if not np.linalg.norm(direction) > 0:
            raise ModelError("BlockedSurface: direction must not be the zero vector.")

    @property
    def flux_factor(self) -> float:
        """Flux through the bare surface over that of an unblocked particle (eq. 14)."""
        return 1 / (1 - self.fraction + self.ratio * self.fraction)

    def reactivity(self, surface: Quadrature) -> NDArray[np.float64]:
        """Reactivity at the quadrature points: 1 bare, ``ratio`` blocked.

        The facets nearest to ``direction`` are blocked, the last ones in part, so that the
        blocked area is exactly ``fraction`` of the whole; see :func:`covered_share`.

        Parameters
        ----------
        surface : Quadrature
            The facet group.

        Returns
        -------
        array, shape (n_points,)
        """
        n_facets = len(surface.facet_areas)
        if n_facets < 3:
            raise ModelError(
                f"BlockedSurface needs a 2D or 3D particle: this surface has {n_facets} facet(s) "
                "and no side to block."
            )
        middle, direction = surface.facet_middles, np.asarray(self.direction, dtype=float)
        if len(direction) > len(middle):
            raise ModelError(
                f"BlockedSurface: direction has {len(direction)} components, "
                f"the mesh has {len(middle)} dimensions."
            )
        centre = np.average(surface.points, axis=1, weights=surface.weights)
        arm = (middle - centre[:, None])[: len(direction)]
        cosine = direction @ arm / np.linalg.norm(direction) / np.linalg.norm(arm, axis=0)
        angle = np.arccos(np.clip(cosine, -1, 1))
        area = surface.facet_areas
        share = covered_share(angle, area, self.fraction * area.sum())
        return (1 - share * (1 - self.ratio))[surface.facet_of_point]


def covered_share(
    angle: NDArray[np.float64], area: NDArray[np.float64], target: float
) -> NDArray[np.float64]:
    """Share of every facet under a patch of a given area.

    The patch takes the facets in the order of their angle from its middle. Those at the same
    angle are covered alike, and the last ones in part: the patch has exactly its area on any mesh.

    Parameters
    ----------
    angle : array, shape (n_facets,)
        From the middle of the patch to that of each facet [rad].
    area : array, shape (n_facets,)
        What there is to cover [m2].
    target : float
        Area of the patch [m2]; all is covered if there is less.

    Returns
    -------
    array, shape (n_facets,)
        0 bare to 1 covered.

    Examples
    --------
    >>> covered_share(np.array([0.2, 0.1, 0.2]), np.array([1.0, 1.0, 1.0]), 2.0).tolist()
    [0.5, 1.0, 0.5]
    """
    order = np.argsort(angle, kind="stable")
    level = np.cumsum(np.diff(angle[order], prepend=angle[order[:1]]) > _SAME_ANGLE)
    size = np.bincount(level, area[order])
    before = np.cumsum(size) - size
    part = np.clip((target - before) / np.where(size > 0, size, 1.0), 0, 1)
    share = np.empty_like(area)
    share[order] = part[level]
    return share
