"""Animated GIFs: number of frames, size, duration."""

from __future__ import annotations

import pytest
from PIL import Image

from multiscale import plotting


@pytest.mark.parametrize("mesh", ["radial", "disk P2", "ball"])
def test_animation_is_a_small_gif_with_all_frames(run, mesh, tmp_path):
    path = plotting.animate_field(run(mesh), tmp_path / "new" / "run.gif", n_frames=4)
    with Image.open(path) as picture:
        assert picture.format == "GIF"
        assert picture.n_frames == 4
        assert picture.info["loop"] == 0
    assert path.stat().st_size < 3e6 / 60 * 4


def test_frames_differ_and_share_a_size(run):
    frames = plotting.field_frames(run("disk", blocked=True), [0.0, 600.0], "stoichiometry")
    assert frames[0].size == frames[1].size
    assert frames[0].tobytes() != frames[1].tobytes()


def test_colours_of_the_field_survive_the_palette(run, tmp_path):
    """Median cut leaves bands; the palette made for the colormap does not."""
    path = plotting.animate_field(run("disk"), tmp_path / "run.gif", 2, companion="heterogeneity")
    with Image.open(path) as picture:
        picture.seek(1)
        reduced = picture.convert("RGB")
    frame = plotting.field_frames(run("disk"), [0.0, 600.0], companion="heterogeneity")[1]
    centre = (140, 150)
    difference = [
        abs(a - b) for a, b in zip(reduced.getpixel(centre), frame.getpixel(centre), strict=True)
    ]
    assert max(difference) <= 6


def test_other_formats_and_companions_are_refused(run, tmp_path):
    with pytest.raises(ValueError, match=r"\.gif"):
        plotting.animate_field(run("disk"), tmp_path / "run.mp4")
    with pytest.raises(ValueError, match="did you mean 'voltage'"):
        plotting.field_frames(run("disk"), [0.0], companion="voltages")
