"""A further format of movies is one file: a function that reads it, one that writes it."""

from __future__ import annotations

import numpy as np
import pytest

from multiscale.errors import ImagingError
from multiscale.imaging import formats
from multiscale.imaging.formats import array_source, reads, write_movie, writes
from multiscale.imaging.stack import ImageStack


@pytest.fixture
def raw_counts(monkeypatch):
    """NumPy arrays as a format of movies, for one test."""
    formats._load_formats()  # into the registries that stay
    for registry in ("_READERS", "_WRITERS"):
        monkeypatch.setattr(formats, registry, dict(getattr(formats, registry)))

    @reads(".npy")
    def read(path):
        return array_source(np.load(path), path.name)

    @writes(".npy")
    def write(footage, path):
        with path.open("wb") as file:
            np.save(file, np.array(list(footage.frames)))


def test_what_a_new_writer_leaves_a_new_reader_opens(raw_counts, tmp_path):
    frames = np.random.default_rng(0).integers(20, 200, (5, 12, 10), dtype=np.uint8)
    path = write_movie(frames, tmp_path / "movie.npy", time=np.arange(5.0), pixel_size=1e-7)
    stack = ImageStack.read(path, pixel_size=1e-7, frame_interval=2.0)
    np.testing.assert_array_equal(list(stack.frames()), frames)
    assert stack.name == "movie.npy"


@pytest.mark.parametrize("name", ["movie.npy", "movie"])
def test_messages_list_the_formats_that_are_there(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(ImagingError, match=r"known: \.tif, \.tiff, \.btf, \.mp4, .*, or a folder"):
        ImageStack.read(tmp_path / name, pixel_size=1e-7, frame_interval=1.0)
    with pytest.raises(ImagingError, match=r"ends in \.ome\.tif, \.ome\.tiff or \.mp4"):
        write_movie([], tmp_path / name, time=[], pixel_size=1e-7)
