"""Every built-in case of a single particle on its own mesh, judged against its criteria."""

from __future__ import annotations

import pytest

from multiscale.cases import judge, list_cases, load_case, run_case

# Hard criteria that do not come out, with the reason; to be shown, not hidden.
NOT_REPRODUCED = {
    # the guard lets the rim fill up to 0.999, where the open-circuit potential is 3 V
    "xu2022_discharge": {
        "capacity gained in the 2 h hold after 1C",
        "lithium at the rim when 3 V is reached at 1C: that of the start of the cycle",
        "mean lithium after the hold following 1C: that of the start of the cycle",
        "centre minus edge after the hold following 1C: very small variation",
    },
    # a layer around most of the particle is nearly symmetric again
    "lun_rock_salt": {"displacement at a mean loss of 0.05: grows with the extent gamma"},
    # at 10 mA/g the surface changes too much next to full lithiation for eq. 1
    "gitt": {"largest relative error of eq. 1 over the pulses that are short"},
}


PARTICLES = [name for name in list_cases() if not load_case(name).is_electrode]


# The fast subset of the validation (test_validation.py) judges the others on some variants; whole
# ones are for `make test-slow`.
WHOLE = ("gitt",)


@pytest.mark.parametrize(
    "name",
    [name if name in WHOLE else pytest.param(name, marks=pytest.mark.slow) for name in PARTICLES],
)
def test_case_runs_and_its_hard_criteria_come_out_as_known(name):
    run = run_case(load_case(name))
    assert run.failures == {}
    judgements = judge(run)
    assert all(judgement.verdict != "not run" for judgement in judgements)
    missed = {
        judgement.criterion.quantity
        for judgement in judgements
        if judgement.criterion.kind == "hard" and judgement.verdict == "not reproduced"
    }
    assert missed == NOT_REPRODUCED.get(name, set())
    for one in run.runs.values():
        assert one.results.balance.lithium < 1e-6
        assert one.setup_s + one.solve_s < 60
