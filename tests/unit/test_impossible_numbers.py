"""Numbers that physics does not allow: refused by name in every door, before anything is solved."""

from __future__ import annotations

import math

import numpy as np
import pytest
from siblings import siblings

from multiscale.cases.preparation import prepare_run
from multiscale.cases.reading import parse_case
from multiscale.cli import parse_changes
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import MultiscaleError
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.fidelity import Radial, Resolved
from multiscale.models.single_particle import SingleParticleModel
from multiscale.models.surface import BlockedSurface
from multiscale.parameters.library import read_set

HEAD = """
title = "t"
description = "d"
parameters = "Xu2022_NMC88"
"""
STEPS = 'experiment = ["Charge at C/3 for 5 minutes"]\n'
MESH = '[mesh]\nrecipe = "disk"\nradius = 1e-6\nsize = 5e-7\n'
COLUMNS = '[geometry]\nmaker = "columns"\nobstructions = [0, 1]\nradius = 5e-6\n'
RECIPE = HEAD + STEPS + "[mesh]\n"
T = '"Ambient temperature [K]"'
D = '"Positive particle diffusivity [m2.s-1]"'


def step(words: str) -> str:
    return f'{HEAD}experiment = ["{words}"]\n{MESH}'


def electrode(line: str) -> str:
    head = HEAD.replace("Xu2022_NMC88", "Sharma2022_NMC532")
    return f"{head}{STEPS}{COLUMNS}{line}\n[particles]\nfidelity = 'radial'\nn = 5\n"


REFUSED = [
    # the trials
    (electrode("constriction_m = nan"), "'constriction_m' is nan, not a finite number"),
    (electrode("").replace("radius = 5e-6", "radius = 5"), "in micrometres\\? Then write 5e-06"),
    (RECIPE + 'recipe = "disk"\nradius = 1.0\nsize = 0.1', "'radius' is 1 m; .* write 1e-06"),
    (HEAD + STEPS + MESH + "scale = 1e6", "'scale' is 1e\\+06; a scale is between"),
    (HEAD + STEPS + MESH + "scale = 1e-6", "'scale' is 1e-06"),
    (RECIPE + 'recipe = "disk"\nradius = 1e-6\nsize = 1e-12', "6e\\+12 elements; the limit is"),
    (RECIPE + 'recipe = "radial"\nradius = 1e-6\nn = 2000000000', "2e\\+09 elements; the limit"),
    (RECIPE + 'recipe = "disk"\nradius = [1e-6]\nsize = 1e-7', "'radius' must be a number"),
    (step("Charge at C/0 for 5 minutes"), "C/0 is infinite"),
    (step("Charge at C/3 until 1 V"), "until 1 V.*(below where any charge begins|out of reach)"),
    ("repeat = 100000000\n" + HEAD + STEPS + MESH, "'repeat' = 100000000 .* the limit is"),
    (HEAD + STEPS + MESH + "[solver]\nrtol = 10", "'rtol' is 10; a tolerance is between"),
    (HEAD + STEPS + MESH + "[model]\nanisotropy = [[1,0],[0]]", "anisotropy: must be a square"),
    (
        HEAD + STEPS + MESH + "[[figures]]\nkind = 'field_panels'\narguments = {times = 'all'}",
        "'times' must be a list of numbers, not 'all'",
    ),
    (HEAD + STEPS + MESH + f"[overrides]\n{T} = 25", "degrees Celsius\\? Then write 298.15"),
    # their siblings
    (HEAD + STEPS + MESH + f"[overrides]\n{T} = nan", "is nan, not a finite number"),
    (HEAD + STEPS + MESH + f"[overrides]\n{T} = 1e400", "is inf, not a finite number"),
    (HEAD + STEPS + MESH + f"[overrides]\n{T} = true", "must be a number or a table, not True"),
    (HEAD + STEPS + MESH + f"[overrides]\n{D} = {{constant = 1e-7}}", "a diffusivity in a solid"),
    (HEAD + STEPS + MESH + f"[overrides]\n{D} = {{factor = 0}}", "'factor' must be positive"),
    (HEAD + STEPS + MESH + "[solver]\natol = nan", "'atol' is nan"),
    (HEAD + STEPS + MESH + "depth = 5", "'depth' is 5 m"),
    (HEAD + STEPS + MESH + "order = 3", "'order' must be a whole number from 1 to 2"),
    (HEAD + STEPS + MESH.replace("disk", "ball") + "order = true", "'order' must be a whole"),
    (step("Charge at 1e9 C for 1 minute"), "asks for 1e\\+09C; a C-rate is"),
    (step("Charge at 1e400 C for 1 minute"), "not a finite number"),
    (step("Charge at -1C for 1 hour"), "asks for a negative number"),
    (step("Charge at 1 A for 1 hour"), "say it as a C-rate"),
    (step("Discharge at 5 W for 1 hour"), "say it as a C-rate"),
    (step("Discharge at 0 Ohm for 1 hour"), "resistance of 0 Ohm"),
    (step("Charge at C/3 until -5 V"), "goes to -5 V, which is out of reach"),
    (step("Hold at 9 V for 1 hour"), "goes to 9 V, which is out of reach"),
    (step("Rest for 1e9 hours"), "lasts 1e\\+09 hours"),
    (step("Rest for 0 minutes"), "lasts 0 hours"),
    (step("Rest for -1 hours"), "lasts -1 hours"),
    (step("Rest for 1 hour (1e-9 second period)"), "instants; the limit is"),
    (step("Charge at C/3"), "PyBaMM does not understand"),
    (step("Charge at C/3 for 1 minute at 40 oC"), "change 'Ambient temperature"),
    (step("Charge at -C/3 for 1 minute"), "write 'Charge at C/3 for 20 minutes'"),
    (electrode("coverage = 'x'"), "'coverage' must be a number, not 'x'"),
    (electrode("").replace("[0, 1]", "[30000]"), "3e\\+04 particles; the limit is"),
    (electrode("").replace("[0, 1]", "[0.5]"), "must be a whole number"),
]


