"""Case files of electrodes: what is accepted, what variants change, how mistakes are named."""

from __future__ import annotations

import math

import pytest
from siblings import siblings

from multiscale.cases import load_case, parse_case
from multiscale.cases.electrode import build_geometry
from multiscale.cases.preparation import overridden, prepare, prepare_run
from multiscale.cases.runs import half_cycle_plan
from multiscale.cases.schema import GeometrySpec, ParticlesSpec
from multiscale.errors import CaseError, GeometryError
from multiscale.parameters import load_set, names

BASE = """
title = "Two columns"
description = "For tests."
parameters = "Sharma2022_NMC532"
experiment = ["Charge at C/20 until 4.3 V", "Hold at 4.3 V for 6 hours or until C/100"]
[geometry]
maker = "columns"
obstructions = [0, 1]
[particles]
fidelity = "radial"
n = 8
"""
VARIANTS = """
[variants.plain]
[variants.covered]
slow = true
[variants.covered.geometry]
covered_rows = [0, 1]
[variants.packed.geometry]
maker = "packing"
n = 3
[variants.lumped.particles]
fidelity = "lumped"
"""
CRITERION = """
[[criteria]]
id = "S1"
quantity = "something"
measure = "asynchrony"
maximum = 1
source = "us"
kind = "hard"
"""


def test_an_electrode_is_read():
    case = parse_case(BASE, "t")
    run = case.runs["default"]
    assert case.is_electrode
    assert run.mesh is None
    assert run.particles == ParticlesSpec(fidelity="radial", arguments={"n": 8})
    assert str(run.geometry) == "columns(obstructions = [0, 1])"
    assert run.model.surface == "butler-volmer"
    assert (run.solver.rtol, run.solver.atol) == (1e-4, 1e-5)
    geometry = build_geometry(run.geometry)
    assert geometry.n_particles == 3


def test_variants_change_what_they_name():
    case = parse_case(BASE + VARIANTS, "t")
    runs = case.runs
    assert dict(runs["covered"].geometry.arguments)["obstructions"] == [0, 1]
    assert dict(runs["covered"].geometry.arguments)["covered_rows"] == [0, 1]
    assert runs["packed"].geometry == GeometrySpec(maker="packing", arguments={"n": 3})
    assert runs["lumped"].particles == ParticlesSpec(fidelity="lumped")
    assert runs["packed"].particles == runs["plain"].particles
    assert case.slow == ["covered"]
    assert case.usual == ["plain", "packed", "lumped"]


def test_a_wetted_neck_can_be_said():
    case = parse_case(BASE.replace("[0, 1]", "[0, 1]\ndry_half_angle_deg = nan"), "t")
    assert math.isnan(dict(case.runs["default"].geometry.arguments)["dry_half_angle_deg"])


REMARK = "[[remarks]]\nname = 'V1'\nmeasure = 'neck_drop'\nmeaning = 'a drop'\n"
TABLE = (
    "[[tables]]\ntitle = 'Bounds'\nkind = 'jump_bounds'\n"
    "arguments = { start = 0.99, widths = [0.2] }\n"
)
COMPARISON = (
    "[comparison]\nshaded = ['A']\ncolumns = [{ name = 'A', measure = 'asynchrony' }, "
    "{ name = 'B', measure = 'asynchrony', limits = [0.1], words = ['a', 'b'] }]\n"
)
BROKEN = [
    (BASE.replace("columns", "colums"), "Unknown maker 'colums'; did you mean 'columns'"),
    (BASE.replace("obstructions", "obstruction"), "did you mean 'obstructions'"),
    (BASE.replace("obstructions = [0, 1]", ""), "columns needs the key 'obstructions'"),
    (BASE.replace("[0, 1]", '"all"'), "must be a list of numbers"),
    (BASE.replace('maker = "columns"', 'maker = "columns"\nfile = "x"'), "either 'maker'"),
    (BASE.replace("radial", "radail"), "Unknown fidelity 'radail'; did you mean 'radial'"),
    (BASE.replace("n = 8", "size = 0.1"), "Unknown key 'size'"),
    (BASE.replace("n = 8", "n = 0.5"), "'n' must be a whole number"),
    (BASE + "[mesh]\nname = 'disk_2um'", "a 'mesh' or a 'geometry', not both"),
    (BASE + "[model]\nsurface = 'butler-volmer'", "Unknown key 'surface'"),
    (BASE + "[model]\ncounter_electrode = 'lithum'", "Unknown counter electrode 'lithum'"),
    (BASE + "[overrides]\nx = {law = 3}", "'law' must be a text"),
    (BASE + CRITERION.replace("asynchrony", "asynchronie"), "did you mean 'asynchrony'"),
    (BASE + CRITERION.replace("asynchrony", "peak_difference"), "Unknown measure"),
    ("default_variants = ['x']\n" + BASE, "Unknown variant 'x'"),
    (BASE + REMARK.replace("neck_drop", "neck"), "no. 1: Unknown measure 'neck'"),
    (BASE + REMARK.replace("meaning", "means"), "Unknown key 'means'"),
    (BASE + REMARK + REMARK, "remarks: two are named 'V1'"),
    (BASE + TABLE.replace("jump_bounds", "jumps"), "Unknown table kind 'jumps'"),
    (BASE + TABLE.replace("0.2", "'0.2'"), "argument 'widths'"),
    (BASE + TABLE.replace("start = 0.99, ", ""), "jump_bounds needs the argument 'start'"),
    (BASE + TABLE.replace("title", "titel"), "did you mean 'title'"),
    (BASE + TABLE + "[comparison]\n", "comparison: 'columns' is missing or empty"),
    (BASE + COMPARISON.replace("'A']", "'B']"), "shaded: Unknown column 'B'"),
    (BASE + COMPARISON.replace("'A',", "'particles',"), "two are named 'particles'"),
    (BASE + COMPARISON.replace("'a', 'b'", "'a'"), "'words' has one more entry"),
]


