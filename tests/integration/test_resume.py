"""A run that was killed goes on from what it had solved, and comes out as if it had not been."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time

import pandas as pd
import pytest

from multiscale import cases, cli, faults
from multiscale.cases import figures, judging, runner
from multiscale.cases.checkpoints import Checkpoints

TWO_CYCLES = """
title = "Two cycles"
description = "Three particles."
parameters = "Sharma2022_NMC532"
experiment = ["Charge at 1C until 4.2 V", "Discharge at 1C until 3.0 V"]
repeat = 2
{more}

[geometry]
maker = "columns"
obstructions = [0, 1]
radius = 5e-06
constriction_m = 13e-06

[particles]
fidelity = "lumped"
"""

PARTICLES = """
title = "Two variants"
description = "One particle."
parameters = "Xu2022_NMC88"
experiment = ["Charge at 1C for 1 minute", "Rest for 1 minute"]

[mesh]
recipe = "radial"
n = 11
radius = 1e-6
shape = "cylinder"

[variants.a]
[variants.b.overrides]
"Ambient temperature [K]" = 310
"""

# A process that kills itself when it begins the half-cycle with a given number.
KILLED = """
import os, signal, sys
from multiscale import cli
from multiscale.cases import runner
solve, count = runner._solve_part, 0
def killed(*arguments):
    global count
    if count == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    count += 1
    return solve(*arguments)
