"""Reading mesh files: what comes back, and what is refused in which words (no gmsh needed)."""

from __future__ import annotations

import gzip

import meshio
import numpy as np
import pytest

from multiscale.errors import MeshError
from multiscale.geometry import ParticleMesh

R = 1e-6


@pytest.fixture
def disk():
    return ParticleMesh.disk(R, 0.25e-6).with_group("contact", lambda x: x[1] < -0.8 * R)


@pytest.fixture
def ball():
    return ParticleMesh.ball(R, 0.5e-6).with_group("contact", lambda x: x[2] < -0.8 * R)


def as_meshio(particle, tmp_path):
    """The file `write` makes, as meshio's object, to be spoilt by a test."""
    particle.write(tmp_path / "good.msh", unit="um")
    return meshio.read(tmp_path / "good.msh")


def saved(file, tmp_path, file_format="gmsh22"):
    path = tmp_path / "particle.msh"
    file.cell_sets = {}
    file.write(path, file_format=file_format, binary=False)
    return path


def read(path, **options):
    return ParticleMesh.read(path, **{"unit": "um", **options})


@pytest.mark.parametrize("name", ["particle.msh", "particle.msh.gz"])
@pytest.mark.parametrize("kind", ["disk", "ball"])
def test_round_trip(kind, name, request, tmp_path):
    original = request.getfixturevalue(kind)
    original.write(tmp_path / name, unit="um")
    back = read(tmp_path / name, order=2)
    assert (back.name, back.order) == ("particle", 2)
    # nine digits are written
    assert back.volume == pytest.approx(original.volume, rel=1e-8)
    for group in ("surface", "contact"):
        np.testing.assert_array_equal(back.facets(group), original.facets(group))


@pytest.mark.parametrize("unit", ["m", "mm", "um", "nm"])
def test_units(unit, disk, tmp_path):
    disk.write(tmp_path / "particle.msh", unit=unit)
    assert read(tmp_path / "particle.msh", unit=unit).area() == pytest.approx(disk.area())


@pytest.mark.parametrize("binary", [True, False])
def test_binary_and_text_of_msh_22(binary, disk, tmp_path):
    file = as_meshio(disk, tmp_path)
    file.write(tmp_path / "particle.msh", file_format="gmsh22", binary=binary)
    assert read(tmp_path / "particle.msh").area("contact") == pytest.approx(disk.area("contact"))


def test_other_formats_bring_their_named_sets(ball, tmp_path):
    file = as_meshio(ball, tmp_path)
    numbers = {name: number for name, (number, _) in file.field_data.items()}
    tags = file.cell_data["gmsh:physical"]
    file.cell_sets = {
        name: [np.flatnonzero(np.asarray(block) == numbers[name]) for block in tags]
        for name in ("surface", "contact")
    }
    file.cell_data, file.field_data = {}, {}
    file.write(tmp_path / "particle.inp")
    back = read(tmp_path / "particle.inp")
    assert back.area("contact") == pytest.approx(ball.area("contact"))


def test_whole_boundary_on_request(disk, tmp_path):
    file = as_meshio(disk, tmp_path)
    file.cells = [block for block in file.cells if block.type == "triangle"]
    file.cell_data, file.field_data = {}, {}
    file.write(tmp_path / "particle.vtu")
    back = read(tmp_path / "particle.vtu", surface="all")
    assert back.area() == pytest.approx(disk.area() + disk.area("contact"))
    with pytest.raises(MeshError, match="Name the boundary 'surface', or pass surface='all'"):
        read(tmp_path / "particle.vtu")
    with pytest.raises(MeshError, match="'all' or left out"):
        read(tmp_path / "particle.vtu", surface="everything")
    with pytest.raises(MeshError, match=r"no facets for the groups \['contact'\]"):
        read(tmp_path / "particle.vtu", surface="all", groups_required=("surface", "contact"))


def test_orphan_nodes_are_dropped(disk, tmp_path):
    file = as_meshio(disk, tmp_path)
    file.points = np.vstack([[[99.0, np.nan, 5.0]], file.points])
    for block in file.cells:
        block.data = block.data + 1
    assert read(saved(file, tmp_path)).n_nodes == disk.n_nodes


def test_flat_mesh_at_any_height(disk, tmp_path):
    file = as_meshio(disk, tmp_path)
    file.points[:, 2] = 3.7
    assert read(saved(file, tmp_path)).volume == pytest.approx(disk.volume)


def test_mirrored_mesh_is_turned(disk, tmp_path):
    file = as_meshio(disk, tmp_path)
    file.points[:, 0] *= -1
    assert read(saved(file, tmp_path)).volume == pytest.approx(disk.volume)


