"""Reading mesh files: what comes back, and what is refused in which words (no gmsh needed)."""

from __future__ import annotations

import gzip

import meshio
import numpy as np
import pytest

from multiscale.errors import MeshError
from multiscale.geometry import ParticleMesh

R = 1e-6


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
def test_binary_and_text_of_msh_22(binary, disk, tmp_path, as_meshio):
    file = as_meshio(disk)
    file.write(tmp_path / "particle.msh", file_format="gmsh22", binary=binary)
    assert read(tmp_path / "particle.msh").area("contact") == pytest.approx(disk.area("contact"))


def test_other_formats_bring_their_named_sets(ball, tmp_path, as_meshio):
    file = as_meshio(ball)
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


def test_whole_boundary_on_request(disk, tmp_path, as_meshio):
    file = as_meshio(disk)
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


def test_orphan_nodes_are_dropped(disk, as_meshio, saved):
    file = as_meshio(disk)
    file.points = np.vstack([[[99.0, np.nan, 5.0]], file.points])
    for block in file.cells:
        block.data = block.data + 1
    assert read(saved(file)).n_nodes == disk.n_nodes


def test_flat_mesh_at_any_height(disk, as_meshio, saved):
    file = as_meshio(disk)
    file.points[:, 2] = 3.7
    assert read(saved(file)).volume == pytest.approx(disk.volume)


def test_mirrored_mesh_is_turned(disk, as_meshio, saved):
    file = as_meshio(disk)
    file.points[:, 0] *= -1
    assert read(saved(file)).volume == pytest.approx(disk.volume)


def test_nothing_is_printed(disk, capfd, recwarn, as_meshio, saved):
    path = saved(as_meshio(disk))
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


def test_unit_and_missing_groups(disk, tmp_path):
    path = tmp_path / "particle.msh"
    disk.write(path, unit="um")
    with pytest.raises(MeshError, match="No unit given: say unit='um'"):
        ParticleMesh.read(path)
    with pytest.raises(MeshError, match=r"measures 2\.01 m.*unit='um' would be plausible"):
        ParticleMesh.read(path, unit="m")
    with pytest.raises(MeshError, match="Unknown facet group 'basal'"):
        read(path, groups_required=("surface", "basal"))


def test_bent_sheet_is_no_cross_section(disk, as_meshio, saved):
    file = as_meshio(disk)
    file.points[:, 2] = 0.1 * file.points[:, 0]
    with pytest.raises(MeshError, match="do not lie in a plane of constant z"):
        read(saved(file))


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
