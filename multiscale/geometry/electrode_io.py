"""Electrodes as files, and as a few lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiscale.geometry.electrode_geometry import ElectrodeGeometry


class ElectrodeFiles:
    """Reading and writing; ``ElectrodeGeometry`` inherits it."""


def summary(geometry: ElectrodeGeometry) -> str:
    """See ``ElectrodeGeometry.summary``."""
    particles, nodes, contacts = geometry.particles, geometry.nodes, geometry.contacts
    radius = particles["radius_m"]
    size = f"radius {radius.min():.3g} m"
    if radius.nunique() > 1:
        size = f"radii {radius.min():.3g} to {radius.max():.3g} m"
    depth = "" if geometry.depth is None else f", depth {geometry.depth:.3g} m"
    shapes = ", ".join(f"{n} {shape}" for shape, n in particles["shape"].value_counts().items())
    kinds = ", ".join(f"{n} {kind}" for kind, n in nodes["kind"].value_counts().items())
    kind = nodes.loc[contacts["node"], "kind"].set_axis(contacts.index)
    meeting = ", ".join(f"{n} with {name}" for name, n in kind.value_counts().items())
    share = geometry.contact_shares().groupby(kind).sum() / len(particles)
    covered = ", ".join(f"{name} {100 * part:.1f} %" for name, part in share.items())
    counts = geometry.obstruction_counts().value_counts().sort_index()
    obstruction = ", ".join(f"{n} behind {steps}" for steps, n in counts.items())
    count = f"{len(particles)} particles ({shapes})"
    return "\n".join(
        [
            f"{geometry.dimension}D electrode, {count}, {size}{depth}",
            f"  volume {geometry.volumes().sum():.4e} m3",
            f"  {len(nodes)} nodes ({kinds}), {len(geometry.edges)} edges",
            f"  {len(contacts)} contacts ({meeting})",
            f"  mean share of a particle's surface in contact: {covered}",
            f"  particles by the number between them and the carbon: {obstruction}",
        ]
    )
