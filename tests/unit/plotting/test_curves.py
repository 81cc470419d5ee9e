"""Curves and bars: units on every axis, one curve per run, values that are the run's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from siblings import siblings

from multiscale import plotting
from multiscale.parameters import load_set

from .conftest import MESHES


def units_missing(figure):
    """Labels of plots, other than images of particles, without a unit."""
    plots = [axes for axes in figure.axes if axes.axison]
    shared = {axes for axes in plots if not axes.get_xlabel() and axes.get_shared_x_axes()}
    labels = [axes.get_ylabel() for axes in plots]
    labels += [axes.get_xlabel() for axes in plots if axes not in shared]
    return [label for label in labels if "[" not in label]


@siblings("mesh", MESHES)
def test_profiles_reach_from_edge_to_edge(run, mesh):
    figure = plotting.line_profiles(run(mesh), [300.0, 600.0])
    assert not units_missing(figure)
    first, second, _ = figure.axes[0].lines
    assert first.get_label() == "5 min"
    assert np.isfinite(second.get_ydata()).all()
    length = 1 if mesh == "slab" else 2
    assert np.ptp(first.get_xdata()) == pytest.approx(length, rel=0.06)
    assert np.mean(second.get_ydata()) > np.mean(first.get_ydata())


def test_profile_has_a_gap_outside_the_particle(run):
    figure = plotting.line_profiles(run("disk"), [600.0], [-2e-6, 0.0], [2e-6, 0.0])
    values = figure.axes[0].lines[0].get_ydata()
    assert np.isnan(values[[0, -1]]).all()
    assert np.isfinite(values[len(values) // 2])


def test_profile_agrees_with_probe(run):
    results = run("disk")
    figure = plotting.line_profiles(results, [600.0], [-0.5e-6, 0.1e-6], [0.5e-6, 0.1e-6])
    line = figure.axes[0].lines[0]
    points = np.column_stack([1e-6 * line.get_xdata(), np.full(len(line.get_xdata()), 0.1e-6)])
    probed = results.probe("Particle stoichiometry", points, [600.0]).values[:, 0]
    assert np.allclose(line.get_ydata(), 1 - probed, atol=1e-9)


@pytest.mark.parametrize("against", ["time", "mean delithiation"])
def test_centre_and_heterogeneity(run, against):
    runs = {"radial": run("radial"), "disk": run("disk")}
    for draw in (plotting.centre_curves, plotting.heterogeneity_curves):
        figure = draw(runs, against=against)
        assert not units_missing(figure)
        labels = [text.get_text() for text in figure.axes[-1].get_legend().get_texts()]
        assert {"radial", "disk"} <= set(labels)


def test_single_run_needs_no_label(run):
    figure = plotting.centre_curves(run("disk"))
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["centre", "mean"]
    assert plotting.voltage_current(run("disk")).axes[0].get_legend() is None


def test_current_keeps_its_sign_and_gets_a_prefix(run):
    figure = plotting.voltage_current(run("disk"))
    assert figure.axes[1].get_ylabel() == "Current [pA]"
    expected = 1e12 * run("disk").series("Current [A]")
    assert np.allclose(figure.axes[1].lines[0].get_ydata(), expected)
    assert expected.min() < 0  # a charge


def test_displacement_and_peaks():
    figure = plotting.displacement_curves({"C/3": ([0.1, 0.2], [1e-8, 2e-8])})
    assert np.allclose(figure.axes[0].lines[0].get_ydata(), [10, 20])
    figure = plotting.peak_curve([1, 2], {"a": [0.1, 0.2], "b": [0.2, 0.3]}, "Radius [µm]")
    assert len(figure.axes[0].lines) == 2
    assert figure.axes[0].get_xscale() == "linear"


def test_points_outside_the_validity_of_the_titration_are_hollow():
    table = pd.DataFrame(
        {
            "stoichiometry": [0.9, 0.5],
            "D_in": [1e-17, 2e-15],
            "D_out": [1.1e-17, 4e-16],
            "valid": [True, False],
        }
    )
    axes = plotting.gitt_diffusivity(table).axes[0]
    faces = [line.get_markerfacecolor() for line in axes.lines[1:]]
    assert faces == ["#0072b2", "white"]
    measured = plotting.gitt_diffusivity(table.drop(columns=["D_in", "valid"]))
    assert len(measured.axes[0].lines) == 1


def test_bars_for_what_was_measured_and_simulated():
    table = {"label": ["C/3", "1C"], "simulated": [14.0, 22.0], "measured": [np.nan, 24.0]}
    figure = plotting.hold_capacity(table)
    assert figure.axes[0].get_ylabel() == "Capacity gained in the hold [mA h g⁻¹]"
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["C/3", "1C"]
    with pytest.raises(ValueError, match="Unknown column 'measured'"):
        plotting.hold_capacity({"label": [], "simulated": []})


def test_material_laws_of_a_set_of_values_and_of_several():
    chosen = load_set("Xu2022_NMC88")
    figure = plotting.material_laws(chosen)
    assert len(figure.axes) == 6
    assert not units_missing(figure)
    # a set knows where its sources end, bare values do not
    assert len(plotting.material_laws(chosen.values).axes[0].lines) == 1
    assert len(figure.axes[0].lines) == 2
    pair = plotting.material_laws({"a": chosen, "b": load_set("Lun_NMC88")})
    assert len(pair.legends[0].get_texts()) == 3


def test_overview_holds_fields_profiles_and_centre(run):
    figure = plotting.charge_overview(run("disk"), [0.0, 300.0, 600.0])
    assert len(figure.axes) == 6
    assert not units_missing(figure)


def test_no_figure_touches_pyplot_or_the_settings_of_the_session(run):
    import matplotlib as mpl
    from matplotlib import pyplot

    before = dict(mpl.rcParams)
    plotting.voltage_current(run("radial"))
    assert pyplot.get_fignums() == []
    assert dict(mpl.rcParams) == before
