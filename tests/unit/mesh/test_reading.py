"""Reading mesh files: what comes back, and what is refused in which words (no gmsh needed)."""

from __future__ import annotations

import contextlib
import gzip
import io
from pathlib import Path

import meshio
import numpy as np
import pytest
import skfem
from fuzzing import PROFILES, survives
from siblings import siblings

from multiscale.errors import MeshError
from multiscale.mesh import ParticleMesh, files
from multiscale.mesh.measure import oriented_cells

R = 1e-6
TRIALS = Path(__file__).parents[4] / "shared" / "trials" / "meshes"


def read(path, **options):
    return ParticleMesh.read(path, **{"unit": "um", **options})


@siblings("name", ["particle.msh", "particle.msh.gz"])
@siblings("kind", ["disk", "ball"])
def test_round_trip(kind, name, request, tmp_path):
    original = request.getfixturevalue(kind)
    original.write(tmp_path / name, unit="um")
    back = read(tmp_path / name, order=2)
    assert (back.name, back.order) == ("particle", 2)
    # nine digits are written
    assert back.volume == pytest.approx(original.volume, rel=1e-8)
    for group in ("surface", "contact"):
        np.testing.assert_array_equal(back.facets(group), original.facets(group))


@siblings("unit", ["m", "mm", "um", "nm"])
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
    with pytest.raises(
        MeshError, match=r"Name the boundary 'surface', or pass surface='all'.*with_group"
    ):
        read(tmp_path / "particle.vtu")
    with pytest.raises(MeshError, match="'all', 'rest' or left out"):
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


