"""Stacks and measurements leave the process: whatever they were read from."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import tifffile
from PIL import Image

from multiscale.imaging.pipeline import measure
from multiscale.imaging.rendering.synthetic import synthetic_movie
from multiscale.imaging.stack import ImageStack


def test_a_stack_in_memory_and_what_is_measured_in_it():
    stack = synthetic_movie(n_frames=60, size=96, n_particles=3).stack()
    again = pickle.loads(pickle.dumps(stack))
    measured = pickle.loads(pickle.dumps(measure(again, half_cycles="charge")))
    assert measured.timings.equals(measure(stack, half_cycles="charge").timings)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_stack_on_disk(kind, tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (4, 32, 32), "uint8")
    path = tmp_path / ("movie.tif" if kind == "file" else "frames")
    if kind == "file":
        tifffile.imwrite(path, frames, photometric="minisblack")
    else:
        path.mkdir()
        for number, frame in enumerate(frames):
            Image.fromarray(frame).save(path / f"{number}.png")
    stack = ImageStack.read(path, pixel_size=1e-7, frame_interval=10.0)
    again = pickle.loads(pickle.dumps(stack))
    for one, other in zip(again.frames(), stack.frames(), strict=True):
        assert np.array_equal(one, other)
