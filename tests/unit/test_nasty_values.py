"""Every value of a case file or a set file replaced by what does not belong there.

Whatever stands in a file, it is read and prepared, or refused by a `MultiscaleError` that names
the key (or, where a variant, a parameter or a step is meant, that). Nothing is solved here.
"""

from __future__ import annotations

import datetime
import json
import math
import random
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from siblings import siblings

from multiscale.cases.preparation import prepare_run
from multiscale.cases.reading import list_folders, parse_case, read_folder
from multiscale.errors import CaseError, MultiscaleError
from multiscale.parameters import check_parameters
from multiscale.parameters.library import read_set
from multiscale.text import parse_toml

CPU_S = 10.0
NASTY: list[Any] = [
    *(0, -1, 1, 2, 0.5, 25, 10**9, 10**400, -(10**400), 1e-300, 1e300),
    *(math.nan, math.inf, -math.inf, True, False),
    *("", "x", "nan", "../../etc/passwd", "/etc/passwd", "a" * 5000, "µ \U0001f600"),
    *([], [1], ["x"], [[1, 0], [0]], {}, {"x": 1}, {"factor": -1}, [{}]),
    *(datetime.date(2020, 1, 1), datetime.time(1, 2)),
]
PARTICLE = """
title = "t"
description = "d"
tuned = "nothing"
paper = "p"
parameters = "Xu2022_NMC88"
experiment = ["Charge at C/3 for 5 minutes", "Rest for 1 minute"]
repeat = 1
slow = false
default_variants = ["a"]
fast = ["a"]
animate = "a"
[mesh]
recipe = "disk"
radius = 1e-6
size = 5e-7
depth = 1e-6
order = 1
scale = 1.0
[overrides]
"Ambient temperature [K]" = 298.15
"Positive particle diffusivity [m2.s-1]" = { factor = 2.0 }
"Positive particle electronic conductivity [S.m-1]" = { constant = 1.0 }
"Positive electrode OCP [V]" = { same_as = "Positive electrode mean OCP [V]" }
[model]
transport = "chemical"
surface = "butler-volmer"
counter_electrode = "ideal"
[solver]
rtol = 1e-5
atol = 1e-6
[variants.a.model]
blocked = { fraction = 0.2, ratio = 0.1, direction = [1.0, 0.0] }
anisotropy = [[1.0, 0.0], [0.0, 1.0]]
[variants.b.mesh]
recipe = "radial"
radius = 1e-6
n = 10
shape = "cylinder"
height = 1e-6
grading = 2.0
[variants.b.model]
surface = "butler-volmer"
[[figures]]
kind = "field_panels"
name = "f"
caption = "c"
variants = ["a"]
arguments = { times = [60.0], quantity = "delithiation" }
[[figures]]
kind = "hold_capacity"
arguments = { step = 1, measured = { a = 1.0 }, tolerance = 0.1 }
[[criteria]]
id = "X1"
quantity = "q"
measure = "difference"
arguments = { time = 60 }
variant = "a"
expected = 1
tolerance = 0.1
unit = "V"
source = "s"
kind = "hard"
control = false
[[criteria]]
id = "X2"
quantity = "q"
measure = "peak_difference"
variants = ["a", "b"]
combine = "ratio"
minimum = 0
maximum = 1
source = "s"
kind = "reported"
[[fitted]]
parameter = "p"
value = "1"
by = "us"
ids = ["X1"]
[sensitivity]
variants = ["a"]
[[sensitivity.parameters]]
name = "Ambient temperature [K]"
low = 290.0
high = { factor = 1.01 }
reason = "r"
"""
ELECTRODE = """
title = "t"
description = "d"
parameters = "Sharma2022_NMC532"
experiment = ["Charge at C/20 until 4.3 V", "Hold at 4.3 V until C/100"]
repeat = 2
reset = true
[model]
transport = "chemical"
counter_electrode = "ideal"
[solver]
rtol = 1e-4
[geometry]
maker = "columns"
obstructions = [0, 1]
radius = 5e-6
depth = 1e-6
contact_half_angle_deg = 20.0
constriction_m = 1e-6
dry_half_angle_deg = 30.0
covered_rows = [0]
coverage = 0.1
conductance_S_m2 = 1e3
carbon_conductance_S = 1.0
[particles]
fidelity = "resolved"
size = 0.5
order = 1
[variants.a]
[variants.b.particles]
fidelity = "radial"
n = 5
[variants.c.geometry]
maker = "packing"
n = 3
radii = [5e-6, 4e-6, 4e-6]
coverage = 0.05
seed = 1
dimension = 2
width = 4e-5
depth = 1e-6
contact_half_angle_deg = 15.0
constriction_m = 1e-6
gap = 0.01
[[figures]]
kind = "particle_map"
arguments = { shares = [0.5], half_cycle = 0, view = "slice" }
"""
SET = """
format = "multiscale parameter set 1"
title = "t"
base = "Xu2022_NMC88"
transport = "chemical"
[values]
"Ambient temperature [K]" = 298.15
"Contact conductance [S.m-2]" = 1e3
"Initial concentration in electrolyte [mol.m-3]" = 1000.0
[tables."Positive electrode OCP [V]"]
file = "a.csv"
columns = ["sto", "U"]
log10 = false
below = "straight"
above = "straight"
[sources."Positive electrode OCP [V]"]
citation = "c"
where = "w"
grade = "A"
kind = "fitted"
method = "m"
doi = "d"
valid_range = [0.2, 0.9]
argument = "sto"
"""
POINTS = "sto,U\n0.2,4.3\n0.6,3.9\n0.99,3.5\n"


