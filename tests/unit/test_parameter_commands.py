"""The commands on parameter sets: parameters, compare, gitt."""

from __future__ import annotations

import json

import numpy as np
import pybamm
import pytest
from siblings import siblings

from multiscale import cases, cli
from multiscale.analysis.cycler import Record, write_record
from multiscale.cases.preparation import prepare
from multiscale.parameters import from_table, list_sets, load_set, names, write_set

CASE = """
title = "A short charge"
description = "For tests."
parameters = "Xu2022_NMC88"
experiment = ["Charge at C/3 for 1 minute"]
mesh = { recipe = "radial", radius = 1e-6, n = 21, shape = "cylinder" }
"""


@pytest.fixture
def case(tmp_path):
    path = tmp_path / "quick.toml"
    path.write_text(CASE)
    return path


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@siblings("name", list_sets())
def test_swapping_leaves_nothing_of_the_old_set(case, name):
    run = cases.load_case(str(case)).with_parameters(name)
    (prepared,) = prepare(run).values()
    fresh = load_set(name)
    assert set(prepared.values.keys()) == set(fresh.values.keys())
    for entry in fresh.values:
        left, right = prepared.values[entry], fresh.values[entry]
        assert left is right or left == right, entry
    assert prepared.transport == fresh.transport
    assert prepared.parameter_set.sources == fresh.sources


def test_compare_prints_grades_and_writes_curves(capsys, tmp_path):
    out = tmp_path / "out"
    code, printed, _ = run(
        capsys, "parameters", "compare", "Xu2022_NMC88", "Sharma2022_NMC532", "--out", out
    )
    assert code == 0
    assert printed.startswith("1: Xu2022_NMC88: ")
    (line,) = [line for line in printed.splitlines() if line.startswith(names.DENSITY)]
    assert "A 4780" in line
    assert {path.name for path in out.iterdir()} == {"laws.png", "entries.csv", ".multiscale"}
    other = ("parameters", "compare", "Lun_NMC88", "--out", out)
    code, _, complaint = run(capsys, *other)
    assert code == 2
    assert "of Xu2022_NMC88, Sharma2022_NMC532, not of Lun_NMC88" in complaint
    assert run(capsys, *other, "--overwrite")[0] == 0
    assert run(capsys, *other)[0] == 0  # once more


def test_one_case_with_several_sets(capsys, tmp_path, case):
    law = from_table({"x": [0.3, 0.99], "D [m2/s]": [1e-14, 1e-15]}, "diffusivity", citation="us")
    own = write_set(
        tmp_path / "own.toml", law.entry, base="Xu2022_NMC88", title="Own", transport="chemical"
    )
    out = tmp_path / "out"
    code, printed, _ = run(
        capsys, "compare", case, "--parameters", "Xu2022_NMC88", "Lun_NMC88", own, "--out", out
    )
    assert code == 0
    assert "own" in printed
    assert (out / "report.html").is_file()
    for name in ("Xu2022_NMC88", "Lun_NMC88", "own"):
        summary = json.loads((out / name / "summary.json").read_text())
        assert list(summary["parameter_sets"]) == [name]
        assert set(summary["parameter_sets"][name]["grades"].values()) <= set("ABC")
    peaks = [
        json.loads((out / name / "summary.json").read_text())["variants"]["default"]
        for name in ("Xu2022_NMC88", "own")
    ]
    assert peaks[0]["transport"] == "thermodynamic"
    assert peaks[1]["transport"] == "chemical"
    assert peaks[0]["peak_heterogeneity"] > 2 * peaks[1]["peak_heterogeneity"]


def titration_file(path):
    """A record of three pulses of 0.01 in stoichiometry, as a slab would give it."""
    t, i, v = [0.0], [0.0], [3.6]
    for k in range(8):
        on = np.linspace(1, 100, 40)
        t += [*(k * 10100 + on), *(k * 10100 + 100 + np.linspace(1, 10000, 40))]
        i += [1e-3] * 40 + [0.0] * 40
        v += [*(3.6 + 0.01 * k + 0.005 * np.sqrt(on)), *([3.6 + 0.01 * (k + 1)] * 40)]
    return write_record(Record(np.array(t), np.array(i), np.array(v)), path)