def test_nothing_is_printed(disk, tmp_path, capfd, recwarn):
    path = saved(as_meshio(disk, tmp_path), tmp_path)
    # a third tag, as of a partitioned mesh, makes meshio talk
    text = path.read_text()
    first = text.partition("$Elements\n")[2].splitlines()[1]
    number, kind, _, *rest = first.split()
    path.write_text(text.replace(first, " ".join([number, kind, "3", *rest[:2], "1", *rest[2:]])))
    capfd.readouterr()
    meshio.read(path)
    assert "tag data" in "".join(capfd.readouterr())
    assert read(path).n_nodes == disk.n_nodes
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


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


def invert_elements(file):
    file.cells[-1].data[[4, 7], :2] = file.cells[-1].data[[4, 7], 1::-1]


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
    (invert_elements, r"2 of \d+ elements are inverted \(counted from 0: 4, 7\)"),
    (flatten_element, "elements have no volume"),
    (lose_numbers, "1 nodes have coordinates that are not numbers"),
    (empty_group, "'dry' has a name but holds no facets"),
    (rename_surface, "Unknown facet group 'surface'; did you mean 'surfce'"),
    (name_elements_surface, "Unknown facet group 'surface'.*of any kind in the file: contact, rim"),
    (move_facet_inside, "1 facets that are not on the boundary"),
    (facet_across, "1 facets of group 'contact' are no side of any element"),
    (two_particles, "falls into 2 separate parts"),
    (double_elements, "shared by more than two elements"),
    (loosen_facet, "1 facets of group 'contact' belong to no element"),
]


@pytest.mark.parametrize("kind", ["disk", "ball"])
@pytest.mark.parametrize(("damage", "message"), DAMAGE, ids=lambda v: getattr(v, "__name__", ""))
def test_damaged_files(damage, message, kind, request, tmp_path):
    file = as_meshio(request.getfixturevalue(kind), tmp_path)
    damage(file)
    path = saved(file, tmp_path)
    with pytest.raises(MeshError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith("particle.msh: ")


def test_unit_and_missing_groups(disk, tmp_path):
    path = tmp_path / "particle.msh"
    disk.write(path, unit="um")
    with pytest.raises(MeshError, match="No unit given: say unit='um'"):
        ParticleMesh.read(path)
    with pytest.raises(MeshError, match=r"measures 2 m.*unit='um' would be plausible"):
        ParticleMesh.read(path, unit="m")
    with pytest.raises(MeshError, match="Unknown facet group 'basal'"):
        read(path, groups_required=("surface", "basal"))


def test_bent_sheet_is_no_cross_section(disk, tmp_path):
    file = as_meshio(disk, tmp_path)
    file.points[:, 2] = 0.1 * file.points[:, 0]
    with pytest.raises(MeshError, match="do not lie in a plane of constant z"):
        read(saved(file, tmp_path))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([("triangle", [[0, 1, 2]]), ("quad", [[0, 1, 2, 3]])], "kind quad: only triangles"),
        ([("triangle6", [[0, 1, 2, 3, 4, 5]])], "second-order elements.*ElementOrder = 1"),
        ([("line", [[0, 1], [1, 2]])], "use ParticleMesh.radial"),
    ],
)
def test_kinds_of_elements(cells, message, tmp_path):
    points = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.5], [2, 2.0]])
    meshio.Mesh(points, cells).write(tmp_path / "particle.vtk")
    with pytest.raises(MeshError, match=message):
        read(tmp_path / "particle.vtk", surface="all")


def test_files_that_are_no_meshes(tmp_path, capfd):
    cases = {
        "missing.msh": (None, "There is no mesh file"),
        "notes.txt": (b"hello", "unknown kind of mesh file '.txt'; known: .*[.]msh"),
        "broken.msh": (
            b"$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\nmany\n",
            "cannot be read as a mesh",
        ),
        "empty.msh": (b"", "cannot be read as a mesh"),
        "broken.msh.gz": (b"not packed", "cannot be unpacked"),
        "empty.msh.gz": (gzip.compress(b""), "empty.msh cannot be read as a mesh"),
    }
    for name, (content, message) in cases.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(MeshError, match=message):
            read(tmp_path / name)
    assert capfd.readouterr() == ("", "")


def test_writing_needs_a_unit_and_a_mesh_file(disk, tmp_path):
    with pytest.raises(MeshError, match="meshes are written as"):
        disk.write(tmp_path / "particle.vtu", unit="um")
    with pytest.raises(MeshError, match="Unknown unit"):
        disk.write(tmp_path / "particle.msh", unit="inch")
    with pytest.raises(MeshError, match="radial mesh is not written"):
        ParticleMesh.radial(R, 3).write(tmp_path / "particle.msh", unit="um")


def test_same_mesh_same_bytes(disk, tmp_path):
    for name in ("a.msh.gz", "b.msh.gz"):
        disk.write(tmp_path / name, unit="um")
    assert (tmp_path / "a.msh.gz").read_bytes() == (tmp_path / "b.msh.gz").read_bytes()