def toml(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else repr(value)


def written(tables: dict[str, Any]) -> str:
    return "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in tables.items())


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in nested tables and lists."""
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else ()
    children = enumerate(value) if isinstance(value, list) else children
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with one value replaced."""
    if not path:
        return new
    items = dict(value) if isinstance(value, dict) else list(value)
    items[path[0]] = replaced(items[path[0]], path[1:], new)
    return items


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """A copy with one entry left out."""
    items = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1:
        del items[path[0]]
    else:
        items[path[0]] = without(items[path[0]], path[1:])
    return items


def damaged(tables: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Words for each damage, and the tables with it."""
    for path in places(tables):
        words = ".".join(map(str, path))
        yield f"{words} left out", without(tables, path)
        for new in NASTY:
            yield f"{words} = {toml(new)[:40]}", replaced(tables, path, new)


def prepared(text: str, folder: Path | None = None) -> None:
    """Read a simulation and prepare each of its runs."""
    for run in parse_case(text, "case", folder).runs.values():
        prepare_run(run)


def holds(words: str, read: Any) -> None:
    """The property: a result, or a refusal in words that has not taken long."""
    start, refusal = time.process_time(), "none"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read()
        except MultiscaleError as error:
            refusal = str(error)
        except Exception as error:
            raise AssertionError(f"{words}: {type(error).__name__}: {error}") from error
    assert refusal.strip(), words
    assert len(refusal) < 5000, f"{words}: {refusal[:200]}"
    assert time.process_time() - start < CPU_S, words


def sampled(found: list[Any], n: int | None) -> list[Any]:
    return found if n is None else random.Random(10).sample(found, min(n, len(found)))


SIZES = [pytest.param(40, id="fast"), pytest.param(None, id="all", marks=pytest.mark.slow)]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("text", [PARTICLE, ELECTRODE], ids=["particle", "electrode"])
def test_case_files(text, n):
    prepared(text)
    for words, tables in sampled(list(damaged(parse_toml(text, "t", CaseError))), n):
        holds(words, lambda tables=tables: prepared(written(tables)))


@pytest.mark.parametrize("n", SIZES)
def test_set_files(n, tmp_path):
    (tmp_path / "a.csv").write_text(POINTS)
    path = tmp_path / "mine.toml"
    path.write_text(SET)
    read_set(path)
    for words, tables in sampled(list(damaged(parse_toml(SET, "t", CaseError))), n):
        path.write_text(written(tables), encoding="utf-8")
        holds(words, lambda: check_parameters(read_set(path).values))


@pytest.mark.parametrize("n", [pytest.param(2, id="fast"), *SIZES[1:]])
@siblings("name", list_folders())
def test_built_in_cases(name, n):
    """Of every kind: read only, which is where their keys are looked at."""
    text, folder = read_folder(name)
    for words, tables in sampled(list(damaged(parse_toml(text, name, CaseError))), n):
        holds(words, lambda tables=tables: parse_case(written(tables), name, folder))