def test_gitt_leaves_a_set_that_check_reads(capsys, tmp_path):
    out = tmp_path / "out"
    code, printed, complaint = run(
        capsys, "gitt", titration_file(tmp_path / "r.csv"), "--out", out,
        "--parameters", "Xu2022_NMC88", "--radius", "5e-7", "--shape", "slab",
        "--theta", "0.9", "0.82", "--citation", "our coin cell",
    )  # fmt: skip
    assert (code, complaint) == (0, "")
    assert "8 pulses, stoichiometry 0.895 to 0.825" in printed
    assert {p.name for p in out.iterdir()} >= {"pulses.csv", "titration.png", "set.toml"}
    assert run(capsys, "parameters", "check", out / "set.toml")[0] == 0
    made = load_set(str(out / "set.toml"))
    assert made.sources[names.OCP].citation == "our coin cell"
    assert isinstance(made.values, pybamm.ParameterValues)


def test_gitt_by_mass_and_area(capsys, tmp_path):
    record = titration_file(tmp_path / "r.csv")
    common = ("--parameters", "Xu2022_NMC88", "--theta", "0.9", "--area", "600")
    code, printed, _ = run(
        capsys, "gitt", record, "--out", tmp_path / "o", "--mass", "1e-5", *common
    )
    assert code == 0
    # 8 pulses of 0.1 C on 10 mg of 275 A.h/kg: 0.081
    assert "stoichiometry 0.895 to 0.824" in printed


GITT = ["--parameters", "Xu2022_NMC88", "--radius", "1e-6", "--theta", "0.9", "0.8"]
WRONG = [
    (["gitt", "nowhere.csv", *GITT], "There is no file nowhere.csv"),
    (["gitt", "RECORD", *GITT, "--columns", "time"], "write ROLE=HEADER"),
    (["gitt", "RECORD", *GITT, "--positive", "discharge"], "the voltage rises by"),
    (["gitt", "RECORD", *GITT, "--mass", "1e-6"], "leave out one of the two"),
    (["gitt", "RECORD", *GITT[:-2], "0.9"], "needs the mass"),
    (["gitt", "RECORD", "--parameters", "Xu", *GITT[2:]], "Unknown parameter set"),
    (["compare", "xu2022_charge", "--parameters", "Lun_NMC88"], "needs two parameter sets"),
    (["compare", "xu2022_charge", "--parameters", "Lun_NMC88", "Xu"], "Unknown parameter set"),
    (["parameters", "compare", "Lun_NMC88", "Lun_NMC88"], "Two parameter sets are called"),
]


@siblings(("arguments", "message"), WRONG)
def test_wrong_input_is_one_message(capsys, tmp_path, arguments, message):
    record = titration_file(tmp_path / "r.csv")
    given = [str(record) if argument == "RECORD" else argument for argument in arguments]
    out = tmp_path / "out"
    code, _, complaint = run(capsys, *given, "--out", out)
    assert code == 2
    assert message in complaint
    assert not out.exists()


def test_a_folder_of_something_else_is_left_alone(capsys, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    code, _, complaint = run(capsys, "parameters", "compare", "Lun_NMC88", "--out", tmp_path)
    assert code == 2
    assert "holds files that are not of an earlier" in complaint


def test_check_of_a_particle_says_what_its_size_makes_of_the_laws(capsys):
    command = ("parameters", "check", "Sharma2022_NMC532", "--radius")
    code, out = run(capsys, *command, "5e-6", "--c-rate", "0.05")[:2]
    assert code == 0
    assert "drops 8.1 V at 0.05C through a contact" in out
    with pytest.raises(SystemExit, match="2"):
        run(capsys, *command, "5")
