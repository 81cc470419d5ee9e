"""Arguments of the wrong type or size in Python: one sentence that names them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from siblings import siblings

import multiscale as ms
from multiscale.errors import (
    AnalysisError,
    GeometryError,
    ImagingError,
    MultiscaleError,
    ParameterError,
)
from multiscale.parameters import load_set
from multiscale.parameters.library import read_set

NUMBERS = np.arange(8)
TABLE = pd.DataFrame(
    {
        "particle": NUMBERS,
        "half_cycle": 0,
        "kind": "charge",
        "status": "reacted",
        "t50_s": 100.0 * NUMBERS,
        "duration_s": 1000.0,
    }
)
LABELS = np.kron([[0, 1, 1, 0], [0, 2, 2, 0]], np.ones((20, 10), int))
MOVIE = ms.ImageStack.from_frames(
    np.arange(192, dtype="uint8").reshape(3, 8, 8), pixel_size=1e-7, frame_interval=1
)


@siblings("path", [None, 5, 5.0, ["a"], b"x", object()], ids=type)
@siblings(
    "read",
    [
        ms.ImageStack.read,
        partial(ms.ParticleMesh.read, unit="um"),
        ms.ElectrodeGeometry.from_csv,
        ms.ElectrodeGeometry.from_json,
        ms.read_package,
        ms.check_package,
        read_set,
    ],
)
def test_paths_are_text_or_paths(read, path):
    with pytest.raises(MultiscaleError, match="must be text or a path, not"):
        read(path)


def test_a_path_of_another_kind_is_one(tmp_path: Path):
    class Elsewhere:
        def __fspath__(self) -> str:
            return str(tmp_path / "none.json")

    with pytest.raises(GeometryError, match=r"none\.json"):
        ms.ElectrodeGeometry.from_json(Elsewhere())


@siblings("name", [None, 5, ["a"], b"x", True])
def test_names_of_sets_are_text(name):
    with pytest.raises(ParameterError, match="name of a parameter set is text, not"):
        load_set(name)


def columns_of(table):
    return table.reset_index() if table.index.name else table


@siblings("name", ["particles", "nodes", "edges", "contacts"])
@siblings("wrong", [5, "twice", "empty"])
def test_tables_of_electrodes(name, wrong):
    electrode = ms.ElectrodeGeometry.columns([0, 1], radius=1e-6)
    tables = {
        key: columns_of(getattr(electrode, key))
        for key in ("particles", "nodes", "edges", "contacts")
    }
    table = tables[name]
    tables[name] = {"twice": pd.concat([table, table]), "empty": table.iloc[:0]}.get(wrong, wrong)
    if name == "edges" and wrong != 5:
        return  # wires may be parallel, or none
    with pytest.raises(GeometryError):
        ms.ElectrodeGeometry.from_table(**tables)


@siblings("draws", [0, -1, None, 1.5, True, "x", 10**12])
def test_draws_are_a_whole_number_within_limits(draws):
    with pytest.raises(AnalysisError, match="draws must be a whole number from 1 to"):
        ms.compare_timings(TABLE, TABLE, draws=draws)


@siblings("seed", [None, -1, 1.5, "x", True, np.nan, 10**30])
def test_seeds_are_whole_numbers(seed):
    with pytest.raises(AnalysisError, match="seed must be a whole number"):
        ms.compare_timings(TABLE, TABLE, seed=seed)


@siblings("table", [None, 5, "x", TABLE.to_dict(), TABLE["t50_s"]], ids=type)
def test_timings_are_tables(table):
    for pair in ((table, TABLE), (TABLE, table)):
        with pytest.raises(AnalysisError, match="Timings come as a pandas"):
            ms.compare_timings(*pair)


@siblings("index", [np.array([0, 1]), None, "0", 1.5, True, [0], np.nan], ids=repr)
def test_numbers_of_frames_are_whole(index):
    for read in (MOVIE.frame, MOVIE.number_of):
        with pytest.raises(ImagingError, match="must be a whole number, not"):
            read(index)
    for end in ("start", "stop", "step"):
        if index is not None or end == "step":
            with pytest.raises(ImagingError, match=f"Frames: {end} must be a whole number"):
                next(MOVIE.frames(**{end: index}))


@siblings("labels", [[[1, 2], [1]], None, "abc", LABELS * 1.0, LABELS > 0, -LABELS])
def test_labels_are_whole_numbers(labels):
    with pytest.raises(GeometryError, match="labels "):
        ms.ElectrodeGeometry.from_labels(labels, 2e-7)


def test_a_picture_of_noise_has_too_many_particles():
    many = np.arange(1, 200 * 200 + 1).reshape(200, 200)
    with pytest.raises(GeometryError, match=r"labels holds 4e\+04 particles; the limit is 20000"):
        ms.ElectrodeGeometry.from_labels(many, 2e-7)


@siblings("size", [0, -1, np.nan, np.inf, "x", None, True, [1e-6], 1.0])
def test_pixel_sizes_are_metres(size):
    with pytest.raises(GeometryError, match="pixel_size"):
        ms.ElectrodeGeometry.from_labels(LABELS, size)
