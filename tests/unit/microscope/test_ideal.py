"""Traces without frames are those that the analysis of noiseless frames gives."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest

import multiscale as ms
from multiscale.imaging.pipeline import measure
from multiscale.imaging.regions import Regions
from multiscale.imaging.rendering.optics import Camera
from multiscale.imaging.stack import ImageStack
from multiscale.microscope.film import Film, ideal_traces
from multiscale.microscope.setup import Setup
from multiscale.microscope.stored import open_run


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    model = ms.SingleParticleModel(ms.ParticleMesh.load("disk_2um_coarse"))
    simulation = pybamm.Simulation(
        model,
        parameter_values=pybamm.ParameterValues("Xu2022_NMC88"),
        experiment=["Charge at C/3 for 60 minutes"],
    )
    path = ms.Results(simulation.solve()).to_netcdf(tmp_path_factory.mktemp("run") / "run.nc")
    camera = Camera(noise=0, bits=16, channels=(1.0,))
    return Film(open_run(path), Setup(pixel_size=130e-9, n_frames=24, camera=camera))


def test_ideal_traces_are_those_of_noiseless_frames(film):
    interval = float(film.time[1] - film.time[0])
    stack = ImageStack.from_frames(
        np.array(list(film.frames())), pixel_size=130e-9, frame_interval=interval
    )
    rois = Regions(film.scene.pixel_labels, film.scene.names)
    measured = measure(stack, half_cycles=film.run.half_cycles, rois=rois, drift="none")
    ideal = ideal_traces(film)
    assert float(ideal.max()) > 0.2
    np.testing.assert_allclose(measured.traces["y"], ideal, atol=1e-4)


def test_the_rim_is_left_out(film):
    """The rim reacts first: the whole mask is ahead of the eroded one."""
    middle = len(film.time) // 2
    assert float(film.brightness[0, middle]) > float(ideal_traces(film)[0, middle]) + 0.005
