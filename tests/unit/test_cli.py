"""The command line: what it prints, what it leaves, how it fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from siblings import siblings

from multiscale import cli
from multiscale.errors import CaseError

QUICK = """
title = "A short charge"
description = "For tests."
parameters = "Xu2022_NMC88"
experiment = ["Charge at C/3 for 1 minute"]
mesh = { recipe = "radial", radius = 1e-6, n = 21, shape = "cylinder" }
[variants.a]
[variants.b]
experiment = ["Charge at 1C for 1 minute"]
[variants.b.solver]
rtol = 1e-7
[[criteria]]
id = "X"
quantity = "size of the difference"
measure = "peak_difference"
variant = "a"
maximum = 0.5
source = "us"
kind = "hard"
"""


@pytest.fixture
def quick(tmp_path):
    path = tmp_path / "quick.toml"
    path.write_text(QUICK)
    return str(path)


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_run_leaves_a_folder_and_says_where(capsys, quick, tmp_path):
    out = tmp_path / "out"
    code, printed, complaints = run(capsys, "run", quick, "--out", out, "--no-animation")
    assert (code, complaints) == (0, "")
    assert "reproduced      X: size of the difference" in printed
    assert str(out / "report.html") in printed
    assert json.loads((out / "summary.json").read_text())["case"] == "quick"


def test_default_folder(capsys, quick, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "run", quick, "--no-animation", "--quiet") == (0, "", "")
    assert (tmp_path / "results" / "quick" / "summary.json").is_file()


def test_variant_and_changes(capsys, quick, tmp_path):
    out = tmp_path / "out"
    code, printed, _ = run(
        capsys, "run", quick, "--out", out, "--no-animation", "--variant", "b",
        "--set", "Ambient temperature [K]=300", "--parameters", "Lun_NMC88",
        "--set", "Positive particle diffusivity [m2.s-1]={constant = 1e-16}",
    )  # fmt: skip
    summary = json.loads((out / "summary.json").read_text())
    assert code == 0
    assert summary["modified"]
    assert list(summary["variants"]) == ["b"]
    assert summary["variants"]["b"]["parameters"] == "Lun_NMC88"
    assert summary["variants"]["b"]["overrides"]["Ambient temperature [K]"] == 300
    assert "1 criteria: their runs were not chosen" in printed


WRONG = [
    (["run", "xu2022_chrage"], "did you mean 'xu2022_charge'"),
    (["run", "nowhere.toml"], "no case file"),
    (["run", "QUICK", "--variant", "c"], "Unknown variant 'c'. Valid: 'a', 'b'"),
    (["run", "QUICK", "--parameters", "Xu2022"], "Unknown parameter set 'Xu2022'"),
    (["run", "QUICK", "--mesh", "disk_2"], "did you mean 'disk_2um'"),
    (["run", "QUICK", "--set", "Density"], 'write "Name [unit]=value"'),
    (["run", "QUICK", "--set", "Density=3"], "Unknown parameter 'Density'"),
    (
        ["run", "QUICK", "--set", "Positive particle density=3"],
        "did you mean 'Positive particle density [kg.m-3]'? The unit is part",
    ),
    (["run", "QUICK", "--set", "Ambient temperature [K]=warm"], "neither a number"),
    (["run", "QUICK", "--set", "Ambient temperature [K]=[1]"], "must be a number or a table"),
    (["run", "QUICK", "--set", "Positive electrode OCP [V]=3.7"], "is a law"),
    (["run", "QUICK", "--set", "Positive electrode initial stoichiometry=2"], "between 0 and 1"),
    (
        ["run", "QUICK", *(["--set", "Ambient temperature [K]=300"] * 2)],
        "--set gives 'Ambient temperature [K]' twice",
    ),
    (["run", "QUICK", "--set", "Ambient temperature [K]=300\nx=1"], "one value, in one line"),
    (["run", "QUICK", "--mesh", ""], "Unknown stored mesh ''"),
    (["run", "QUICK", "--parameters", ""], "Unknown parameter set ''"),
    (["parameters", "show", "Xu2022"], "Unknown parameter set"),
]


@siblings(("arguments", "message"), WRONG)
def test_wrong_input_is_one_message_and_code_2(capsys, quick, tmp_path, arguments, message):
    given = [quick if argument == "QUICK" else argument for argument in arguments]
    if given[0] == "run":
        given += ["--out", str(tmp_path / "out")]
    code, printed, complaint = run(capsys, *given)
    assert code == 2
    assert printed == ""
    assert complaint.startswith("multiscale: error: ")
    assert message in complaint
    assert "Traceback" not in complaint
    assert not (tmp_path / "out").exists()


def test_debug_shows_the_traceback():
    with pytest.raises(CaseError, match="Unknown case"):
        cli.main(["--debug", "run", "nothing"])


@siblings("arguments", [[], ["run"], ["fly"], ["run", "x", "--ot", "y"]])
def test_usage_errors_have_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage: multiscale" in capsys.readouterr().err


def test_a_foreign_folder_is_refused_before_solving(capsys, quick, tmp_path, monkeypatch):
    monkeypatch.setattr("multiscale.cases.run_case", lambda *_, **__: pytest.fail("solved"))
    (tmp_path / "precious").touch()
    code, _, complaint = run(capsys, "run", quick, "--out", tmp_path)
    assert code == 2
    assert "holds files that are not of an earlier" in complaint


def test_failed_runs_have_code_1_and_keep_the_others(capsys, tmp_path):
    path = tmp_path / "failing.toml"
    path.write_text(QUICK.replace("1C for 1 minute", "1C for 3 hours"))
    out = tmp_path / "out"
    code, printed, complaint = run(capsys, "run", path, "--out", out, "--no-animation")
    assert code == 1
    assert "variant 'b': stopped during 'Charge at 1C for 3 hours'" in complaint
    assert "Traceback" not in complaint
    summary = json.loads((out / "summary.json").read_text())
    assert summary["criteria"][0]["verdict"] == "reproduced"
    assert (out / "run_b.nc").is_file()
    assert "reproduced" in printed


def test_interruption_says_what_was_kept(capsys, quick, tmp_path, monkeypatch):
    from multiscale.cases import runner

    solve, done = runner.solve, []

    def once(prepared, *given):
        if done:
            os.kill(os.getpid(), signal.SIGTERM)
        done.append(prepared)
        return solve(prepared, *given)

    monkeypatch.setattr(runner, "solve", once)
    before = signal.getsignal(signal.SIGTERM)
    out = tmp_path / "out"
    code, _, complaint = run(capsys, "run", quick, "--out", out, "--no-animation")
    assert code == 1
    assert f"1 of 2 runs were solved to their end; what there is was written to {out}" in complaint
    assert json.loads((out / "summary.json").read_text())["interrupted"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_cases_are_listed(capsys):
    code, printed, _ = run(capsys, "cases")
    assert code == 0
    for name in ["xu2022_charge", "lun_rock_salt", "gitt"]:
        assert name in printed
    assert "gamma 0.25" in printed


def test_parameters(capsys):
    code, listed, _ = run(capsys, "parameters", "list")
    assert code == 0
    assert "Xu2022_NMC88" in listed
    code, shown, _ = run(capsys, "parameters", "show", "Xu2022_NMC88")
    assert code == 0
    assert "A  Positive particle density [kg.m-3] = 4780" in shown
    assert "Positive particle diffusivity [m2.s-1] = law DivacancyDiffusivity" in shown
    code, checked, _ = run(capsys, "parameters", "check", "Xu2022_NMC88")
    assert (code, checked) == (0, "Xu2022_NMC88: no findings\n")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["parameters", "--help"]])
def test_help(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 0
    assert "usage: multiscale" in capsys.readouterr().out


def test_importing_the_command_line_is_light_and_turns_telemetry_off():
    code = (
        "import os, sys; os.environ.pop('PYBAMM_DISABLE_TELEMETRY', None); import multiscale.cli; "
        "assert os.environ['PYBAMM_DISABLE_TELEMETRY'] == 'true'; "
        "assert not {'pybamm', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
