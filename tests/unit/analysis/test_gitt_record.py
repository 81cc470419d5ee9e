"""Titrations simulated by the particle model: eq. 1 gives back what was put in, or says no."""

from __future__ import annotations

import functools

import numpy as np
import pybamm
import pytest
from siblings import siblings

import multiscale as ms
from multiscale.analysis.cycler import Record
from multiscale.analysis.gitt_record import Sample, reasons, titration, titration_laws
from multiscale.errors import AnalysisError
from multiscale.parameters import customised, load_set, names
from multiscale.parameters.laws import Constant, ExponentialPlateauDiffusivity

RADIUS = 1e-6


@functools.cache
def simulated(diffusivity, shape="sphere", pulses=10, minutes=6, rate="C/40", rest=12):
    """Record and stoichiometry of a titration that starts at 0.85."""
    values = load_set("Xu2022_NMC88").values
    values.update({names.DIFFUSIVITY: diffusivity, names.INITIAL_STOICHIOMETRY: 0.85})
    mesh = ms.ParticleMesh.radial(RADIUS, 81, shape=shape, grading=8.0)
    model = ms.SingleParticleModel(mesh, transport="chemical")
    steps = [f"Charge at {rate} for {minutes} minutes", f"Rest for {rest} hours"] * pulses
    sim = pybamm.Simulation(
        model,
        parameter_values=values,
        experiment=pybamm.Experiment(["Rest for 1 minute", *steps], period="20 seconds"),
        solver=model.solver(1e-8, 1e-8),
    )
    results = ms.Results(sim.solve())
    current, voltage = results.series("Current [A]"), results.series("Voltage [V]")
    return Record(results.times, -current, voltage), results.series(
        "Average particle stoichiometry"
    )


def table_of(diffusivity, shape="sphere", **kwargs):
    record, sto = simulated(diffusivity, shape, **kwargs)
    sample = Sample.of_particles(RADIUS, shape, (sto[0], sto[-1]))
    table = titration(record, sample)
    table["ratio"] = table["diffusivity_m2_s"] / diffusivity(
        table["stoichiometry"].to_numpy(), 298.15
    )
    return table


@pytest.mark.parametrize(("shape", "D"), [("sphere", 1e-17), ("cylinder", 3e-17), ("slab", 1e-16)])
def test_constant_diffusivity_within_a_fifth_where_valid(shape, D):
    table = table_of(Constant(D), shape, pulses=20)
    assert table["valid"].sum() >= 5
    assert (table.loc[table["valid"], "ratio"] - 1).abs().max() < 0.2


def test_varying_diffusivity_within_a_fifth_where_valid():
    law = ExponentialPlateauDiffusivity(2e-18, 2.5, 1e-14)
    table = table_of(law, rest=24, pulses=30)
    valid = table[table["valid"]]
    assert len(valid) >= 15
    assert (valid["ratio"] - 1).abs().max() < 0.2
    found = np.log10(valid["diffusivity_m2_s"])
    slope = np.polyfit(valid["stoichiometry"], found, 1)[0]
    assert slope == pytest.approx(-2.5, rel=0.25)


def test_long_pulses_are_flagged_and_come_out_low():
    """Mid range of a sphere: 40 % low at tau D/R^2 = 0.06, and worse beyond."""
    table = table_of(Constant(1e-16), minutes=10)
    assert not table["short_pulse"].any()
    assert (table["ratio"] < 0.7).all()
    assert "too long" in reasons(table)[0]


def test_a_bent_potential_is_flagged():
    """A pulse so large that its surface runs through a bend of the potential."""
    table = table_of(Constant(1e-18), rate="C/5", rest=48)
    assert not table["straight"].all()
    assert not table["valid"].any()


def test_a_diffusivity_that_changes_over_the_excursion_is_flagged():
    table = table_of(ExponentialPlateauDiffusivity(2e-19, 4.0, 1e-14), rate="C/10", rest=48)
    assert (table["ratio"] - 1).abs().max() > 0.5
    assert not table["valid"].any()


def test_short_rests_are_flagged():
    table = table_of(Constant(1e-18), rest=1)
    assert not table["relaxed"].any()
    assert "rests too short" in " ".join(reasons(table))


