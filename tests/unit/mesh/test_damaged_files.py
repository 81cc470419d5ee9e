"""Files spoilt in one way each: every one is refused, in words that name the damage."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import MeshError
from multiscale.mesh import ParticleMesh


def drop_names(file):
    file.field_data = {}


def drop_facets(file):
    keep = [i for i, block in enumerate(file.cells) if block.type in ("triangle", "tetra")]
    keep = keep[-1:] if file.cells[keep[-1]].type == "tetra" else keep
    file.cells = [file.cells[i] for i in keep]
    file.cell_data = {k: [v[i] for i in keep] for k, v in file.cell_data.items()}


def drop_some_facets(file):
    file.cells[0].data = file.cells[0].data[:-2]
    file.cell_data = {k: [v[0][:-2], *v[1:]] for k, v in file.cell_data.items()}


def double_some_facets(file):
    file.cells[0].data = np.vstack([file.cells[0].data, file.cells[0].data[:1]])
    other = file.cell_data["gmsh:physical"][0].max()
    file.cell_data = {k: [np.append(v[0], other), *v[1:]] for k, v in file.cell_data.items()}


def fold_elements(file):
    """A node inside is moved across the sides opposite to it."""
    centre = np.argmin(np.linalg.norm(file.points, axis=1))
    file.points[centre] = [0.93, 0.0, 0.0]


def flatten_element(file):
    corners = file.cells[-1].data[5]
    file.points[corners[-1]] = file.points[corners[:-1]].mean(axis=0)


def lose_numbers(file):
    file.points[file.cells[-1].data[0, 0]] = np.nan


def empty_group(file):
    dimension = file.cells[0].data.shape[1] - 1
    file.field_data["dry"] = np.array([77, dimension])


def rename_surface(file):
    file.field_data["surfce"] = file.field_data.pop("surface")


def name_elements_surface(file):
    number, dimension = file.field_data.pop("surface")
    file.field_data["rim"] = np.array([number, dimension])
    file.field_data["surface"] = file.field_data.pop("particle")


def move_facet_inside(file):
    centre = np.argmin(np.linalg.norm(file.points, axis=1))
    element = next(e for e in file.cells[-1].data if centre in e)
    inner = [centre, *[n for n in element if n != centre]][: file.cells[0].data.shape[1]]
    file.cells[0].data = np.vstack([file.cells[0].data, inner])
    file.cell_data = {k: [np.append(v[0], v[0][:1]), *v[1:]] for k, v in file.cell_data.items()}


def facet_across(file):
    far = np.argsort(file.points[:, 0])[[0, -1, 3]][: file.cells[0].data.shape[1]]
    file.cells[0].data = np.vstack([file.cells[0].data, far])
    file.cell_data = {k: [np.append(v[0], v[0][:1]), *v[1:]] for k, v in file.cell_data.items()}


def two_particles(file):
    n = len(file.points)
    file.points = np.vstack([file.points, file.points + np.array([5.0, 0, 0])])
    for block in file.cells:
        block.data = np.vstack([block.data, block.data + n])
    file.cell_data = {k: [np.tile(b, 2) for b in v] for k, v in file.cell_data.items()}


def double_elements(file):
    file.cells[-1].data = np.vstack([file.cells[-1].data, file.cells[-1].data[:2]])
    file.cell_data = {k: [*v[:-1], np.append(v[-1], v[-1][:2])] for k, v in file.cell_data.items()}


def loosen_facet(file):
    file.points = np.vstack([file.points, [9.0, 9.0, 0.0]])
    file.cells[0].data[0, 0] = len(file.points) - 1


DAMAGE = [
    (drop_names, "physical groups 1, 2 of the boundary have no names.*addPhysicalGroup"),
    (drop_facets, "has a name but holds no facets"),
    (drop_some_facets, r"2 of \d+ boundary facets belong to no facet group"),
    (double_some_facets, "'contact' and 'surface' overlap in 1 facets"),
    (fold_elements, r"\d+ pairs of elements lie on the same side .*: the mesh is folded"),
    (flatten_element, "elements have no volume"),
    (lose_numbers, "1 nodes have coordinates that are not numbers"),
    (empty_group, "'dry' has a name but holds no facets"),
    (rename_surface, "Unknown facet group 'surface'; did you mean 'surfce'"),
    (
        name_elements_surface,
        "Unknown facet group 'surface'.*for elements, not for their sides, 'surface'",
    ),
    (move_facet_inside, "1 facets that are not on the boundary"),
    (facet_across, "1 facets of group 'contact' are not the side of any element"),
    (two_particles, "falls into 2 separate parts"),
    (double_elements, "shared by more than two elements"),
    (loosen_facet, "1 facets of group 'contact' belong to no element"),
]


@siblings("kind", ["disk", "ball"])
@siblings(("damage", "message"), DAMAGE, ids=lambda v: getattr(v, "__name__", ""))
def test_damaged_files(damage, message, kind, request, as_meshio, saved):
    file = as_meshio(request.getfixturevalue(kind))
    damage(file)
    path = saved(file)
    with pytest.raises(MeshError, match=message) as caught:
        ParticleMesh.read(path, unit="um")
    assert str(caught.value).startswith("particle.msh: ")