@siblings(("text", "words"), REFUSED)
def test_case_files(text, words):
    with pytest.raises(MultiscaleError, match=words):
        prepare_run(parse_case(text, "t").runs["default"])


@siblings(
    "limits", ["maximum = nan", "minimum = inf", "maximum = true", "expected = 1\ntolerance = -1"]
)
def test_limits_of_criteria(limits):
    text = HEAD + STEPS + MESH + "[[criteria]]\nid = 'X'\nquantity = 'q'\nsource = 's'\n"
    text += f"kind = 'hard'\nmeasure = 'peak_difference'\n{limits}\n"
    with pytest.raises(MultiscaleError, match=limits.splitlines()[-1].split()[0]):
        parse_case(text, "t")


@siblings("change", ["nan", "1e400", "true", "'300'", "[1]", "{factor = nan}"])
def test_set_on_the_command_line(change):
    with pytest.raises(MultiscaleError, match="Ambient temperature"):
        parse_changes([f"Ambient temperature [K]={change}"])


def test_odd_numbers_are_remarked_on():
    text = HEAD + STEPS + MESH + f"[overrides]\n{D} = {{constant = 1e-10}}"
    (remark,) = prepare_run(parse_case(text, "t").runs["default"]).remarks
    assert "diffusivity" in remark
    assert "check the unit" in remark


@siblings(
    ("made", "words"),
    [
        (lambda: ParticleMesh.disk(1.0, 0.1), "radius is 1 m"),
        (lambda: ParticleMesh.ball(math.nan, 1e-7), "radius is nan"),
        (lambda: ParticleMesh.ball(1e-6, 1e-9), "elements; the limit is"),
        (lambda: ParticleMesh.hexagon(1e-6, "a"), "size must be a number, not 'a'"),
        (lambda: ParticleMesh.cylinder(1e-6, 5.0, 1e-7), "height is 5 m"),
        (lambda: ParticleMesh.ellipsoid([1, 1, 1], 0.1), "semi_axes, no. 1 is 1 m"),
        (lambda: ParticleMesh.radial(1e-6, True), "must be a whole number"),
        (lambda: ParticleMesh.radial(1e-6, 10**400), "must be a whole number"),
        (lambda: ParticleMesh.disk(1e-6, 1e-7, grading=math.inf), "grading is inf"),
        (lambda: ElectrodeGeometry.columns([0], radius=5), "radius is 5 m"),
        (lambda: ElectrodeGeometry.columns("ab"), "obstructions is a list"),
        (lambda: ElectrodeGeometry.columns([0], constriction_m=math.nan), "constriction_m is nan"),
        (lambda: ElectrodeGeometry.packing(10**6), "the limit is 4000"),
        (lambda: ElectrodeGeometry.packing(3, radii=5.0), "radii is 5 m"),
        (lambda: Radial(n=0), "of elements, must be a whole number"),
        (lambda: Resolved(size="a"), "size must be a number"),
        (lambda: BlockedSurface(math.nan, 0.1), "fraction .* is nan"),
        (lambda: BlockedSurface(0.5, 0.1, (np.inf, 0)), "direction, no. 1 is inf"),
        (
            lambda: SingleParticleModel(ParticleMesh.disk(1e-6, 5e-7).scaled(1e6)),
            "radius of the mesh 'disk' is 1.* write",
        ),
        (
            lambda: SingleParticleModel(ParticleMesh.disk(1e-6, 5e-7), anisotropy=[[1, 0], [0]]),
            "anisotropy is not a table of numbers",
        ),
        (
            lambda: SingleParticleModel(ParticleMesh.disk(1e-6, 5e-7)).solver(rtol=10),
            "rtol is 10; a tolerance is",
        ),
    ],
)
def test_python(made, words):
    with pytest.raises(MultiscaleError, match=words):
        made()


