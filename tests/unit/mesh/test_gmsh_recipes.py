"""What gmsh makes, and what its files look like when they are read back."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import MeshError
from multiscale.mesh import ParticleMesh
from multiscale.mesh.outline import polygon_area

R = 1e-6
SIZE = 0.2e-6


@pytest.fixture
def recipes(gmsh):
    kinds = ("disk", "outline", "sphere", "cylinder", "ellipsoid")
    return SimpleNamespace(**{kind: partial(ParticleMesh.generated, kind) for kind in kinds})


def draw_disk(gmsh, names=("surface", "contact")):
    """A disk whose lower left quarter is the contact, in the caller's own session."""
    gmsh.initialize(interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.option.setNumber("Mesh.MeshSizeMax", 0.3)
    geo = gmsh.model.geo
    centre = geo.addPoint(0, 0, 0)
    ends = [geo.addPoint(np.cos(a), np.sin(a), 0) for a in np.pi / 2 * np.arange(4)]
    arcs = [geo.addCircleArc(ends[i], centre, ends[(i + 1) % 4]) for i in range(4)]
    plane = geo.addPlaneSurface([geo.addCurveLoop(arcs)])
    geo.synchronize()
    gmsh.model.addPhysicalGroup(1, [arcs[0], arcs[1], arcs[3]], name=names[0])
    gmsh.model.addPhysicalGroup(1, [arcs[2]], name=names[1])
    gmsh.model.addPhysicalGroup(2, [plane], name="particle")
    gmsh.model.mesh.generate(2)


@pytest.fixture
def session(gmsh):
    yield gmsh
    if gmsh.isInitialized():
        gmsh.finalize()


@pytest.mark.parametrize("version", [2.2, 4.1])
@pytest.mark.parametrize("binary", [0, 1])
def test_both_versions_of_the_format_give_the_same(version, binary, session, tmp_path, capfd):
    draw_disk(session)
    session.option.setNumber("Mesh.MshFileVersion", version)
    session.option.setNumber("Mesh.Binary", binary)
    session.write(str(tmp_path / "disk.msh"))
    mesh = ParticleMesh.read(tmp_path / "disk.msh", unit="um", groups_required=("contact",))
    assert sorted(mesh.groups) == ["contact", "surface"]
    assert mesh.area("contact") / mesh.area("surface") == pytest.approx(1 / 3)
    # the quarter circle as gmsh divides it: 0.3 um chords
    assert mesh.area("contact") == pytest.approx(np.pi / 2 * 1e-12, rel=0.01)
    assert mesh.facets("contact").ndim == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("version", [2.2, 4.1])
def test_groups_without_names_are_refused(version, session, tmp_path):
    draw_disk(session, names=("", ""))
    session.option.setNumber("Mesh.MshFileVersion", version)
    session.write(str(tmp_path / "disk.msh"))
    with pytest.raises(MeshError, match="physical groups 1, 2 of the boundary have no names"):
        ParticleMesh.read(tmp_path / "disk.msh", unit="um")


@pytest.mark.parametrize("version", [2.2, 4.1])
def test_overlapping_groups_are_refused(version, session, tmp_path):
    draw_disk(session)
    arcs = session.model.getEntities(1)
    session.model.addPhysicalGroup(1, [arcs[0][1]], name="dry")
    session.option.setNumber("Mesh.MshFileVersion", version)
    session.write(str(tmp_path / "disk.msh"))
    with pytest.raises(MeshError, match="'dry' and 'surface' overlap"):
        ParticleMesh.read(tmp_path / "disk.msh", unit="um")


def test_second_order_file_is_refused(session, tmp_path):
    draw_disk(session)
    session.model.mesh.setOrder(2)
    session.write(str(tmp_path / "disk.msh"))
    with pytest.raises(MeshError, match="second-order elements"):
        ParticleMesh.read(tmp_path / "disk.msh", unit="um")


def test_file_that_lost_its_groups_to_save_all(session, tmp_path):
    draw_disk(session)
    session.option.setNumber("Mesh.SaveAll", 1)
    session.option.setNumber("Mesh.MshFileVersion", 2.2)
    session.write(str(tmp_path / "disk.msh"))
    with pytest.raises(MeshError, match=r"holds no facets.*SaveAll"):
        ParticleMesh.read(tmp_path / "disk.msh", unit="um")


@pytest.mark.parametrize(
    ("name", "version", "save_all", "how"),
    [
        ("disk.msh", 4.1, 1, {}),
        ("disk.msh", 4.0, 0, {}),
        ("disk.msh", 4.0, 1, {}),
        ("disk.msh", 1, 0, {"groups": {"surface": 1, "contact": 2}}),
        ("disk.bdf", 1, 0, {"surface": "all"}),
    ],
)
def test_files_that_gmsh_reads_for_meshio(name, version, save_all, how, session, tmp_path):
    draw_disk(session)
    session.option.setNumber("Mesh.SaveAll", save_all)
    session.option.setNumber("Mesh.MshFileVersion", version)
    session.write(str(tmp_path / name))
    mesh = ParticleMesh.read(tmp_path / name, unit="um", **how)
    angle = 2 * np.pi / len(mesh.mesh.boundary_facets())
    polygon = np.pi * np.sin(angle) / angle  # of radius 1 um, and 1 um deep
    assert mesh.volume == pytest.approx(1e-18 * polygon, rel=1e-3)
    sides = {name: len(facets) for name, facets in mesh.groups.items()}
    assert sides == ({"surface": 24} if "surface" in how else {"surface": 18, "contact": 6})
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-200])
    with pytest.raises(MeshError, match=rf"{name}.*(cut off|cannot be read)"):
        ParticleMesh.read(tmp_path / name, unit="um", **how)


