"""Images of particles: panels, colour scale, scale bar, marked surfaces."""

from __future__ import annotations

import matplotlib.figure
import numpy as np
import pytest
from siblings import siblings

from multiscale import plotting
from multiscale.plotting.fields import colour_scale
from multiscale.plotting.picture import picture_of

from .conftest import MESHES

TIMES = [0.0, 300.0, 600.0]


def texts(figure):
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    return found + [axes.get_title() for axes in figure.axes]


@siblings("mesh", MESHES)
def test_one_panel_per_time_and_one_colour_bar(run, mesh):
    figure = plotting.field_panels(run(mesh), TIMES)
    assert type(figure) is matplotlib.figure.Figure
    assert len(figure.axes) == len(TIMES) + 1
    assert figure.axes[-1].get_ylabel() == "Degree of delithiation 1 − θ [–]"
    words = texts(figure)
    bar = "0.2 µm" if mesh == "slab" else "0.5 µm"
    assert {"0 min", "5 min", "10 min", "Li-rich", "Li-poor", bar} <= set(words)


def test_one_row_per_run_on_one_scale(run):
    runs = {"fresh": run("disk"), "aged": run("disk P2", blocked=True)}
    figure = plotting.field_panels(runs, TIMES)
    assert len(figure.axes) == 2 * len(TIMES) + 1
    limits = {axes.collections[0].get_clim() for axes in figure.axes[:-1]}
    assert len(limits) == 1
    assert {"fresh", "aged"} <= set(texts(figure))


@siblings("mesh", ["disk", "disk P2", "ball", "ball P2"])
def test_blocked_half_is_marked(run, mesh):
    picture = picture_of(run(mesh, blocked=True))
    assert list(picture.marks) == ["blocked (flux ratio 0.3)"]
    segments = picture.marks["blocked (flux ratio 0.3)"]
    length = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1).sum()
    around = np.linalg.norm(picture.outline[:, 1] - picture.outline[:, 0], axis=1).sum()
    assert 0.35 < length / around < 0.65
    assert segments[:, :, 0].mean() > 0.4  # the side of BlockedSurface.direction


def test_contact_is_marked_and_named(run):
    figure = plotting.field_panels(run("disk", contact=True), TIMES, quantity="potential")
    assert figure.axes[-1].get_ylabel() == "Potential in the particle [V]"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["contact"]


@pytest.mark.parametrize("normal", ["x", "y", "z"])
def test_cutaway_of_a_ball(run, normal):
    figure = plotting.field_panels(
        run("ball", blocked=True), [600.0], "stoichiometry", normal, "cutaway"
    )
    assert figure.axes[0].name == "3d"
    sides = 1e6 * np.ptp(run("ball").mesh.mesh.p, axis=1)
    assert " × ".join(f"{side:.3g}" for side in sides) + " µm" in texts(figure)


@pytest.mark.parametrize("normal", ["x", "y", "z"])
def test_slice_of_a_ball_has_the_area_of_a_disk(run, normal):
    picture = picture_of(run("ball"), normal)
    a, b, c = picture.points[picture.triangles].transpose(1, 0, 2)
    u, v = b - a, c - a
    area = 0.5 * np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).sum()
    assert area == pytest.approx(np.pi, rel=0.1)


def test_picture_of_a_radial_mesh_is_the_whole_disk(run):
    picture = picture_of(run("radial"))
    assert np.allclose(picture.size, 2)
    radius = np.linalg.norm(picture.points, axis=1)
    assert np.allclose(picture.weights @ run("radial").space.coordinates[0] * 1e6, radius)


def test_colour_scale_does_not_show_noise():
    scale = colour_scale([np.array([0.5, 0.5 + 1e-9])])
    assert scale.vmax - scale.vmin == pytest.approx(0.01)


def test_misspelt_names_are_answered(run):
    with pytest.raises(ValueError, match="did you mean 'delithiation'"):
        plotting.field_panels(run("disk"), TIMES, "delithation")
    with pytest.raises(ValueError, match="'cutaway'"):
        plotting.field_panels(run("disk"), TIMES, view="cut")
    with pytest.raises(ValueError, match="'x', 'y', 'z'"):
        plotting.field_panels(run("ball"), TIMES, normal="w")


def test_time_outside_the_run_is_an_error(run):
    with pytest.raises(ValueError, match="times must lie between"):
        plotting.field_panels(run("disk"), [1e6])
