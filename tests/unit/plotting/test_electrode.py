"""Figures of electrodes: every fidelity, 2D and 3D, and the numbers that they show."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pybamm
import pytest
from PIL import Image
from siblings import siblings

from multiscale import plotting
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import ResultsError
from multiscale.models.electrode import ElectrodeModel
from multiscale.models.fidelity import Lumped, Radial, Resolved
from multiscale.parameters import load_set
from multiscale.plotting.curves import steps_of
from multiscale.plotting.electrode import Collector, cell_soc, record_of, top_colours
from multiscale.plotting.picture import electrode_picture
from multiscale.plotting.traces import surface_of
from multiscale.results import Results

HOUR = 3600.0
COLUMNS = functools.partial(ElectrodeGeometry.columns, [0, 1])
PILE = functools.partial(ElectrodeGeometry.packing, coverage=0.02, seed=3, dimension=3)
KINDS = {
    "lumped": (COLUMNS, Lumped()),
    "radial": (COLUMNS, Radial(8)),
    "resolved": (COLUMNS, Resolved(1 / 3)),
    "lumped 3D": (functools.partial(PILE, 4), Lumped()),
    "radial 3D": (functools.partial(PILE, 4), Radial(6)),
    "resolved 3D": (functools.partial(PILE, 2), Resolved(1 / 2)),
}
CHARGE, DISCHARGE = "Charge at C/10 for 1 hour", "Discharge at C/10 for 30 minutes"
CYCLED = ("lumped", "radial", "radial 3D")  # the others are only charged


@functools.cache
def solved(kind: str, *experiment: str) -> Results:
    geometry, fidelity = KINDS[kind]
    n_steps = 3 if kind in CYCLED else 1
    sim = pybamm.Simulation(
        ElectrodeModel(geometry(), fidelity),
        parameter_values=load_set("Sharma2022_NMC532").values,
        experiment=list(experiment or [CHARGE, "Rest for 10 minutes", DISCHARGE][:n_steps]),
    )
    return Results(sim.solve(), tolerance=1e-2)


def words(figure) -> list[str]:
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    return found + [axes.get_title() for axes in figure.axes]


def timings() -> pd.DataFrame:
    rows = [
        ("a", 0, "charge", "reacted", 1.0, 2.0, 4.0),
        ("b", 0, "charge", "incomplete", np.nan, np.nan, np.nan),
        ("c", 0, "charge", "reacted", 0.5, 1.0, 2.0),
        ("a", 1, "discharge", "no_change", np.nan, np.nan, np.nan),
        ("b", 1, "discharge", "unclear", np.nan, np.nan, np.nan),
        ("c", 1, "discharge", "reacted", 1.0, 2.0, 3.0),
    ]
    names = ["particle", "half_cycle", "kind", "status", "t10_s", "t50_s", "t90_s"]
    table = pd.DataFrame(rows, columns=names)
    table[names[4:]] *= HOUR
    return table.assign(duration_s=5 * HOUR)


@siblings("kind", KINDS)
def test_map_has_a_panel_per_time_with_the_state_of_the_cell(kind):
    results = solved(kind)
    times = [0.25 * HOUR, HOUR]
    figure = plotting.particle_map(results, times)
    assert len(figure.axes) == 3
    soc = cell_soc(results, times)
    voltage = results.series("Voltage [V]", times)
    expected = {f"SOC {s:.2f} · {v:.2f} V" for s, v in zip(soc, voltage, strict=True)}
    assert expected | {"Li-rich", "Li-poor"} <= set(words(figure))
    assert any("µm" in text for text in words(figure))


@pytest.mark.parametrize("kind", ["lumped 3D", "radial 3D", "resolved 3D"])
def test_section_of_a_pile_shows_what_is_inside(kind):
    results = solved(kind)
    picture = electrode_picture(results, "slice")
    assert not picture.balls
    assert 1 <= len(picture.outlines) <= len(results.labels)
    assert len(plotting.particle_map(results, [HOUR], "stoichiometry", "slice").axes) == 2


@pytest.mark.parametrize("kind", ["lumped", "radial", "resolved"])
def test_picture_holds_the_area_and_the_lithium_of_every_particle(kind):
    results = solved(kind)
    picture = electrode_picture(results)
    a, b, c = picture.points[picture.triangles].transpose(1, 0, 2)
    area = 0.5 * np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    assert area.sum() == pytest.approx(3 * np.pi * 25, rel=0.08)
    values = picture.weights @ results.field("Particle stoichiometry", [HOUR])[:, 0]
    mean = (area * values[picture.triangles].mean(axis=1)).sum() / area.sum()
    assert 1 - mean == pytest.approx(cell_soc(results, [HOUR])[0], abs=0.01)


def test_collector_lies_along_its_side():
    for kind, level in (("lumped", -10), ("lumped 3D", 0)):
        results = solved(kind)
        bar = Collector(results.model.electrode, electrode_picture(results))
        assert bar.across == 1
        assert bar.level == pytest.approx(level, abs=1e-6)


def test_tops_have_their_own_colours_from_the_best_connected():
    assert list(top_colours(solved("lumped"))) == ["c0r0", "c1r1"]
    assert top_colours(solved("lumped"))["c0r0"] == "#e69f00"


def test_half_cycles_and_steps_are_recognised():
    results = solved("lumped")
    assert record_of(results)["name"].tolist() == ["charge 1", "discharge 1"]
    assert [step.kind for step in steps_of(results)] == ["charge", "rest", "discharge"]
    held = solved("lumped", CHARGE, "Hold at 3.8 V for 30 minutes")
    assert [step.kind for step in steps_of(held)] == ["charge", "hold"]
    figure = plotting.voltage_current(held)
    assert "charge" in words(figure)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["voltage hold"]


@pytest.mark.parametrize("against", ["cell soc", "time"])
def test_traces_add_up_to_the_cell(against):
    figure = plotting.particle_traces(solved("radial"), against)
    assert len(figure.axes) == 4
    *particles, cell = figure.axes[0].lines
    assert len(particles) == 3
    mean = np.mean([line.get_ydata() for line in particles], axis=0)
    assert np.allclose(mean, cell.get_ydata(), atol=1e-4)
    if against == "cell soc":
        assert figure.axes[1].get_xlim()[0] > figure.axes[1].get_xlim()[1]  # a discharge
        slopes = [line.get_ydata() for line in figure.axes[2].lines[:3]]
        assert np.allclose(np.mean(slopes, axis=0), 1, atol=0.02)


@pytest.mark.parametrize("kind", ["lumped", "radial", "resolved"])
def test_surface_lithium_is_that_of_the_surface(kind):
    results = solved(kind)
    figure = plotting.surface_lithium(results)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["c0r0 (on carbon)", "c1r1 (behind 1)"]
    surface = surface_of(results, "c0r0", results.times)
    average = results.series("Average particle surface stoichiometry")[0]
    assert np.abs(surface - average).max() < 0.1
    with pytest.raises(ResultsError, match="c0r0"):
        plotting.surface_lithium(results, ["c0r9"])


def test_chart_shows_each_status_in_its_own_way():
    figure = plotting.timing_chart(timings(), {"a": 1, "b": 2, "c": 0})
    first, second = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["charge 1", "discharge 1"]
    assert [text.get_text() for text in first.get_yticklabels()] == ["c", "a", "b"]
    bars = [(bar.get_x(), bar.get_width()) for bar in first.patches]
    assert bars == [(60, 180), (0, 300), (30, 90)]  # minutes
    assert first.get_xlim() == (0, 300)
    hatches = {bar.get_hatch() for bar in (*first.patches, *second.patches)}
    assert len(hatches) >= 3
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[-3:] == ["no change", "incomplete", "unclear"]
    with pytest.raises(ResultsError, match="t50_s"):
        plotting.timing_chart(timings().drop(columns="t50_s"))


def test_mechanisms_are_printed_and_shaded():
    table = pd.DataFrame(
        {"spread": [0.4, 0.02, np.nan], "loss": [0.09, 0.1, 12.0], "kept": [True, False, True]},
        index=["default", "conducting", "reset"],
    )
    figure = plotting.mechanism_table(table, ["spread"])
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["0.40", "0.02", "–", "0.09", "0.10", "12", "yes", "no", "yes"]
    faces = [patch.get_facecolor() for patch in figure.axes[0].patches]
    assert faces[2] == (1, 1, 1, 1)
    assert sum(faces[0]) < sum(faces[1])
    with pytest.raises(ResultsError, match="spread"):
        plotting.mechanism_table(table, ["spred"])


@pytest.mark.parametrize("kind", ["lumped", "resolved", "radial 3D"])
def test_network_draws_each_contact_as_wide_as_its_current(kind):
    results = solved(kind)
    figure = plotting.contact_network(results, 0.5 * HOUR)
    contacts = len(results.model.domains.contacts)
    lines = [c for c in figure.axes[0].collections if len(c.get_linewidths()) == contacts]
    current = np.abs(results.series("Contact current [A]", [0.5 * HOUR])).ravel()
    widths = np.sort(lines[-1].get_linewidths())
    expected = np.sort(0.9 + 6.1 * current / current.max())
    assert np.allclose(widths, expected)
    assert figure.axes[1].get_ylabel().startswith("Voltage drop [")


@pytest.mark.parametrize("kind", ["lumped", "radial 3D"])
def test_overview(kind):
    figure = plotting.electrode_overview(solved(kind))
    assert len(figure.axes) == 4 + 1 + 4


def test_animation(tmp_path):
    path = plotting.animate_electrode(solved("radial"), tmp_path / "a.gif", n_frames=3)
    with Image.open(path) as film:
        assert film.n_frames == 3
        size = film.size
    frames = plotting.electrode_frames(solved("radial 3D"), [0.0, HOUR, 0.0])
    assert len(frames) == 3
    assert frames[0].tobytes() != frames[1].tobytes()
    assert frames[0].tobytes() == frames[2].tobytes()  # nothing of another frame stays
    turned = plotting.electrode_frames(solved("radial 3D"), [HOUR, 0.0])
    assert turned[0].tobytes() == frames[1].tobytes()
    assert size[0] == frames[0].size[0]
    with pytest.raises(ValueError, match=r"\.gif"):
        plotting.animate_electrode(solved("radial"), tmp_path / "a.mp4")


def test_wrong_arguments_are_answered(run):
    with pytest.raises(ResultsError, match="ElectrodeModel"):
        plotting.particle_map(run("radial"), [0.0])
    with pytest.raises(ValueError, match="'slice'"):
        plotting.particle_map(solved("lumped"), [0.0], view="slcie")
    with pytest.raises(ValueError, match="'cell soc'"):
        plotting.particle_traces(solved("lumped"), "soc")


def test_laws_show_the_entries_that_were_changed():
    values = load_set("Sharma2022_NMC532").values
    changed = values.copy()
    changed.update({"Positive particle pristine electronic conductivity [S.m-1]": 1e-3})
    lowest = []
    for chosen in (values, changed):
        axes = plotting.material_laws(chosen).axes
        label = "Electronic conductivity [S m⁻¹]"
        (shown,) = [plot for plot in axes if plot.get_ylabel() == label]
        lowest.append(np.nanmin(shown.lines[0].get_ydata()))
    assert lowest[0] < 1e-5
    assert lowest[1] > 5e-4
