"""Measures of a population against its own series."""

from __future__ import annotations

import numpy as np
import pytest

from multiscale.cases import electrode_observables as population
from multiscale.cases import load_case, run_case
from multiscale.errors import ResultsError


@pytest.fixture(scope="module")
def run():
    """Forty spheres on one potential, autocatalytic."""
    case = load_case("park2021_population").only(["autocatalytic C/10"])
    return run_case(case).run("autocatalytic C/10")


def test_spread_is_that_of_the_contents_at_the_time(run):
    row = run.half_cycle(0)
    time = row["start_s"] + 0.5 * row["duration_s"]
    contents = run.solved.series(population.MEAN, [time])
    assert population.content_spread(run, 0.5) == pytest.approx(contents.std())
    assert population.widest_content_spread(run) >= population.content_spread(run, 0.5) > 0.01
    assert population.content_spread(run, 0.0) < 1e-6  # all start alike


def test_separation_of_points_is_that_of_contents_for_lumped_particles(run):
    separation = population.mode_separation(run, 0.8)
    assert separation == pytest.approx(2 * population.content_spread(run, 0.25), rel=0.5)
    assert np.isnan(population.mode_separation(run, 0.1))  # the charge ends before


def test_the_dip_tells_charge_from_discharge(run):
    assert 0 < population.smallest_dip_p(run) < 0.5 < population.smallest_dip_p(run, 1) <= 1


def test_a_share_beyond_the_half_cycle_is_refused(run):
    with pytest.raises(ResultsError, match=r"0 to 1, not 1\.5"):
        population.content_spread(run, 1.5)
    with pytest.raises(ResultsError, match="no half-cycle 7"):
        population.content_spread(run, 0.5, 7)