@siblings(
    ("name", "arguments", "volume", "groups"),
    [
        ("disk", {"radius": R}, np.pi * R**3, {"surface": 2 * np.pi}),
        (
            "disk",
            {"radius": R, "contact": 30},
            np.pi * R**3,
            {"surface": 11 / 6 * np.pi, "contact": np.pi / 6},
        ),
        ("sphere", {"radius": R}, 4 / 3 * np.pi * R**3, {"surface": 4 * np.pi}),
        (
            "sphere",
            {"radius": R, "contact": 60},
            4 / 3 * np.pi * R**3,
            {
                "surface": 2 * np.pi * (1 + np.cos(np.pi / 6)),
                "contact": 2 * np.pi * (1 - np.cos(np.pi / 6)),
            },
        ),
        (
            "cylinder",
            {"radius": R, "height": R},
            np.pi * R**3,
            {"surface": 2 * np.pi, "top": np.pi, "bottom": np.pi},
        ),
        ("ellipsoid", {"semi_axes": [R, 0.8 * R, 0.6 * R]}, 0.64 * np.pi * R**3, {"surface": None}),
    ],
)
def test_recipes(name, arguments, volume, groups, recipes, capfd):
    mesh = getattr(recipes, name)(**arguments, size=SIZE)
    # blown up until flat facets hold as much as round ones
    assert mesh.volume == pytest.approx(volume, rel=1e-12)
    if name == "cylinder":
        assert np.ptp(mesh.mesh.p[2]) == pytest.approx(arguments["height"], rel=1e-9)
    assert set(mesh.groups) == set(groups)
    for group, area in groups.items():
        assert area is None or mesh.area(group) / (area * R**2) == pytest.approx(1, abs=0.03)
    # uniform: the shortest and the longest edge of random tetrahedra differ no more than that
    assert mesh.quality.max_edge < 2.5 * SIZE
    assert mesh.quality.min_edge > SIZE / 3
    assert mesh.quality.min_angle > 15
    assert capfd.readouterr() == ("", "")


def test_the_same_call_gives_the_same_mesh(recipes):
    first, second = (recipes.disk(R, SIZE, contact=30) for _ in range(2))
    np.testing.assert_array_equal(first.mesh.p, second.mesh.p)
    first, second = (recipes.sphere(R, 2 * SIZE) for _ in range(2))
    np.testing.assert_array_equal(first.mesh.p, second.mesh.p)


@pytest.mark.parametrize("kind", ["disk", "sphere"])
def test_grading_towards_a_group(kind, recipes):
    fine = 0.03e-6
    mesh = getattr(recipes, kind)(R, SIZE, contact=30, refine={"contact": fine})

    def mean_edge(group):
        corners = mesh.mesh.p[:, mesh.mesh.facets[:, mesh.facets(group)]]
        return np.linalg.norm(corners[:, 0] - corners[:, 1], axis=0).mean()

    assert mean_edge("contact") == pytest.approx(fine, rel=0.25)
    assert mesh.quality.max_edge > 0.8 * SIZE
    assert recipes.disk(R, SIZE, refine="surface").quality.min_edge < SIZE / 3


def test_recipes_refuse_what_cannot_be(recipes):
    cases = [
        (lambda: recipes.disk(R, SIZE, refine={"contact": 1e-8}), "facet group to refine"),
        (lambda: recipes.disk(R, SIZE, contact=30, refine={"contact": 1.0}), "between 0 and the"),
        (lambda: recipes.disk(R, SIZE, contact=200), "between 0 and 180 degrees"),
        (lambda: recipes.sphere(R, 3 * R), "exceeds"),
        (lambda: recipes.cylinder(R, -R, SIZE), "height is -1e-06 m; a length of particles"),
        (lambda: recipes.ellipsoid([R, 0, R], SIZE), "semi_axes, no. 2 is 0 m; a radius"),
    ]
    for make, message in cases:
        with pytest.raises(MeshError, match=message):
            make()


