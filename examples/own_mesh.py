"""A mesh of one's own: written by any program, read with its unit and its named facet groups.

The mesh here is a small rectangle in micrometres with two named parts of its boundary, written
with meshio. An outline (a polygon from a micrograph, say) is meshed with gmsh where it is
installed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import meshio
import numpy as np
import pybamm

import multiscale as ms


def write_rectangle(path: Path, width: float = 2.0, height: float = 1.0, n: int = 20) -> None:
    """A rectangle of 2n x n squares, cut into triangles [um]; its right side is "contact"."""
    x, y = np.meshgrid(np.linspace(0, width, 2 * n + 1), np.linspace(0, height, n + 1))
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    number = np.arange(x.size).reshape(x.shape)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    corners = [np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))]
    triangles = np.concatenate(corners)
    sides = [number[0], number[-1], number[:, 0], number[:, -1]]
    lines = [np.column_stack([side[:-1], side[1:]]) for side in sides]
    group = [np.full(len(side), 2 if i == 3 else 1) for i, side in enumerate(lines)]
    mesh = meshio.Mesh(
        points,
        [("line", np.concatenate(lines)), ("triangle", triangles)],
        cell_data={"gmsh:physical": [np.concatenate(group), np.full(len(triangles), 3)]},
        field_data={
            "surface": np.array([1, 1]),
            "contact": np.array([2, 1]),
            "particle": np.array([3, 2]),
        },
    )
    mesh.cell_data["gmsh:geometrical"] = mesh.cell_data["gmsh:physical"]
    mesh.write(path, file_format="gmsh22", binary=False)


def outlined() -> ms.ParticleMesh | None:
    """A mesh from an outline; None, with a word of explanation, where gmsh is missing."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = 1 + 0.15 * np.cos(3 * angle)
    outline = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    try:
        return ms.ParticleMesh.from_outline(outline, unit="um", size=0.1)
    except (ImportError, OSError, ms.errors.MultiscaleError) as reason:
        print(f"No mesh from an outline here: {reason}")
        return None


def main() -> dict[str, float]:
    """Lithium left after twenty minutes of charge on each mesh."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rectangle.msh"
        write_rectangle(path)
        meshes = {"rectangle": ms.ParticleMesh.read(path, unit="um")}
    rectangle = meshes["rectangle"]
    assert np.isclose(rectangle.volume, 2e-6 * 1e-6 * rectangle.depth), "micrometres were read"
    assert np.isclose(rectangle.area("contact"), 1e-6 * rectangle.depth), "and so were the groups"
    if (mesh := outlined()) is not None:
        meshes["outline"] = mesh

    left = {}
    for name, mesh in meshes.items():
        sim = pybamm.Simulation(
            ms.SingleParticleModel(mesh),
            parameter_values=pybamm.ParameterValues("Xu2022_NMC88"),
            experiment=["Charge at C/3 for 20 minutes"],
        )
        results = ms.Results(sim.solve())
        left[name] = float(results.series("Average particle stoichiometry")[-1])
    # the same for every shape: C/3 of 210 mA.h/g for 20 minutes out of 275 mA.h/g
    assert np.allclose(list(left.values()), 0.97 - 210 / 275.0 / 9, atol=1e-3)
    return left


if __name__ == "__main__":
    print(main())