BASE = 'base = "Xu2022_NMC88"\n'
OCP = '[tables."Positive electrode OCP [V]"]\n'


@siblings(
    ("text", "words"),
    [
        ("base = 3", "'base' must be a text, not 3"),
        ('base = "mine.toml"', "leads round in a circle: mine.toml -> mine.toml"),
        (BASE + "sources = [1]", "'sources' must be a table"),
        (BASE + "values = [1]", "'values' must be a table"),
        (BASE + 'tables = "x"', "'tables' must be a table"),
        (BASE + OCP + "file = 3", "'file' must be a text, not 3"),
        (BASE + OCP + 'file = "/etc/passwd"', "leads out of the folder of the set"),
        (BASE + OCP + 'file = "../a.csv"', "leads out of the folder of the set"),
        (BASE + OCP + 'file = "link.csv"', "leads out of the folder of the set"),
        (BASE + OCP + 'file = "a.csv"\ncolumns = ["sto"]', "must be the names of two columns"),
        (BASE + OCP + 'file = "a.csv"\nlog10 = 1', "'log10' must be true or false"),
        (BASE + OCP + 'file = "a.csv"\nbelow = "up"', "Unknown below 'up'"),
        (BASE + f"[values]\n{T} = nan", "is nan, not a finite number"),
        (BASE + "transport = 1", "transport is 1; say which"),
    ],
)
def test_set_files(text, words, tmp_path):
    (tmp_path / "a.csv").write_text("sto,U\n0.2,4.3\n0.6,3.9\n0.99,3.5\n")
    (tmp_path / "link.csv").symlink_to("/etc/hosts")
    path = tmp_path / "mine.toml"
    path.write_text('format = "multiscale parameter set 1"\n' + text)
    with pytest.raises(MultiscaleError, match=words):
        read_set(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_set_files_as_windows_writes_them(encoding, tmp_path):
    path = tmp_path / "mine.toml"
    text = f'format = "multiscale parameter set 1"\n{BASE}[values]\n{T} = 300\n'
    path.write_text(text, encoding=encoding)
    assert read_set(path).values["Ambient temperature [K]"] == 300


REACH = [
    ("difference_at_end", "step", -2, STEPS + MESH),
    ("difference_at_end", "step", 1, STEPS + MESH),
    ("difference_at_end", "step", 10**9, STEPS + MESH),
    ("difference_at_end", "step", -(10**9), STEPS + MESH),
    ("asynchrony", "half_cycle", 1, STEPS + COLUMNS),
    ("asynchrony", "half_cycle", 10**9, STEPS + COLUMNS),
]


@siblings(("measure", "key", "number", "run"), REACH)
def test_steps_and_half_cycles_out_of_reach_are_refused_before_the_solve(measure, key, number, run):
    criterion = (
        f'[[criteria]]\nid = "c"\nquantity = "q"\nmeasure = "{measure}"\nkind = "hard"\n'
        f'source = "s"\nminimum = 0\narguments = {{ {key} = {number} }}\n'
    )
    with pytest.raises(MultiscaleError, match=f"'{key}' is {number}; the variant 'default' has 1"):
        parse_case(f"{HEAD}{run}{criterion}", "t")