def test_a_session_of_the_caller_survives(recipes, session):
    draw_disk(session)
    nodes = len(session.model.mesh.getNodes()[0])
    recipes.disk(R, SIZE)
    with pytest.raises(MeshError):
        recipes.disk(R, SIZE, refine={"no such group": 1e-8})
    assert session.isInitialized()
    assert len(session.model.mesh.getNodes()[0]) == nodes
    assert session.option.getNumber("Mesh.MeshSizeMax") == 0.3
    assert "multiscale particle" not in session.model.list()


def test_no_session_is_left_open(recipes, gmsh):
    recipes.disk(R, SIZE)
    assert not gmsh.isInitialized()


def test_outline(recipes):
    corners = [[0, 0], [1.2, 0], [1.5, 0.9], [0.2, 1.1]]
    mesh = ParticleMesh.from_outline(corners, unit="um", size=0.1, depth=3e-6, order=2)
    assert mesh.volume == pytest.approx(3e-6 * 1.275e-12, rel=1e-9)
    assert (mesh.depth, mesh.order, mesh.name) == (3e-6, 2, "outline")
    assert mesh.quality.mean_edge == pytest.approx(0.1e-6, rel=0.15)
    # turned round it is the same particle
    other = ParticleMesh.from_outline(corners[::-1], unit="um", size=0.1)
    assert other.area() == pytest.approx(mesh.area() / 3)


def test_outline_traced_more_finely_than_the_elements(recipes):
    angle = np.linspace(0, 2 * np.pi, 500)
    xy = np.column_stack([np.cos(angle), 0.7 * np.sin(angle)])
    as_given = ParticleMesh.from_outline(xy, unit="um", size=0.2, resample=False)
    assert len(as_given.facets()) == 499
    assert as_given.n_nodes < 5000  # the elements grow inwards
    assert as_given.quality.max_edge > 0.15e-6
    mesh = ParticleMesh.from_outline(xy, unit="um", size=0.2)
    assert len(mesh.facets()) < 40
    assert mesh.volume == pytest.approx(0.7 * np.pi * 1e-18, rel=1e-3)


@pytest.mark.parametrize("corners", [192, 1000, 50_000])
def test_the_size_of_an_outline_is_the_size_that_comes_out(corners, recipes):
    angle = np.arange(corners) / corners * 2 * np.pi
    xy = np.column_stack([np.cos(angle), np.sin(angle)])
    mesh = ParticleMesh.from_outline(xy, unit="um", size=0.06)
    # of regular triangles of that size there would be 2015; 192 corners once gave 12,667 unknowns
    assert mesh.n_elements == pytest.approx(np.pi / (np.sqrt(3) / 4 * 0.06**2), rel=0.1)
    assert mesh.quality.mean_edge == pytest.approx(0.06e-6, rel=0.05)
    assert mesh.volume == pytest.approx(polygon_area(xy) * 1e-18, rel=1e-9)


def test_sides_too_fine_to_be_kept_are_refused(recipes):
    angle = np.arange(5000) / 5000 * 2 * np.pi
    xy = np.column_stack([np.cos(angle), np.sin(angle)])
    with pytest.raises(MeshError, match=r"finds no usable triangles.*resample=True"):
        ParticleMesh.from_outline(xy, unit="um", size=0.1, resample=False)


@siblings(
    "make",
    [
        lambda recipes: recipes.disk(R, 1e-10),
        lambda recipes: recipes.disk(R, 1e-7, refine={"surface": 1e-11}),
        lambda recipes: recipes.sphere(R, 1e-8),
        lambda recipes: recipes.sphere(R, 1e-7, refine={"surface": 1e-9}),
        lambda recipes: recipes.cylinder(R, R, 1e-8),
        lambda recipes: recipes.ellipsoid([R, 2 * R, R], 1e-8),
        lambda recipes: recipes.outline([[0, 0], [R, 0], [0, R]], 1e-10),
        lambda _: ParticleMesh.from_outline([[0, 0], [1, 0], [0, 1]], unit="um", size=1e-4),
        lambda _: ParticleMesh.from_image(np.pad(np.ones((9, 9)), 1), pixel_size=1e-7, size=1e-10),
    ],
)
def test_meshes_too_large_to_be_made_are_refused_before(make, recipes):
    with pytest.raises(MeshError, match=r"elements; the limit is 500,000: choose a larger size"):
        make(recipes)


def test_image(recipes):
    y, x = np.mgrid[:100, :120]
    image = ((x - 60) / 40) ** 2 + ((y - 50) / 30) ** 2 < 1
    mesh = ParticleMesh.from_image(image, pixel_size=2e-8, size=8e-8)
    assert mesh.volume == pytest.approx(image.sum() * 4e-16 * 1e-6, rel=1e-6)
    assert mesh.quality.min_angle > 35
    assert mesh.name == "image"
