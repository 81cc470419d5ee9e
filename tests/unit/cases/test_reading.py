"""Case files: what is accepted, and that every mistake is named before anything is solved."""

from __future__ import annotations

import pytest
from siblings import siblings

from multiscale.cases import list_cases, load_case, parse_case
from multiscale.errors import CaseError

BASE = """
title = "A charge"
description = "For tests."
parameters = "Xu2022_NMC88"
experiment = ["Charge at C/3 for 1 minute"]
mesh = { recipe = "radial", radius = 1e-6, n = 21, shape = "cylinder" }
"""
CRITERION = """
[[criteria]]
id = "X1"
quantity = "something"
measure = "peak_difference"
maximum = 1
source = "us"
kind = "hard"
"""
VARIANTS = """
[variants.slow]
experiment = ["Charge at C/30 for 1 minute"]
[variants.large]
mesh = { scale = 2.0 }
[variants.other]
mesh = { name = "disk_2um_coarse", order = 2 }
[variants.fick.model]
transport = "chemical"
[variants.fick.overrides]
"Ambient temperature [K]" = 300.0
"""


def test_without_variants_there_is_one_run():
    case = parse_case(BASE, "t")
    assert list(case.runs) == ["default"]
    assert case.runs["default"].mesh.recipe == "radial"
    assert case.runs["default"].model.surface == "imposed flux"


def test_variants_change_what_they_name_and_nothing_else():
    runs = parse_case(BASE + VARIANTS, "t").runs
    assert list(runs) == ["slow", "large", "other", "fick"]
    assert runs["slow"].experiment == ("Charge at C/30 for 1 minute",)
    assert runs["slow"].mesh == runs["fick"].mesh
    assert (runs["large"].mesh.recipe, runs["large"].mesh.scale) == ("radial", 2.0)
    assert (runs["other"].mesh.name, runs["other"].mesh.recipe) == ("disk_2um_coarse", None)
    assert runs["fick"].model.transport == "chemical"
    assert runs["slow"].overrides == {}


def test_repeat_multiplies_the_experiment():
    case = parse_case(BASE.replace("mesh =", "repeat = 3\nmesh ="), "t")
    assert case.runs["default"].experiment == ("Charge at C/3 for 1 minute",) * 3


def test_criterion_limits_in_words():
    case = parse_case(BASE + CRITERION, "t")
    assert case.criteria[0].wanted == "at most 1"
    assert case.criteria[0].variants == ("default",)