runner._solve_part = killed
cli.main(sys.argv[2:])
"""


def case_file(tmp_path, more=""):
    path = tmp_path / "two.toml"
    path.write_text(TWO_CYCLES.format(more=more))
    return path


def command(path, out, *more):
    return ["run", str(path), "--out", str(out), "--no-animation", "--quiet", *more]


def test_a_killed_run_goes_on(tmp_path, capsys, monkeypatch):
    path, out = case_file(tmp_path), tmp_path / "out"
    killed = [sys.executable, "-c", KILLED, "2", *command(path, out)]
    assert subprocess.run(killed, check=False).returncode == -9
    assert cli.main(command(path, out)) == 2
    words = "holds solved steps of an unfinished run of two: go on from there with --resume"
    assert words in capsys.readouterr().err
    assert cli.main(command(path, out, "--resume", "--set", "Ambient temperature [K]=300")) == 2
    assert "begin again with --overwrite" in capsys.readouterr().err

    solve, solved = runner._solve_part, []

    def counted(done, part, simulations):
        solved.append(part.name)
        return solve(done, part, simulations)

    monkeypatch.setattr(runner, "_solve_part", counted)
    assert cli.main(command(path, out, "--resume")) == 0
    assert "goes on after 2 solved steps" in capsys.readouterr().err
    assert solved == ["charge 2", "discharge 2"]  # nothing is solved twice
    assert not (out / ".multiscale" / "steps").exists()
    assert cli.main(command(path, tmp_path / "whole")) == 0
    for name in ("timings.csv", "curves.csv", "mechanisms.csv"):
        pd.testing.assert_frame_equal(
            pd.read_csv(out / name), pd.read_csv(tmp_path / "whole" / name), rtol=1e-9
        )


@pytest.mark.parametrize("more", ["reset = true"])
def test_a_reset_is_made_again(tmp_path, more):
    case = cases.load_case(case_file(tmp_path, more))
    kept = Checkpoints(tmp_path)
    first = cases.run_case(case, kept=kept).run("default")
    files = sorted(tmp_path.glob("part-*"), key=lambda file: file.stat().st_mtime_ns)
    assert len(files) == kept.count == 4
    files[-1].unlink()
    files[-2].write_bytes(files[-2].read_bytes()[:5000])  # a damaged one is solved again
    again = cases.run_case(case, kept=kept).run("default")
    pd.testing.assert_frame_equal(first.timings, again.timings, rtol=1e-9)
    assert first.steps == again.steps
    assert again.solved.stopped_because == first.solved.stopped_because
    assert len(again.solved.solution.cycles) == 4


def test_variants_of_a_particle_are_kept(tmp_path, monkeypatch):
    path = tmp_path / "particles.toml"
    path.write_text(PARTICLES)
    case, kept = cases.load_case(path), Checkpoints(tmp_path)
    first = cases.run_case(case, kept=kept)
    assert kept.count == 2
    monkeypatch.setattr(runner.pybamm.Simulation, "solve", None)  # nothing is left to solve
    again = cases.run_case(case, kept=kept)
    assert again.failures == first.failures == {}
    # it would solve a changed case, in the same folder too
    changed = cases.run_case(case.with_overrides({"Ambient temperature [K]": 300}), kept=kept)
    assert all("TypeError" in run.problem for run in changed.runs.values())
    for name, run in first.runs.items():
        assert run.steps == again.runs[name].steps
        before, after = run.solved, again.runs[name].solved
        assert (before.state_of_charge() == after.state_of_charge()).all()


def test_an_interrupt_leaves_a_complete_result_alone(tmp_path, capsys, monkeypatch):
    path, out = tmp_path / "particles.toml", tmp_path / "out"
    path.write_text(PARTICLES)
    assert cli.main(command(path, out)) == 0
    before = (out / "summary.json").read_bytes()
    solve, done = runner.solve, []

    def interrupted(prepared, *given):
        if done:
            raise KeyboardInterrupt
        done.append(prepared)
        return solve(prepared, *given)

    monkeypatch.setattr(runner, "solve", interrupted)
    capsys.readouterr()
    assert cli.main(command(path, out)) == 1
    assert "holds the earlier result; go on with --resume" in capsys.readouterr().err
    assert (out / "summary.json").read_bytes() == before
    monkeypatch.setattr(runner, "solve", solve)
    assert cli.main(command(path, out, "--resume")) == 0
    assert "goes on after 1 solved step" in capsys.readouterr().err


@pytest.mark.parametrize("broken", ["solve", "measure", "draw"])
def test_a_fault_costs_no_more_than_itself(tmp_path, capsys, monkeypatch, broken):
    path, out = tmp_path / "particles.toml", tmp_path / "out"
    figure = '\n[[figures]]\nkind = "voltage_current"\nname = "curves"\n'
    criterion = (
        '\n[[criteria]]\nid = "P1"\nquantity = "q"\nmeasure = "peak_difference"\nminimum = 0\n'
        'kind = "reported"\nsource = "none"\nvariant = "a"\n'
    )
    path.write_text(PARTICLES + figure + criterion)

    def fail(*given, **options):
        raise KeyError("of nobody's making")

    if broken == "solve":
        solve = runner._solve_part

        def attempt(done, part, simulations):
            name = simulations.prepared.spec.name
            return fail() if name == "a" else solve(done, part, simulations)

        monkeypatch.setattr(runner, "_solve_part", attempt)
    elif broken == "measure":
        monkeypatch.setitem(judging.OBSERVABLES, "peak_difference", fail)
    else:
        monkeypatch.setattr(figures, "make_figure", fail)
    monkeypatch.setattr(faults, "_trace_file", lambda error, doing: tmp_path / "trace.txt")
    assert cli.main(command(path, out)) == 70
    said = capsys.readouterr().err
    assert said.count("unexpected KeyError while ") == 1
    summary = json.loads((out / "summary.json").read_text())
    assert len(summary["faults"]) == 1
    assert summary["variants"]["b"]["duration_s"] == 120
    assert list(summary["not_solved"]) == (["a"] if broken == "solve" else [])
    assert list(summary["not_drawn"]) == (["curves"] if broken == "draw" else [])
    assert (out / "report.html").is_file()
    assert cli.main(command(path, out, "--resume")) == 70  # complete, and remembered


def test_a_fault_leaves_half_cycles(tmp_path, monkeypatch):
    """What an electrode solved before the fault is still a result."""
    solve = runner._solve_part

    def broken(done, part, simulations):
        if part.name == "charge 2":
            raise KeyError("of nobody's making")
        return solve(done, part, simulations)

    monkeypatch.setattr(runner, "_solve_part", broken)
    monkeypatch.setattr(faults, "_trace_file", lambda error, doing: tmp_path / "trace.txt")
    run = cases.run_case(cases.load_case(case_file(tmp_path))).run("default")
    assert run.fault
    assert "KeyError" in run.problem
    assert list(run.half_cycles["kind"]) == ["charge", "discharge"]


def test_two_figures_have_two_files(tmp_path):
    path, out = tmp_path / "particles.toml", tmp_path / "out"
    figures = '\n[[figures]]\nkind = "voltage_current"\nname = "{}"\n'
    path.write_text(PARTICLES + figures.format("a/b") + figures.format("a b"))
    assert cli.main(command(path, out)) == 0
    assert sorted(p.name for p in (out / "figures").iterdir()) == ["a-b_1.png", "a-b_2.png"]


@pytest.mark.slow
def test_ten_kills_at_random_moments(tmp_path):
    """Ten runs, each killed once between its first solved half-cycle and its end; what each had
    solved is not solved again."""
    path = case_file(tmp_path)
    run = [sys.executable, "-m", "multiscale.cli"]

    def parts(out):
        return Checkpoints(out / ".multiscale" / "steps").count

    def moment(process, out, solved):
        """When so many half-cycles were solved, or the process has ended."""
        while parts(out) < solved and process.poll() is None:
            time.sleep(0.002)
        return time.monotonic()

    with subprocess.Popen([*run, *command(path, tmp_path / "whole")]) as whole_run:
        moments = [moment(whole_run, tmp_path / "whole", n) for n in (1, 2, 3, 4)]
        assert whole_run.wait() == 0
    moments.append(time.monotonic())
    whole = pd.read_csv(tmp_path / "whole" / "timings.csv")
    chance = random.Random(7)
    for number in range(10):
        out, drawn = tmp_path / f"out{number}", chance.uniform(1, 5)
        first = int(drawn)
        with subprocess.Popen([*run, *command(path, out)]) as killed:
            moment(killed, out, first)
            time.sleep((drawn - first) * (moments[first] - moments[first - 1]))
            killed.kill()
        solved = parts(out)
        resumed = subprocess.run(
            [*run, *command(path, out, "--resume")], capture_output=True, text=True, check=True
        )
        print(f"{number}: killed at {drawn:.2f} half-cycles, {solved} kept; {resumed.stderr}")
        assert solved >= first or (out / "timings.csv").exists()
        if solved:
            assert f"goes on after {solved} solved step" in resumed.stderr
        pd.testing.assert_frame_equal(pd.read_csv(out / "timings.csv"), whole, rtol=1e-6)
        assert json.loads((out / "summary.json").read_text())["interrupted"] is False
