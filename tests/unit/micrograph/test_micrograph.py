"""Particles, contacts and coverage of drawn micrographs."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from siblings import siblings

from multiscale.electrode.image import ELEMENTS
from multiscale.errors import GeometryError, ImagingError, MeshError
from multiscale.mesh import gmsh_recipes
from multiscale.micrograph import Micrograph, Recipe, output

PIXEL = 0.2e-6


def matched(micrograph, disks):
    """For each drawn disk the row of the particle at its centre."""
    numbers = [micrograph.labels[row, column] for row, column, _ in disks]
    assert 0 not in numbers
    assert len(set(numbers)) == len(disks)
    return micrograph.particles.loc[numbers]


@pytest.mark.parametrize("kind", ["labels", "phases", "gray"])
def test_particles_are_found_whatever_the_image_holds(kind, truth, phases, gray, disks):
    image = {"labels": truth, "phases": phases, "gray": gray}[kind]
    values = {"active": [1], "binder": [2]} if kind == "phases" else None
    micrograph = Micrograph.from_image(image, PIXEL, phases=values)
    assert micrograph.notes["kind"] == kind
    table = matched(micrograph, disks)
    assert len(micrograph.particles) == len(disks)
    radii = np.array([radius for *_, radius in disks]) * PIXEL
    assert table["radius_m"].to_numpy() == pytest.approx(radii, rel=0.05)
    x = (np.array([column for _, column, _ in disks]) + 0.5) * PIXEL
    y = (truth.shape[0] - np.array([row for row, *_ in disks]) - 0.5) * PIXEL
    assert table["x_m"].to_numpy() == pytest.approx(x, abs=1.2 * PIXEL)
    assert table["y_m"].to_numpy() == pytest.approx(y, abs=1.2 * PIXEL)


def test_shares_of_the_rim_sum_to_one(phases):
    micrograph = Micrograph.from_image(phases, PIXEL, phases={"active": [1], "binder": [2]})
    shares = micrograph.particles.filter(like="_share")
    assert shares.shape[1] == 5
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
    assert (shares.max() > 0).drop("frame_share").all()


def test_coverage_of_a_square():
    image = np.zeros((30, 40), dtype=int)
    image[10:20, 10:20] = 1  # its left side lies at binder, its right side at particle 2
    image[10:20, 20:30] = 2
    binder = np.zeros(image.shape, dtype=bool)
    binder[:, 5:10] = True
    row = Micrograph(image, PIXEL, binder).particles.loc[1]
    assert row[["binder_share", "particle_share", "pore_share"]].tolist() == [0.25, 0.25, 0.5]
    assert row["contacts"] == 1
    assert row["perimeter_m"] == pytest.approx(40 * PIXEL, rel=0.05)


def test_length_of_a_contact_does_not_depend_on_its_direction():
    rows, columns = np.indices((120, 120))
    inside = np.hypot(rows - 60, columns - 60) < 50
    lengths = []
    for angle in np.radians([0, 20, 45, 70, 90]):
        side = (rows - 60) * np.cos(angle) + (columns - 60) * np.sin(angle) > 0
        micrograph = Micrograph(np.where(inside, 1 + side, 0), PIXEL)
        lengths.append(micrograph.contacts["length_m"].item())
    assert np.array(lengths) == pytest.approx(100 * PIXEL, rel=0.03)


def test_area_of_a_contact_between_halves_of_a_ball():
    planes, rows, columns = np.indices((41, 41, 41)) - 20
    inside = planes**2 + rows**2 + columns**2 <= 18**2
    for normal in ([0, 0, 1], [1, 1, 0], [1, 2, 3]):
        side = normal[0] * planes + normal[1] * rows + normal[2] * columns > 0
        micrograph = Micrograph(np.where(inside, 1 + side, 0), PIXEL)
        area = micrograph.contacts["area_m2"].item()
        assert area == pytest.approx(np.pi * (18 * PIXEL) ** 2, rel=0.04)
        assert micrograph.contacts[["x_m", "y_m", "z_m"]].to_numpy() == pytest.approx(
            20.5 * PIXEL, abs=PIXEL
        )
    both = micrograph.particles
    assert both["volume_m3"].sum() == pytest.approx(4 / 3 * np.pi * (18 * PIXEL) ** 3, rel=0.02)


def test_surface_of_a_ball():
    planes, rows, columns = np.indices((50, 50, 50)) - 25
    ball = (planes**2 + rows**2 + columns**2 <= 20**2).astype(int)
    surface = Micrograph(ball, PIXEL).particles["surface_m2"].item()
    assert surface == pytest.approx(4 * np.pi * (20 * PIXEL) ** 2, rel=0.03)


def test_touch_of_few_sides_is_no_contact():
    image = np.zeros((20, 21), dtype=int)
    image[:10, :10] = 1
    image[8:18, 10:20] = 2  # two sides shared
    assert len(Micrograph(image, PIXEL).contacts) == 0
    assert len(Micrograph(image, PIXEL, recipe=Recipe(contact_faces=2)).contacts) == 1


def test_gaps_are_closed_on_demand():
    image = np.zeros((20, 30), dtype=int)
    image[2:18, 2:13], image[2:18, 16:28] = 1, 2  # three pixels apart
    open_, closed = (Micrograph(image, PIXEL, gap_pixels=gap) for gap in (2, 3))
    assert len(open_.contacts) == 0
    assert closed.contacts["length_m"].item() == pytest.approx(16 * PIXEL, rel=0.15)


def test_debris_and_cut_particles_are_counted(truth):
    image = truth.copy()
    image[2:5, 2:5] = 7  # nine pixels
    image[40:60, 90:98] = 8  # at the right edge
    micrograph = Micrograph.from_image(image, PIXEL, recipe=Recipe(drop_cut=True))
    assert micrograph.notes["excluded"]["debris"] == {"count": 1, "pixels": 9}
    assert micrograph.notes["excluded"]["cut"]["count"] >= 1
    assert not {7, 8} & set(micrograph.numbers)
    assert not micrograph.particles.drop(
        index=micrograph.labels[-1][micrograph.labels[-1] > 0], errors="ignore"
    )["cut"].any()


def test_stray_pieces_of_labels_are_left_out_and_large_ones_refused(truth):
    image = truth.copy()
    image[108:111, 2:5] = 3  # nine pixels far from particle 3
    micrograph = Micrograph.from_image(image, PIXEL, kind="labels")
    assert micrograph.notes["excluded"]["fragments"] == {"count": 1, "pixels": 9}
    assert np.array_equal(micrograph.labels, truth)
    image[100:111, 2:9] = 3
    with pytest.raises(GeometryError, match="labels '3' fall into pieces"):
        Micrograph.from_image(image, PIXEL, kind="labels")


def test_labels_keep_their_numbers(truth):
    micrograph = Micrograph.from_image(truth * 10, PIXEL)
    assert micrograph.numbers.tolist() == [10, 20, 30, 40, 50, 60]
    assert set(micrograph.electrode(drop_unconnected=True).particles.index) <= {
        str(n) for n in micrograph.numbers
    }


def test_network(truth):
    micrograph = Micrograph.from_image(truth, PIXEL)
    network = micrograph.network()
    assert network["particles"] == 6
    assert (
        network["contacts"]
        == len(micrograph.contacts)
        == micrograph.particles["contacts"].sum() / 2
    )
    pairs = micrograph.contacts[["particle_a", "particle_b"]].to_numpy().tolist()
    assert pairs == [[1, 2], [1, 3], [3, 4], [4, 6]]  # centres closer than the sum of radii
    assert (network["largest_cluster"], network["clusters"]) == (5, 2)


def test_unconnected_are_named_or_left_out(truth):
    micrograph = Micrograph.from_image(truth, PIXEL)
    with pytest.raises(GeometryError, match="particles"):
        micrograph.electrode()
    assert micrograph.electrode(drop_unconnected=True).n_particles < 6
    assert micrograph.with_rest_as_binder().electrode().n_particles == 6


@siblings(
    ("arguments", "message"),
    [
        ({"pixel_size": 0.4}, "metres: 0.4 m is not the pixel.*write 0.4e-6"),
        ({"pixel_size": -1e-7}, "positive number of metres"),
        ({"kind": "label"}, "did you mean 'labels'"),
        ({"collector": "botom"}, "did you mean 'bottom'"),
        ({"recipe": Recipe(smallest_pixels=10**6)}, "No particle was found: 6 debris"),
    ],
)
def test_arguments_that_cannot_be(truth, arguments, message):
    with pytest.raises((GeometryError, ImagingError), match=message):
        Micrograph.from_image(truth, **{"pixel_size": PIXEL, **arguments})


@siblings(
    ("option", "message"),
    [
        ({"denoise_pixels": -1}, "denoise_pixels is 0 or a positive number"),
        ({"hole_pixels": float("nan")}, "hole_pixels"),
        ({"classes": 4}, "classes is 2 or 3"),
        ({"neck": 1.5}, "neck is a share"),
        ({"smallest_pixels": 0}, "smallest_pixels is a whole number from 1"),
        ({"contact_faces": 2.5}, "contact_faces is a whole number"),
    ],
)
def test_recipes_that_cannot_be(option, message):
    with pytest.raises(ImagingError, match=message):
        Recipe(**option)


def test_float_image_of_whole_numbers_holds_labels(truth):
    micrograph = Micrograph.from_image(truth.astype(np.float32), PIXEL)
    assert micrograph.numbers.tolist() == [1, 2, 3, 4, 5, 6]


def test_without_splitting_connected_pixels_are_one(truth):
    whole = Micrograph.from_image((truth > 0) * 1, PIXEL, recipe=Recipe(split=False))
    assert len(whole.numbers) < 6


def test_gray_volume():
    """Balls with a hollow and noise, found in three dimensions."""
    from scipy import ndimage

    balls = [(12, 13, 12, 9), (12, 13, 30, 9), (13, 32, 20, 11)]
    planes, rows, columns = np.indices((26, 46, 42))
    image = np.full(planes.shape, 60.0)
    for plane, row, column, radius in balls:
        away = (planes - plane) ** 2 + (rows - row) ** 2 + (columns - column) ** 2
        image[away <= radius**2] = 160
        image[away <= 1.5**2] = 60
    noise = np.random.default_rng(5).normal(0, 15, image.shape)
    gray = (ndimage.gaussian_filter(image, 0.6) + noise).clip(0, 255).astype(np.uint8)
    micrograph = Micrograph.from_image(gray, PIXEL, recipe=Recipe(hole_pixels=40))
    assert micrograph.notes["kind"] == "gray"
    radii = micrograph.particles["radius_m"].sort_values().to_numpy()
    assert radii == pytest.approx(np.array([9, 9, 11]) * PIXEL, rel=0.04)
    assert (micrograph.labels[12, 13, [12, 30]] > 0).all()  # the hollows


def test_preview(truth):
    from multiscale.plotting.micrograph import micrograph_preview

    micrograph = Micrograph.from_image(truth, PIXEL)
    electrode = micrograph.electrode(drop_unconnected=True)
    figure = micrograph_preview(micrograph, truth, electrode)
    left, right = figure.axes
    assert left.get_title(loc="left") == "6 particles"
    assert right.get_title(loc="left").startswith(
        f"4 contacts, {electrode.n_particles} particles lead to the collector"
    )
    faces = right.collections[0].get_facecolor()[:, 3]
    pale = [str(n) for n, alpha in zip(micrograph.numbers, faces, strict=True) if alpha < 0.5]
    assert pale == [str(n) for n in micrograph.numbers if str(n) not in electrode.particles.index]
    volume = Micrograph(np.repeat(truth[np.newaxis], 8, axis=0), PIXEL)
    assert len(micrograph_preview(volume).axes) == 3


@pytest.mark.parametrize(
    ("size", "parts"), [(None, ELEMENTS), (1.0, 2), (1e-7, None)], ids=["default", "huge", "small"]
)
def test_elements_are_at_most_half_a_radius(truth, monkeypatch, size, parts):
    """Whatever size is asked for: with fewer a small particle has no shape."""
    asked = {}

    def refuse(outline, step, depth):
        asked[len(asked)] = step
        raise MeshError("not today")

    monkeypatch.setattr(output, "outline_mesh", refuse)
    monkeypatch.setattr(gmsh_recipes, "session", contextlib.nullcontext)
    micrograph = Micrograph(truth, 1e-7)
    found = output.mesh_particles(micrograph, size)
    assert set(found.failed.values()) == {"not today"}
    radii = micrograph.particles["radius_m"].loc[list(micrograph.outlines)].to_numpy()
    expected = radii / parts if parts else np.full(len(radii), size)
    assert list(asked.values()) == pytest.approx(expected.tolist())
    assert len(asked) == 6