@siblings(
    ("cells", "message"),
    [
        ([("polygon", [[0, 1, 3, 4, 2]])], "elements of kind polygon"),
        ([("quad", [[0, 1, 2, 3]])], "1 quadrilaterals are twisted"),
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
            "is cut off: [$]Nodes has no [$]EndNodes",
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


def write(path, points, cells, **fields):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        meshio.Mesh(points, cells, **fields).write(path)
    return path


@pytest.fixture(scope="module")
def square():
    """Nodes [um] and triangles of a unit square, and where its left side is."""
    mesh = skfem.MeshTri().refined(3)
    points = np.column_stack([mesh.p.T, np.zeros(mesh.p.shape[1])])
    return points, oriented_cells(mesh.p, mesh.t).T, mesh


def sides(mesh):
    """Nodes of the sides of a square, and 2 for those on the left, 1 for others."""
    facets = mesh.facets[:, mesh.boundary_facets()].T
    return facets, np.where((mesh.p[0, facets] == 0).all(axis=1), 2, 1)


class TestMeshesOfOthers:
    @pytest.mark.parametrize("name", ["circle.msh", "circle.vtu"])
    def test_scikit_fem_saves_triangles_of_both_orientations(self, name, tmp_path):
        mesh = skfem.MeshTri.init_circle(3)
        with contextlib.redirect_stdout(io.StringIO()):
            mesh.save(str(tmp_path / name))
        # of the 32-sided polygon in the unit circle
        assert read(tmp_path / name, surface="all").volume * 1e18 == pytest.approx(
            16 * np.sin(np.pi / 16), rel=1e-9
        )

    def test_boundaries_of_scikit_fem(self, tmp_path):
        mesh = skfem.MeshTri().refined(3)
        mesh = mesh.with_boundaries({"contact": lambda x: x[0] == 0, "surface": lambda x: x[0] > 0})
        with contextlib.redirect_stdout(io.StringIO()):
            mesh.save(str(tmp_path / "square.vtu"))
        back = read(tmp_path / "square.vtu")
        assert back.area("contact") == pytest.approx(1e-12)
        assert back.area("surface") == pytest.approx(3e-12)

    @pytest.mark.parametrize("kind", ["disk", "ball"])
    def test_elements_are_turned_one_by_one(self, kind, request, as_meshio, saved):
        original = request.getfixturevalue(kind)
        file = as_meshio(original)
        turned = np.random.default_rng(1).random(original.n_elements) < 0.4
        file.cells[-1].data[turned, :2] = file.cells[-1].data[turned, 1::-1]
        back = read(saved(file))
        assert back.volume == pytest.approx(original.volume, rel=1e-8)
        assert back.area("contact") == pytest.approx(original.area("contact"), rel=1e-8)

    @siblings(
        "groups",
        [
            {"surface": 1, "contact": 2},
            {"surface": [1], "contact": "mark=2"},
        ],
    )
    @siblings("kind", ["vtu", "xdmf", "vtk"])
    def test_numbers_in_cell_data(self, kind, groups, square, tmp_path):
        points, cells, mesh = square
        lines, mark = sides(mesh)
        blocks = [("line", lines), ("triangle", cells)]
        data = {"mark": [mark, np.full(len(cells), 7)]}
        path = write(tmp_path / f"s.{kind}", points, blocks, cell_data=data)
        back = read(path, groups=groups)
        assert back.area("contact") == pytest.approx(1e-12)
        assert back.area("surface") == pytest.approx(3e-12)

    def test_sides_without_names_are_listed(self, square, tmp_path):
        points, cells, mesh = square
        lines, mark = sides(mesh)
        blocks = [("line", lines), ("triangle", cells)]
        data = {"mark": [mark, mark[:1].repeat(len(cells))], "odd": [3 - mark, cells[:, 0]]}
        path = write(tmp_path / "s.vtu", points, blocks, cell_data=data)
        with pytest.raises(MeshError, match=r"mark 1 \(24 facets\), 2 \(8 facets\).*groups=\{"):
            read(path)
        with pytest.raises(
            MeshError, match=r"'surface': 1 stands for several .*'mark=1' or 'odd=1"
        ):
            read(path, groups={"surface": 1})
        with pytest.raises(MeshError, match=r"no facet has the number 9. It holds mark 1"):
            read(path, groups={"surface": 9})
        with pytest.raises(MeshError, match="8 of 32 boundary facets belong to no facet group"):
            read(path, groups={"surface": "mark=1"})
        assert read(path, groups={"contact": "mark=2"}, surface="rest").area() == pytest.approx(
            3e-12
        )

    def test_sets_of_nodes(self, square, tmp_path):
        points, cells, _ = square
        left = points[:, 0] == 0
        rim = (points[:, :2] == 0) | (points[:, :2] == 1)
        sets = {
            "contact": np.flatnonzero(left),
            "surface": np.flatnonzero(rim[:, 1] | (points[:, 0] == 1)),
            "NALL": np.arange(len(points)),
            "corner": np.array([0]),
        }
        path = write(tmp_path / "s.inp", points, [("triangle", cells)], point_sets=sets)
        for options in (
            {"groups_required": ("contact",)},
            {"groups": {"surface": "surface", "contact": "contact"}},
            {"groups": {"contact": "contact"}, "surface": "rest"},
        ):
            back = read(path, **options)
            assert (back.area("contact"), back.area()) == pytest.approx((1e-12, 3e-12))
        assert read(path, groups={"surface": "NALL"}).area() == pytest.approx(4e-12)
        with pytest.raises(MeshError, match="no side of the boundary has all its nodes"):
            read(path, groups={"surface": "corner"})
        with pytest.raises(MeshError, match=r"8 of 32 boundary .* sets of nodes .*'contact'"):
            read(path)  # which of the other sets are groups is for the user to say
        with pytest.raises(MeshError, match=r"has no group 'top'. It holds sets of nodes 'NALL'"):
            read(path, groups={"surface": "top"})

    @siblings(
        "groups",
        [{}, "surface", 3, {"surface": None}, {"surface": True}, {"surface": 1.5},
         {"surface": []}, {"surface": [[1]]}, {"surface": {"a": 1}}],
    )  # fmt: skip
    def test_maps_of_groups_that_are_none(self, groups, disk, tmp_path):
        disk.write(tmp_path / "particle.msh", unit="um")
        with pytest.raises(MeshError, match=r"groups says what the file calls each group, as in"):
            read(tmp_path / "particle.msh", groups=groups)
        with pytest.raises(MeshError, match="with groups say surface='rest'"):
            read(tmp_path / "particle.msh", groups={"surface": 1}, surface="all")

    @pytest.mark.parametrize("name", ["s.vtu", "s.inp"])
    def test_other_files_that_are_no_meshes(self, name, tmp_path):
        (tmp_path / name).write_text("$MeshFormat\n2.2 0 8\n")
        with pytest.raises(MeshError, match=r"content is that of another kind of file .*msh"):
            read(tmp_path / name)

    def test_a_reader_that_never_ends_is_stopped(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "CPU_S", 2)
        (tmp_path / "s.node").write_text("# nothing but a comment")  # meshio waits for more
        with pytest.raises(MeshError, match="takes more than 2 s of CPU time"):
            read(tmp_path / "s.node")


def entities(negative=""):
    """MSH 4.1 of a square of two triangles; the left side is in group 2, turned round or not."""
    return f"""$MeshFormat
4.1 0 8
$EndMeshFormat
$PhysicalNames
4
1 1 "surface"
1 2 "contact"
2 1 "surface"
2 3 "particle"
$EndPhysicalNames
$Entities
0 2 1 0
1 0 0 0 1 1 0 1 1 0
2 0 0 0 0 1 0 1 {negative}2 0
1 0 0 0 1 1 0 2 {negative}3 1 0
$EndEntities
$Nodes
1 4 1 4
2 1 0 4
1
2
3
4
0 0 0
1 0 0
1 1 0
0 1 0
$EndNodes
$Elements
3 6 1 6
1 1 1 3
1 1 2
2 2 3
3 3 4
1 2 1 1
4 4 1
2 1 2 2
5 1 2 3
6 1 3 4
$EndElements
"""


@pytest.mark.parametrize("negative", ["", "-"])
def test_one_name_in_two_dimensions_and_numbers_with_a_sign(negative, tmp_path):
    (tmp_path / "s.msh").write_text(entities(negative))
    back = read(tmp_path / "s.msh")
    assert (back.volume, back.area("contact"), back.area()) == pytest.approx((1e-18, 1e-12, 3e-12))


@pytest.mark.skipif(not TRIALS.is_dir(), reason="the files of the trials are not here")
def test_file_of_the_trials():
    back = read(TRIALS / "g2_4.1.msh", depth=1e-6)
    assert (back.volume, back.area("contact"), back.area()) == pytest.approx((1e-18, 1e-12, 3e-12))


@siblings(
    ("old", "new", "message"),
    [
        ("1 4 1 4\n2 1 0 4", "1 1000000000 1 4\n2 1 0 4", "1,000,000,000 nodes in"),
        ("1 4 1 4\n2 1 0 4", "1000000000 4 1 4\n2 1 0 4", "1,000,000,000 nodes in"),
        ("3 6 1 6", "3 1000000000 1 6", "1,000,000,000 elements in"),
        ("3 6 1 6", "3 7 1 6", "holds 7 elements, but holds 6"),
        ("3 6 1 6", "many", "does not begin with how many"),
        ("$EndElements\n", "", "cut off: [$]Elements has no [$]EndElements"),
        ("$EndEl", "$El", "cut off"),
        ("4.1 0 8", "5.0 0 8", r"MSH 5.0, which is not known: save it as MSH 2\.2 or 4\.1"),
        ("6 1 3 4", "6 1 3 9", "cannot be read as a mesh"),
        ("$MeshFormat", "$NOD", "MSH 1, which cannot be read"),
        ("$Nodes", "$Knots", "no section [$]Nodes"),
        ("$EndElements", '$EndElements\n$NodeData\n1000000000\n"a"', "data is damaged"),
        ("5 1 2 3", "5 1 2 4", "2 pairs|same side of the facet|crosses itself"),
        ("6 1 3 4", "6 1 3 3", "belong to no element"),
        ("1 1 0\n0 1 0", "1 1 0\n1 1 0", "no volume"),
        ("1 1 0\n0 1 0", "nan 1 0\n0 1 0", "not numbers|cannot be read"),
    ],
)
def test_damaged_msh(old, new, message, tmp_path):
    assert entities().count(old) >= 1
    (tmp_path / "s.msh").write_text(entities().replace(old, new, 1))
    with pytest.raises(MeshError, match=message):
        read(tmp_path / "s.msh")


@pytest.mark.parametrize("content", ["msh", "packed"])
def test_what_is_too_large_is_not_unpacked(content, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    name = "s.msh" if content == "msh" else "s.msh.gz"
    data = entities().encode()
    (tmp_path / name).write_bytes(data if content == "msh" else gzip.compress(b" " * 5000))
    with pytest.raises(MeshError, match=r"limit is 100|more than 100 bytes, the limit"):
        read(tmp_path / name)


TURN = np.linspace(0, 3.6 * np.pi, 80)
SPIRAL = np.vstack([r * np.column_stack([np.cos(TURN), np.sin(TURN)]) for r in (1, 1.5)])
STRIP = [c for i in range(79) for c in ([i, i + 1, 80 + i], [i + 1, 81 + i, 80 + i])]
SLIT = [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1], [1, 0]]


@pytest.mark.parametrize(
    ("points", "cells", "message"),
    [
        # a seam that is not joined, a fold, an overlap of distant parts, a node on a side
        (SLIT, [[0, 1, 3], [1, 4, 3], [6, 2, 4], [2, 5, 4]], "1 nodes lie where another node lies"),
        ([[0, 0], [1, 0], [0, 1], [0.2, 0.2]], [[0, 1, 2], [1, 2, 3]], "1 pairs of elements"),
        (SPIRAL, STRIP, "boundary touches or crosses itself near"),
    ],
)
def test_meshes_that_lie_over_themselves(points, cells, message, tmp_path):
    path = write(tmp_path / "s.vtu", np.array(points, float), [("triangle", np.array(cells))])
    with pytest.raises(MeshError, match=message):
        read(path, surface="all")


def test_a_flat_mesh_in_another_plane_is_named(square, tmp_path):
    points, cells, _ = square
    path = write(tmp_path / "s.vtu", points[:, [0, 2, 1]], [("triangle", cells)])
    with pytest.raises(MeshError, match="but in the xz plane: turn a flat mesh into the xy plane"):
        read(path, surface="all")


@PROFILES
@pytest.mark.parametrize("version", ["2.2", "2.2 binary", "4.1"])
def test_any_bytes(version, examples, tmp_path):
    content = entities("-").encode()
    if version != "4.1":
        mesh = skfem.MeshTri()
        lines, mark = sides(mesh)
        file = meshio.Mesh(
            np.column_stack([mesh.p.T, np.zeros(4)]),
            [("line", lines), ("triangle", mesh.t.T)],
            cell_data={k: [mark, np.full(2, 3)] for k in ("gmsh:physical", "gmsh:geometrical")},
            field_data={"surface": [1, 1], "contact": [2, 1], "particle": [3, 2]},
        )
        meshio.gmsh.write(tmp_path / "good.msh", file, "2.2", version == "2.2 binary")
        content = (tmp_path / "good.msh").read_bytes()
    survives(read, content, tmp_path / "s.msh", examples)
