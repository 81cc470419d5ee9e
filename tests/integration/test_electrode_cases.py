"""The built-in cases of electrodes, judged against their criteria."""

from __future__ import annotations

import pytest

from multiscale.cases import judge, list_cases, load_case, run_case

ELECTRODES = [name for name in list_cases() if load_case(name).is_electrode]
# Reported criteria apart, everything hard is expected to come out; what does not goes here with
# the reason, to be shown, not hidden.
NOT_REPRODUCED: dict[str, set[str]] = {}


def check(case, variants):
    run = run_case(case.only(variants))
    assert run.failures == {}
    verdicts = {}
    for judgement in judge(run):
        criterion = judgement.criterion
        if set(criterion.variants) <= set(variants):
            assert judgement.verdict != "not run", judgement.detail
        if criterion.kind == "hard":
            verdicts.setdefault(judgement.verdict, set()).add(criterion.quantity)
    assert verdicts.get("not reproduced", set()) == NOT_REPRODUCED.get(case.name, set())
    for one in run.runs.values():
        assert one.results.balance.lithium < 1e-6
        assert one.results.balance.charge < 1e-4


# The fast subset of the validation judges some of their variants by the same criteria.
LONG = ("sharma2022", "sharma2022_conditions", "grenier2020_bimodality")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in ELECTRODES],
)
def test_quick_variants(name):
    """Two with particles along the radius only: seconds each."""
    case = load_case(name)
    quick = [key for key in case.usual if case.runs[key].particles.fidelity == "radial"]
    if not quick:
        pytest.skip("every variant resolves its particles")
    check(case, quick[:2])


@pytest.mark.slow
@pytest.mark.parametrize("name", ELECTRODES)
def test_all_variants_that_are_not_slow(name):
    case = load_case(name)
    check(case, [key for key, run in case.runs.items() if not run.slow])
