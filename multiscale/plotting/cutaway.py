"""A 3D particle in space, cut open at its middle."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Normalize
from mpl_toolkits.mplot3d.art3d import (  # type: ignore[import-untyped]
    Line3DCollection,
    Poly3DCollection,
)
from numpy.typing import NDArray

from multiscale.plotting import style
from multiscale.plotting.picture import mark_colours, marked_facets, middle
from multiscale.plotting.simplices import clip, cut, straight_cells
from multiscale.spatial_methods.space import FiniteElementSpace, space_of

_VIEWS = {"x": (24, 30), "y": (24, -60), "z": (38, -60)}


def draw_cutaway(
    axes: Any,
    results: Any,
    values: NDArray[np.float64],
    scale: Normalize,
    colours: str,
    normal: str,
) -> None:
    """Draw the slice through the middle and the half of the surface behind it.

    Parameters
    ----------
    axes : mplot3d axes
    results : Results
        On a 3D mesh.
    values : array, shape (n_unknowns,)
        Nodal values.
    """
    mesh, space = results.mesh, space_of(results.mesh)
    height = _height(space.coordinates, mesh, normal)
    section = cut(straight_cells(space), height)
    # the viewer stands at +z, +x or -y: what lies behind the plane is kept
    skin = clip(_skin(space), height if normal == "y" else -height)
    for order, part in enumerate((skin, section)):
        corners = 1e6 * (part.weights @ space.coordinates.T)[part.pieces]
        _paint(axes, corners, (part.weights @ values)[part.pieces], scale, colours, order)
    _draw_rim(axes, results, normal)
    low, high = 1e6 * mesh.mesh.p.min(axis=1), 1e6 * mesh.mesh.p.max(axis=1)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    axes.set_box_aspect(high - low, zoom=1.45)
    axes.set_proj_type("ortho")
    axes.computed_zorder = False
    axes.view_init(*_VIEWS[normal])
    axes.set_axis_off()


def _paint(
    axes: Any,
    corners: NDArray[np.float64],
    values: NDArray[np.float64],
    scale: Normalize,
    colours: str,
    order: int,
) -> None:
    """Triangles (n, 3, 3) with values (n, 3), each split in sixteen for smooth shades."""
    for _ in range(2):
        corners, values = _quartered(corners), _quartered(values[:, :, None])[:, :, 0]
    shade = mpl.colormaps[colours](scale(values.mean(axis=1)))
    look = {"facecolors": shade, "edgecolors": shade, "linewidths": 0.3, "rasterized": True}
    axes.add_collection3d(Poly3DCollection(corners, zorder=order, **look))


def _quartered(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = corners.transpose(1, 0, 2)
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    small = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([np.stack(piece, axis=1) for piece in small])


def _draw_rim(axes: Any, results: Any, normal: str) -> None:
    """The edge of the cut, with blocked parts and contacts as thick lines."""
    mesh = results.mesh
    height = _height(mesh.mesh.p, mesh, normal)

    def segments(facets: NDArray[np.int64]) -> NDArray[np.float64]:
        section = cut(mesh.mesh.facets[:, facets].T, height)
        return 1e6 * (section.weights @ mesh.mesh.p.T)[section.pieces]

    rim = segments(np.concatenate(list(mesh.groups.values())))
    axes.add_collection3d(Line3DCollection(rim, colors=style.INK, linewidths=0.9, zorder=2))
    marks = marked_facets(results)
    for facets, colour in zip(marks.values(), mark_colours(marks), strict=True):
        lines = segments(facets)
        if len(lines):
            look = {"colors": colour, "linewidths": 4, "capstyle": "round", "zorder": 3}
            axes.add_collection3d(Line3DCollection(lines, **look))


def _height(nodes: NDArray[np.float64], mesh: Any, normal: str) -> NDArray[np.float64]:
    across = "xyz".index(normal)
    return nodes[across] - middle(mesh)[across]


def _skin(space: FiniteElementSpace) -> NDArray[np.int64]:
    """Triangles of straight cells that belong to one cell only: the outer surface."""
    cells = straight_cells(space)
    faces = np.concatenate([np.delete(cells, i, axis=1) for i in range(4)])
    _, first, count = np.unique(
        np.sort(faces, axis=1), axis=0, return_index=True, return_counts=True
    )
    return faces[first[count == 1]]
