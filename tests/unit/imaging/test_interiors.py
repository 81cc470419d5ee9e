"""Inside of particles, from a movie to a table."""

from __future__ import annotations

import numpy as np
import pytest

from multiscale.errors import ImagingError
from multiscale.imaging.interior import interiors
from multiscale.imaging.pipeline import measure
from multiscale.imaging.rendering.synthetic import synthetic_movie


def test_rim_first_through_drift_and_lamp():
    movie = synthetic_movie("single", n_frames=60, size=112, seed=3, drift_px=4.0, lamp=0.1)
    quiet = synthetic_movie("single", n_frames=60, size=112, seed=3)
    lags = []
    for one in (movie, quiet):
        stack = one.stack()
        (row,) = interiors(stack, measure(stack)).to_dict("records")
        assert row["timed_share"] > 0.9
        assert row["rest_distance"] < 0.1  # the rest shrinks around the centre
        lags.append(row["rim_to_centre_lag_s"])
    assert lags[0] > 5 * movie.frame_interval
    np.testing.assert_allclose(lags[0], lags[1], rtol=0.05)


def test_a_name_that_does_not_exist_is_refused():
    stack = synthetic_movie("steps", n_frames=30, size=96, n_particles=3, seed=2).stack()
    with pytest.raises(ImagingError, match="'p999'"):
        interiors(stack, measure(stack), ["p999"])
