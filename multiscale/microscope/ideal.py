"""What the analysis of a movie would read off a run, without a camera's noise and without frames.

Blur, pixels and eroded outlines are linear in the light, so that their product is one sparse
matrix from what each line of sight sends back to the trace of each particle.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from multiscale.imaging.traces import REFERENCE_FRAMES, eroded, usual_erosion_px
from multiscale.microscope.film import Film

Floats = NDArray[np.float64]


def ideal_traces(film: Film) -> xr.DataArray:
    """Differential intensity of every particle that is seen, as ``extract_traces`` defines it.

    The true outlines lose the usual rim; in each pixel the light is taken against the mean
    of the first frames, and averaged.

    Parameters
    ----------
    film : Film
        Its noise, drift, lamp and dirt are left out.

    Returns
    -------
    xarray.DataArray, dims ("particle", "time")

    Examples
    --------
    >>> import pybamm
    >>> import multiscale as ms
    >>> from multiscale.microscope.setup import Setup
    >>> from multiscale.microscope.stored import open_run
    >>> model = ms.SingleParticleModel(ms.ParticleMesh.load("disk_2um_coarse"))
    >>> values = pybamm.ParameterValues("Xu2022_NMC88")
    >>> experiment = ["Charge at C/3 for 35 minutes"]
    >>> sim = pybamm.Simulation(model, parameter_values=values, experiment=experiment)
    >>> run = open_run(ms.Results(sim.solve()).to_netcdf("run.nc"))
    >>> y = ideal_traces(Film(run, Setup(pixel_size=70e-9, n_frames=9)))
    >>> bool((y.diff("time").isel(time=slice(3, None)) > 0).all())
    True
    """
    scene, law, run = film.scene, film.setup.law, film.run
    seen = np.flatnonzero(scene.labels.ravel() > 0)
    base = scene.base.ravel()[seen]

    def light(time: float) -> Floats:
        return base * (1 + law(film.view.weights @ run.stoichiometry(time)))

    first = scene.base.astype(np.float64).ravel()
    first[seen] = np.mean([light(time) for time in film.time[:REFERENCE_FRAMES]], axis=0)
    reference = scene.exposed(first.reshape(scene.base.shape).astype(np.float32))
    inner = eroded(scene.pixel_labels, usual_erosion_px(scene.pixel_size))
    weights = scene.mean_weights(inner, 1 / reference)
    own: csr_matrix = weights[:, seen]
    rest = weights @ np.where(scene.labels.ravel() > 0, 0.0, scene.base.ravel())
    values = np.transpose([own @ light(time) for time in film.time]) + rest[:, None]
    coords = {"particle": list(scene.names), "time": film.time}
    return xr.DataArray(values - 1, coords, ("particle", "time"))