def test_stoichiometry_by_mass_is_that_by_both_ends():
    record, sto = simulated(Constant(1e-17))
    full = record.charge()[-1] / (sto[0] - sto[-1])
    by_mass = titration(record, Sample.of_particles(RADIUS, "sphere", (0.85, float("nan")), full))
    assert by_mass["stoichiometry_after"].iloc[-1] == pytest.approx(sto[-1], abs=1e-6)
    middle = np.interp(by_mass["stoichiometry"], sto[::-1], record.voltage[::-1])
    assert middle.shape == by_mass["stoichiometry"].shape


def test_jump_and_polarisation_are_told_apart():
    record, sto = simulated(Constant(1e-17))
    resisted = Record(
        record.times, record.current, record.voltage + 0.02 * record.current / record.current.max()
    )
    sample = Sample.of_particles(RADIUS, "sphere", (sto[0], sto[-1]))
    plain, jumped = titration(record, sample), titration(resisted, sample)
    assert (jumped["instant_V"] - plain["instant_V"]).to_numpy() == pytest.approx(0.02, rel=0.01)
    assert jumped["diffusivity_m2_s"].to_numpy() == pytest.approx(
        plain["diffusivity_m2_s"].to_numpy(), rel=1e-6
    )
    # the resistance is gone with the current, too: what is left at the end is diffusion's
    assert jumped["polarisation_V"].to_numpy() == pytest.approx(
        plain["polarisation_V"].to_numpy(), rel=1e-3
    )
    assert (plain["polarisation_V"] > 10 * plain["instant_V"].abs()).all()


def test_laws_go_into_a_set():
    laws = titration_laws(table_of(Constant(1e-17)), "our cell")
    mine = customised(load_set("Xu2022_NMC88"), "mine", *laws.values(), transport="chemical")
    assert ms.check_parameters(mine.values).ok
    source = mine.sources[names.DIFFUSIVITY]
    assert (source.grade, source.kind) == ("C", "derived")
    assert "pulses" in source.method
    assert float(laws[names.DIFFUSIVITY](0.84, 298.15)) == pytest.approx(1e-17, rel=0.2)


def test_no_valid_pulse_gives_no_diffusivity():
    laws = titration_laws(table_of(Constant(1e-16), minutes=10), "our cell")
    assert list(laws) == [names.OCP]


SAMPLE = Sample.of_particles(RADIUS, "sphere", (0.9, 0.5))
T = np.arange(6.0)


@siblings(
    ("current", "message"),
    [
        ([0, 0, 0, 0, 0, 0], "no pulse: the current is zero"),
        ([1, 1, 1, 1, 1, 1], "no rest: the current is never below"),
        ([1, 1, 1, 0, 0, 0], "no current pulse between two rests"),
        ([0, -1, -1, 0, 0, 0], "is the sign of the current right"),
    ],
)
def test_records_that_are_no_titration(current, message):
    record = Record(T, np.array(current, dtype=float), 3.6 + 0.01 * T)
    with pytest.raises(AnalysisError, match=message):
        titration(record, SAMPLE)


@siblings(
    ("arguments", "message"),
    [
        ((1e-6, "ball", (0.9, 0.5)), "Unknown shape 'ball'"),
        ((1e-6, "sphere", (0.9, float("nan"))), "needs the mass"),
        ((1e-6, "sphere", (95.0, 0.5)), "between 0 and 1"),
        ((-1e-6, "sphere", (0.9, 0.5)), "must be positive"),
    ],
)
def test_impossible_samples(arguments, message):
    with pytest.raises(AnalysisError, match=message):
        Sample.of_particles(*arguments)


def test_a_mass_that_empties_the_particle():
    record = Record(T, np.array([0.0, 1, 1, 0, 0, 0]), 3.6 + 0.01 * T)
    sample = Sample.of_particles(RADIUS, "sphere", (0.9, float("nan")), 1.0)
    with pytest.raises(AnalysisError, match="check the mass"):
        titration(record, sample)


def test_a_skip_longer_than_the_pulse():
    record = Record(T, np.array([0.0, 1, 1, 0, 0, 0]), 3.6 + 0.01 * T)
    with pytest.raises(AnalysisError, match="longer than a pulse"):
        titration(record, SAMPLE, skip=10.0)