@siblings(("text", "message"), BROKEN)
def test_mistakes_in_a_file_are_named(text, message):
    with pytest.raises(CaseError) as caught:
        parse_case(text, "t")
    assert message in str(caught.value)


def test_particles_need_a_geometry():
    with pytest.raises(CaseError, match="'particles' needs a 'geometry'"):
        parse_case(BASE.replace("[geometry]", "[mesh]"), "t")


def prepared(tail):
    return prepare(parse_case(BASE + tail, "t"))["default"]


@pytest.mark.parametrize(
    ("tail", "error", "message"),
    [
        (
            f'[overrides]\n"{names.CONDUCTIVITY}" = {{law = "wang2081"}}',
            CaseError,
            "did you mean 'wang2018'",
        ),
        (f'[overrides]\n"{names.OCP}" = {{law = "x"}}', CaseError, "offers no alternatives"),
        (f'[overrides]\n"{names.CONTACT_CONDUCTANCE}" = 0.0', GeometryError, "'c0r0'"),
    ],
)
def test_mistakes_are_found_before_anything_is_solved(tail, error, message):
    with pytest.raises(error, match=message) as caught:
        prepared(tail)
    assert str(caught.value).startswith("t: ")


def test_unconnected_particles_are_named():
    text = BASE.replace("[0, 1]", "[0, 1]\nconductance_S_m2 = 0.0")
    with pytest.raises(GeometryError, match="No path leads from the particles 'c0r0'"):
        prepare(parse_case(text, "t"))


def test_a_missing_file_is_named():
    text = BASE.split("[geometry]")[0] + '[geometry]\nfile = "nowhere.json"\n'
    with pytest.raises(CaseError, match=r"no electrode nowhere\.json"):
        prepare(parse_case(text, "t"))


def test_an_electrode_comes_back_from_its_file(tmp_path):
    geometry = build_geometry(parse_case(BASE, "t").runs["default"].geometry)
    geometry.to_json(tmp_path / "electrode.json")
    geometry.to_csv(tmp_path / "tables")
    for name in ("electrode.json", "tables"):
        text = BASE.split("[geometry]")[0] + f'[geometry]\nfile = "{name}"\n'
        spec = parse_case(text, "t", tmp_path).runs["default"].geometry
        assert build_geometry(spec) == geometry
        assert str(spec) == name


def test_alternative_laws_are_those_of_the_set():
    chosen = load_set("Sharma2022_NMC532")
    for name, laws in chosen.alternatives.items():
        for law, function in laws.items():
            assert overridden(chosen, {name: {"law": law}})[name] is function.value
    assert load_set("Xu2022_NMC88").alternatives == {}


def test_half_cycles_of_an_experiment():
    steps = '["Rest for 1 hour", "Charge at 1C for 1 minute", "Rest for 1 hour", '
    steps += (
        '"Charge at 1C for 1 minute", "Discharge at 1C for 1 minute"]\nrepeat = 2\nreset = true'
    )
    text = BASE.split("experiment")[0] + f"experiment = {steps}\n[geometry]"
    plan = half_cycle_plan(parse_case(text + BASE.split("[geometry]")[1], "t").runs["default"])
    assert [part.name for part in plan] == ["charge 1", "discharge 1", "charge 2", "discharge 2"]
    assert [len(part.steps) for part in plan] == [4, 1, 4, 1]
    assert [part.reset for part in plan] == [False, False, True, False]


def test_the_main_case_names_what_was_tuned():
    case = load_case("sharma2022")
    assert "tuned number" in case.tuned
    assert case.usual[0] == "reference"
    assert {"resolved_neck", "fine_mesh"} == set(case.slow)


def test_the_source_of_a_law_is_that_of_the_law_in_use():
    chosen = load_set("Sharma2022_NMC532")
    changes = f'\n[overrides]\n"{names.CONDUCTIVITY}" = {{law = "wang2018"}}\n'
    changes += f'"{names.DIFFUSIVITY}" = {{factor = 2}}'
    prepared = prepare_run(parse_case(BASE + changes, "t").runs["default"])
    assert prepared.source(names.CONDUCTIVITY) == (
        chosen.alternatives[names.CONDUCTIVITY]["wang2018"].source
    )
    assert prepared.source(names.OCP) == chosen.sources[names.OCP]
    assert prepared.source(names.DIFFUSIVITY) is None


def test_a_figure_of_particles_is_none_of_an_electrode():
    text = BASE + '\n[[figures]]\nname = "f"\nkind = "centre_curves"\ncaption = "c"\n'
    with pytest.raises(CaseError, match="'centre_curves' shows particles; this case is of el"):
        parse_case(text, "t")
    parse_case(text.replace("centre_curves", "voltage_current"), "t")
