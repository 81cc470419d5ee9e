"""The command from end to end: the fast subset, data that are missing, mistakes, interrupts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from siblings import siblings

from multiscale import cases as suite
from multiscale.cases import reference
from multiscale.cli import main

RENEW = "multiscale validate --renew-reference"
BROKEN = """
title = "A case of one's own"
description = "Two variants, one of which asks for more than there is."
parameters = "Xu2022_NMC88"
experiment = ["Charge at C/3 for 5 minutes"]

[mesh]
recipe = "radial"
shape = "cylinder"
radius = 1e-6
n = 30

[variants.good]

[variants.impossible.overrides]
"Positive particle diffusivity [m2.s-1]" = { constant = 1e-25 }

[[criteria]]
id = "X41"
quantity = "lithium lost at the centre"
measure = "removed_at_centre"
arguments = { time = 300 }
variant = "good"
maximum = 0.01
source = "ours"
kind = "hard"

[[criteria]]
id = "X44"
quantity = "sign"
measure = "difference"
arguments = { time = 300 }
variant = "impossible"
minimum = 0.01
source = "ours"
kind = "KIND"
"""


def own_case(tmp_path, kind="hard"):
    path = tmp_path / "mine.toml"
    path.write_text(BROKEN.replace("KIND", kind))
    return path


def validate(*arguments, out):
    code = main(["validate", *map(str, arguments), "--quiet", "--out", str(out)])
    return code, json.loads((out / "validation.json").read_text())


@pytest.fixture(scope="module")
def fast():
    """The fast subset of all cases, in two processes at a time."""
    cases = [suite.load_suite_case(name) for name in suite.list_suite()]
    return suite.run_suite(suite.SuiteRun(cases, fast=True), workers=2)


def test_fast_subset_holds(fast):
    rows = suite.rows_of(fast, whole=True)
    assert [suite.complaint(row) for row in reference.new_failures(rows)] == []
    assert not [suite.complaint(row) for row in rows if row["reason"] == "failed"]
    judged = [row for row in rows if row["verdict"] != "not run"]
    assert len(judged) > 75
    assert {row["paper"] for row in judged} >= {"Xu 2022", "Lun SI", "Sharma 2022", "Park 2021"}


def test_fast_subset_gives_the_stored_numbers(fast):
    """A number that changes is renewed on purpose: see the hint in the message."""
    assert reference.differences(suite.rows_of(fast)) == []


def test_every_criterion_has_a_stored_outcome():
    missing = []
    for name in suite.list_suite():
        kept = {(row["id"], row["quantity"]) for row in reference.stored(name)["rows"]}
        asked = {(one.id, one.quantity) for one in suite.load_suite_case(name).criteria}
        missing += [f"{name}, {id}: {quantity}" for id, quantity in asked - kept]
    assert missing == [], RENEW


def test_one_bad_variant_stops_nothing_and_sets_the_exit_code(tmp_path, capsys):
    code, rows = validate(own_case(tmp_path), "--workers", 1, out=tmp_path / "out")
    assert code == 1
    assert [row["verdict"] for row in rows] == ["reproduced", "not run"]
    assert rows[1]["reason"] == "failed"
    assert "X44" in capsys.readouterr().err
    page = (tmp_path / "out" / "report.html").read_text()
    assert "A hard criterion fails" in page

    changed = own_case(tmp_path, "reported")
    arguments = ["validate", str(changed), "--quiet", "--out", str(tmp_path / "out")]
    assert main(arguments) == 2  # another state of the case
    code, rows = validate(changed, "--workers", 1, "--overwrite", out=tmp_path / "out")
    assert (code, rows[1]["reason"]) == (0, "failed")


def test_compare_shows_what_moved(tmp_path, capsys):
    case, old = own_case(tmp_path, "reported"), tmp_path / "old.json"
    _, rows = validate(case, "--workers", 1, out=tmp_path / "out")
    rows[0]["verdict"] = "not reproduced"
    old.write_text(json.dumps(rows))
    arguments = ["validate", str(case), "--compare", str(old), "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    assert "moved since the earlier outcome: 1" in capsys.readouterr().out
    assert "What moved" in (tmp_path / "out" / "report.html").read_text()


def test_missing_data_are_no_failure(tmp_path):
    code, rows = validate("half_cell_data", "--workers", 1, out=tmp_path / "out")
    assert code == 0
    assert {row["reason"] for row in rows} == {"no data"}
    assert {row["verdict"] for row in rows} == {"not run"}


@siblings(
    ("arguments", "message"),
    [
        (["xu2022_chrage"], "did you mean 'xu2022_charge'"),
        (["nowhere.toml"], "There is no case file"),
        (["--data", "nowhere"], "there is no folder nowhere"),
        (["--compare", "nowhere.json"], "There is no file nowhere.json"),
        (["--sensitivity", "lun_rock_salt"], "names no uncertain parameters"),
    ],
)
def test_wrong_input_is_named(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["validate", *arguments, "--out", "out"]) == 2
    assert message in capsys.readouterr().err


def test_outcomes_are_stored_of_built_in_cases_only(tmp_path, capsys):
    path = tmp_path / "mine.toml"
    path.write_text(BROKEN.replace("KIND", "hard"))
    assert main(["validate", str(path), "--renew-reference", "--out", str(tmp_path / "out")]) == 2
    assert "mine.toml is a file of its own" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_no_workers_are_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["validate", "--workers", "0"])
    assert "--workers: must be a whole number from 1 to 256, not '0'" in capsys.readouterr().err


def solved_first(tmp_path):
    """A case whose only part is done at once; what has no stored outcome is started first."""
    path = tmp_path / "first.toml"
    good, _, _ = BROKEN.replace("KIND", "hard").rpartition("[[criteria]]")
    path.write_text(re.sub(r"\[variants.impossible\][^[]*", "", good))
    return path


def ended_early(tmp_path, end):
    """Exit code and words of a validation that is ended when its first part is solved."""
    out = tmp_path / "out"
    cases = [str(solved_first(tmp_path)), "sharma2022"]
    command = [sys.executable, "-m", "multiscale.cli", "validate", *cases, "--workers", "1"]
    with subprocess.Popen(
        [*command, "--out", str(out)], stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        deadline = time.monotonic() + 120
        steps = out / ".multiscale" / "steps"
        while not list(steps.glob("part-*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        end(process)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    return process.returncode, errors


@pytest.mark.slow
def test_an_interrupt_keeps_what_was_solved(tmp_path):
    # as Ctrl-C, which a process in the background never hears
    code, errors = ended_early(tmp_path, subprocess.Popen.terminate)
    out = tmp_path / "out"
    assert code == 1, errors
    rows = json.loads((out / "validation.json").read_text())
    assert {row["verdict"] for row in rows} >= {"reproduced", "not run"}
    assert "The user stopped this run" in (out / "report.html").read_text()
    assert "go on from there with --resume" in errors


def test_a_killed_validation_goes_on(tmp_path, capsys, monkeypatch):
    code, errors = ended_early(tmp_path, subprocess.Popen.kill)
    assert code == -9, errors
    out = tmp_path / "out"
    cases = [str(solved_first(tmp_path)), "sharma2022"]
    assert main(["validate", *cases, "--out", str(out)]) == 2
    assert "solved steps of an unfinished validation" in capsys.readouterr().err
    solved = []

    def none(parts, *more):
        solved.extend(part.case for part in parts)
        return iter(())

    monkeypatch.setattr("multiscale.cases.suite.solve_parts", none)
    main(["validate", *cases, "--out", str(out), "--resume"])
    assert "goes on after 1 solved part" in capsys.readouterr().err
    assert set(solved) == {"sharma2022"}  # nothing is solved twice
    rows = json.loads((out / "validation.json").read_text())
    assert [row["verdict"] for row in rows if row["case"] == "first"] == ["reproduced"]
    main(["validate", *cases, "--out", str(out), "--resume"])
    assert "is complete" in capsys.readouterr().err


@pytest.mark.slow
def test_all_cases_give_the_stored_numbers(tmp_path):
    cases = [suite.load_suite_case(name) for name in suite.list_suite()]
    data = os.environ.get("MULTISCALE_DATA")
    run = suite.SuiteRun(cases)
    suite.run_suite(run, data=Path(data) if data else None, workers=2)
    rows = suite.rows_of(run, whole=True)
    assert [suite.complaint(row) for row in reference.new_failures(rows)] == []
    assert reference.differences(rows) == []