BROKEN = [
    ("title = ", "not valid TOML"),
    (BASE.replace('title = "A charge"', ""), "'title' is missing"),
    (BASE.replace("title", "titel"), "Unknown key 'titel'; did you mean 'title'"),
    (BASE.replace('"A charge"', "3"), "'title' must be a text, not 3"),
    (BASE.replace("experiment", "experiments"), "did you mean 'experiment'"),
    (BASE.replace('["Charge at C/3 for 1 minute"]', "[]"), "must be a list of PyBaMM steps"),
    (BASE.replace("mesh =", "repeat = 0\nmesh ="), "at least 1"),
    (BASE.replace("mesh =", "repeat = true\nmesh ="), "must be a whole number"),
    (BASE.replace("radial", "radail"), "Unknown recipe 'radail'; did you mean 'radial'"),
    (BASE.replace("n = 21", "m = 21"), "Unknown key 'm'"),
    (BASE.replace('recipe = "radial"', 'name = "x", recipe = "radial"'), "exactly one of"),
    (BASE.replace("n = 21", "n = 21, size = 1"), "Unknown key 'size'"),
    (BASE.replace("n = 21", "n = 21, scale = -1"), "'scale' is -1; a scale is"),
    (BASE + "[model]\nsurfce = 'x'", "did you mean 'surface'"),
    (BASE + "[model]\nsurface = 'imposed'", "Unknown surface 'imposed'"),
    (BASE + "[model]\ntransport = 'fick'", "Unknown transport form 'fick'"),
    (BASE + "[model.blocked]\nfraction = 0.5", "'ratio' is missing"),
    (BASE + "[model.blocked]\nfraction = 0.5\nratio = 0.1\nside = 1", "Unknown key 'side'"),
    (BASE + "[model]\nanisotropy = [['a']]", "no. 1 must be a number, not 'a'"),
    (BASE + "[solver]\nrtoll = 1", "did you mean 'rtol'"),
    (BASE + "[overrides]\nx = 'a'", "'x' must be a number or a table"),
    (BASE + "[overrides]\nx = {fator = 2}", "did you mean 'factor'"),
    (BASE + "[overrides]\nx = {factor = 2, constant = 1}", "give one of"),
    (BASE + "[variants.a]\nexperimnt = []", "variant 'a': Unknown key 'experimnt'"),
    (BASE + "[variants]\na = 3", "must be a table"),
    ("name = 'x'\n" + BASE, "Unknown key 'name'"),
    ("once = ['x']\n" + BASE, "Unknown key 'once'"),
    (BASE + "[variants.a]\nname = 'x'", "variant 'a': Unknown key 'name'"),
    (BASE + "[[figures]]\nkind = 'field_panel'", "did you mean 'field_panels'"),
    (BASE + "[[figures]]\nkind = 'field_panels'", "needs the argument 'times'"),
    (
        BASE + "[[figures]]\nkind = 'centre_curves'\narguments = {agianst = 'time'}",
        "did you mean 'against'",
    ),
    (BASE + "[[figures]]\nkind = 'centre_curves'\nvariants = ['x']", "Unknown variant 'x'"),
    (BASE + 2 * "[[figures]]\nkind = 'centre_curves'\n", "two are named 'centre_curves'"),
    (BASE + "animate = 'x'", "Unknown variant 'x'"),
    (BASE + CRITERION.replace("peak_difference", "peak_diff"), "did you mean 'peak_difference'"),
    (BASE + CRITERION.replace("hard", "soft"), "Unknown kind of criterion 'soft'"),
    (BASE + CRITERION.replace("maximum = 1", ""), "give either 'expected' and 'tolerance'"),
    (BASE + CRITERION.replace("maximum = 1", "expected = 1"), "belong together"),
    (BASE + CRITERION.replace("maximum = 1", "maximum = 1\nminimum = 2"), "exceeds"),
    (
        BASE + CRITERION.replace("maximum = 1", "maximum = 1\nexpected = 1\ntolerance = 0"),
        "give either",
    ),
    (BASE + CRITERION + "arguments = {stop = 1}", "did you mean 'step'"),
    (BASE + CRITERION + "arguments = {step = 'a'}", "argument 'step' must be a whole number"),
    (BASE + CRITERION.replace("peak_difference", "difference"), "needs the argument 'time'"),
    (BASE + CRITERION + "variant = 'x'", "Unknown variant 'x'"),
    (BASE + CRITERION + "combine = 'smallest'", "'combine' needs 'variants'"),
    (BASE + VARIANTS + CRITERION, "give either 'variant' or 'variants'"),
    (BASE + VARIANTS + CRITERION + "variants = ['slow', 'large']", "and 'combine'"),
    (
        BASE + VARIANTS + CRITERION + "variants = ['slow', 'large']\ncombine = 'mean'",
        "Unknown combination 'mean'",
    ),
]


# TOML wants keys before tables, so `animate` goes to the top.
@siblings(("text", "message"), BROKEN)
def test_mistakes_in_a_file_are_named(text, message):
    if text.endswith("animate = 'x'"):
        text = "animate = 'x'\n" + text.removesuffix("animate = 'x'")
    with pytest.raises(CaseError) as caught:
        parse_case(text, "mine.toml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("mine.toml")


def test_unknown_case_proposes_the_nearest():
    with pytest.raises(CaseError, match="did you mean 'xu2022_charge'"):
        load_case("xu2022_chrage")


def test_missing_file():
    with pytest.raises(CaseError, match="no case file"):
        load_case("nowhere.toml")


def test_file_that_is_not_text(tmp_path):
    path = tmp_path / "case.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CaseError, match="save it as UTF-8"):
        load_case(path)


def test_case_file_is_named_after_its_folder_and_finds_its_mesh(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    mesh = BASE.split("mesh =")[0] + 'mesh = { file = "particle.msh", unit = "um" }\n'
    (folder / "case.toml").write_text(mesh)
    case = load_case(folder / "case.toml")
    assert case.name == "mine"
    assert case.runs["default"].mesh.file == str(folder / "particle.msh")


def test_mesh_file_needs_its_unit():
    text = BASE.split("mesh =")[0] + 'mesh = { file = "particle.msh" }\n'
    with pytest.raises(CaseError, match="needs its 'unit'"):
        parse_case(text, "t")


@siblings("name", list_cases())
def test_built_in_cases_can_be_read_and_say_where_they_come_from(name):
    case = load_case(name)
    assert len(case.title) < 80
    assert case.figures
    assert case.criteria
    for criterion in case.criteria:
        assert criterion.source
        low, high = criterion.limits
        assert low <= high


def test_nothing_comes_before_the_first():
    text = BASE + CRITERION.replace("peak_difference", "difference")
    parse_case(f"{text}arguments = {{ time = 0 }}", "t")
    with pytest.raises(CaseError, match=r"t, criteria no. 1 \(X1\): argument 'time' must not be"):
        parse_case(f"{text}arguments = {{ time = -1 }}", "t")
