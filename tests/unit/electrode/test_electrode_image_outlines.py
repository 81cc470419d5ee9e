"""Outlines of labels and electrodes whose particles have their real shape."""

from __future__ import annotations

import numpy as np
import pytest

from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import GeometryError
from multiscale.mesh.outline import checked_outline, label_outlines, polygon_area, simplified

PIXEL = 0.1e-6


def gmsh():
    try:
        import gmsh
    except (ImportError, OSError) as error:
        pytest.skip(f"gmsh cannot be imported: {error}")
    return gmsh


def ellipse(shape=(60, 80), centre=(30, 40), axes=(18, 31)):
    rows, columns = np.indices(shape)
    return ((rows - centre[0]) / axes[0]) ** 2 + ((columns - centre[1]) / axes[1]) ** 2 <= 1


def covered(outline, shape):
    """Pixels whose middle lies in a polygon."""
    rows, columns = np.indices(shape)
    x, y = columns + 0.5, shape[0] - rows - 0.5
    inside = np.zeros(shape, dtype=bool)
    for (xa, ya), (xb, yb) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        crosses = (ya > y) != (yb > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (x < xa + (y - ya) / (yb - ya) * (xb - xa))
    return inside


def test_outline_keeps_area_and_place():
    image = 5 * ellipse().astype(int)
    outline = label_outlines(image)[5]
    assert polygon_area(outline) == pytest.approx(ellipse().sum(), rel=1e-12)
    inside = covered(outline, image.shape)
    union = (inside | (image > 0)).sum()
    assert (inside & (image > 0)).sum() / union > 0.97
    assert len(outline) < 70  # of about 160 sides of pixels


def test_outline_of_particle_with_a_hole_and_a_loose_corner():
    image = ellipse().astype(int)
    image[28:32, 38:42] = 0
    row = np.flatnonzero(image[:, 40])[0]
    image[row - 1, np.flatnonzero(image[row])[-1] + 1] = 1  # meets at a corner only
    outline = label_outlines(image)[1]
    assert polygon_area(outline) == pytest.approx(ellipse().sum() + 1, rel=1e-12)


@pytest.mark.parametrize("mask", [np.ones((1, 1)), np.ones((1, 9)), np.eye(3) + np.eye(3, k=1)])
def test_smallest_particles_have_an_outline(mask):
    outline = label_outlines(np.pad(mask, 1).astype(int))[1]
    assert polygon_area(checked_outline(outline)) == pytest.approx(mask.sum())


def test_simplified_stays_within_the_tolerance():
    angle = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    circle = 50 * np.column_stack([np.cos(angle), np.sin(angle)])
    few = simplified(circle, 0.5)
    assert len(few) < 60
    middles = (few + np.roll(few, -1, axis=0)) / 2
    assert 50 - np.linalg.norm(middles, axis=1).min() <= 0.5


@pytest.fixture
def standing():
    """Ellipse 2 upright on the lower edge, ellipse 1 flat on top of it."""
    image = np.zeros((120, 90), dtype=int)
    image[ellipse(image.shape, (30, 45), (18, 31))] = 1
    image[ellipse(image.shape, (84, 45), (37, 20))] = 2
    return image


def test_meshes_of_outlines(standing):
    gmsh()
    geometry = ElectrodeGeometry.from_labels(standing, PIXEL, shapes="outline", depth=2e-6)
    assert geometry.particles["shape"].tolist() == ["mesh", "mesh"]
    area = np.bincount(standing.ravel())[1:] * PIXEL**2
    assert [m.volume / 2e-6 for m in geometry.meshes.values()] == pytest.approx(area, rel=1e-6)
    for mesh in geometry.meshes.values():
        assert mesh.centroid == pytest.approx([0, 0], abs=1e-12)
        assert mesh.quality.min_radius_ratio > 0.5
    wide, tall = (np.ptp(mesh.mesh.p, axis=1) for mesh in geometry.meshes.values())
    assert wide == pytest.approx([62 * PIXEL, 36 * PIXEL], rel=0.04)
    assert tall == pytest.approx([40 * PIXEL, 74 * PIXEL], rel=0.04)
    round_one = ElectrodeGeometry.from_labels(standing, PIXEL, depth=2e-6)
    assert geometry.contacts.equals(round_one.contacts)


def test_charge_on_real_shapes(standing):
    """Patches of contacts lie where the outlines touch, and the charge balances."""
    gmsh()
    pybamm = pytest.importorskip("pybamm")
    import multiscale as ms

    geometry = ElectrodeGeometry.from_labels(standing, PIXEL, shapes="outline", mesh_size=0.6e-6)
    block = ms.Resolved().block(geometry, "2")
    own = geometry.contacts.loc[geometry.contacts["particle"] == "2", "node"].to_list()
    y = block.contact(own.index("collector")).points[1]
    assert y.max() < -30 * PIXEL
    model = ms.ElectrodeModel(geometry, particles=ms.Resolved())
    sim = pybamm.Simulation(
        model,
        parameter_values=pybamm.ParameterValues("Sharma2022_NMC532"),
        experiment=["Charge at C/20 for 1 hour"],
    )
    assert ms.Results(sim.solve()).balance.charge < 1e-3


def test_outline_that_cannot_be_meshed_names_the_particle(standing, monkeypatch):
    from multiscale.electrode import image
    from multiscale.errors import MeshError

    def broken(*_):
        raise MeshError("no gmsh")

    monkeypatch.setattr(image, "outline_mesh", broken)
    with pytest.raises(GeometryError, match="outline of particle '1': no gmsh"):
        ElectrodeGeometry.from_labels(standing, PIXEL, shapes="outline")
