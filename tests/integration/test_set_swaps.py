"""Every parameter set in every built-in case; nothing of the set it replaces stays."""

from __future__ import annotations

import json

import pytest

from multiscale.cases import MeshSpec, list_cases, load_case, run_case, write_case
from multiscale.cases.observables import peak_difference
from multiscale.cases.preparation import prepare
from multiscale.cli import main
from multiscale.errors import CaseError
from multiscale.parameters import list_sets, load_set

SETS = list_sets()


def quick_variant(case) -> str:
    """The first variant whose particles are not resolved; the first one otherwise."""
    radial = [
        name
        for name in case.usual
        if case.is_electrode and case.runs[name].particles.fidelity == "radial"
    ]
    return (radial or case.usual)[0]


def refusal(case) -> str:
    """Why a case cannot run with its set: it takes a law by name that the set does not hold."""
    try:
        prepare(case)
    except CaseError as error:
        return str(error)
    return ""


# One for each kind of load and physics, each with sets of several kinds of laws; a charge, on a
# mesh along the radius, with all of them. The others take minutes together.
DEFAULT = {
    "xu2022_charge": SETS,
    "xu2022_discharge": ["Kim2011_NCA", "Xu2022_NMC88"],
    "gitt": ["NMC532_Amin2016", "NMC622_MSMR"],
    "sharma2022": ["NMC622_MSMR", "Xu2022_NMC88"],
}
RADIAL = MeshSpec(recipe="radial", arguments=(("n", 21), ("radius", 1e-6), ("shape", "cylinder")))


def coarse(name: str):
    """A case; the charge on a coarser mesh than it is published with."""
    return load_case(name).with_mesh(RADIAL) if name == "xu2022_charge" else load_case(name)


@pytest.mark.parametrize(
    ("case_name", "name"),
    [
        pytest.param(case, name, marks=() if name in DEFAULT.get(case, ()) else pytest.mark.slow)
        for case in list_cases()
        for name in SETS
    ],
)
def test_case_runs_to_its_end_with_the_set(case_name, name):
    case = coarse(case_name)
    variant = quick_variant(case)
    swapped = case.only([variant]).with_parameters(name)
    refused = refusal(swapped)
    if refused:  # before anything is solved
        assert "alternative" in refused
        pytest.skip(refused)
    run = run_case(swapped)
    assert run.failures == {}
    one = run.runs[variant]
    assert one.problem is None or one.problem == ""
    assert one.results.balance.lithium < 1e-6
    assert one.prepared.parameter_set.name == name


class TestSwap:
    @pytest.mark.parametrize("case_name", ["sharma2022", "xu2022_charge"])
    def test_nothing_of_the_old_set_remains(self, case_name):
        case = load_case(case_name)
        old = case.runs[quick_variant(case)].parameters
        for name in (name for name in SETS if name != old):
            case = load_case(case_name)
            one = prepare(case.only([quick_variant(case)]).with_parameters(name))
            (prepared,) = one.values()
            expected, found = load_set(name).values, prepared.values
            assert set(found.keys()) - set(prepared.spec.overrides) == (
                set(expected.keys()) - set(prepared.spec.overrides)
            )
            for entry in set(expected.keys()) - set(prepared.spec.overrides):
                assert found[entry] == expected[entry], entry

    @pytest.mark.parametrize(
        "case_name", [pytest.param("sharma2022", marks=pytest.mark.slow), "xu2022_charge"]
    )
    def test_changes_the_outcome_and_the_report_says_by_which_set(self, case_name, tmp_path):
        case = coarse(case_name)
        variant = quick_variant(case)
        swapped = case.only([variant]).with_parameters("NMC811_McClelland")
        first, second = run_case(case.only([variant])), run_case(swapped)
        if case.is_electrode:
            before, after = (float(run.runs[variant].results.times[-1]) for run in (first, second))
        else:
            before, after = (peak_difference(run.runs[variant]) for run in (first, second))
        assert abs(before / after - 1) > 0.01
        write_case(second, tmp_path, animation=False)
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
        assert set(summary["parameter_sets"]) == {"NMC811_McClelland"}
        grades = summary["parameter_sets"]["NMC811_McClelland"]["grades"]
        sources = load_set("NMC811_McClelland").sources
        assert grades == {entry: source.grade for entry, source in sources.items()}
        assert "NMC811_McClelland" in page
        assert case.runs[variant].parameters not in page


@pytest.mark.slow
def test_compare_runs_an_electrode_with_two_sets(tmp_path, capsys):
    sets = ["Sharma2022_NMC532", "NMC532_Wang2018"]
    command = ["compare", "sharma2022", "--variant", "radial", "--out", str(tmp_path / "out")]
    assert main([*command, "--parameters", *sets]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in sets)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert all(name in page for name in sets)
    assert ">asynchronous<" in page  # the pristine insulator
    assert (tmp_path / "out" / "outcomes.png").is_file()
    for name in sets:
        summary = json.loads((tmp_path / "out" / name / "summary.json").read_text(encoding="utf-8"))
        assert set(summary["parameter_sets"]) == {name}
