"""BPX files out and in again; what they cannot carry is said."""

from __future__ import annotations

import json

import numpy as np
import pybamm
import pytest
from fuzzing import PROFILES, survives
from siblings import siblings

import multiscale as ms
from multiscale.cli import main
from multiscale.errors import ParameterError
from multiscale.parameters import load_set, names
from multiscale.parameters.bpx import RADIUS, BPXElectrode, read_bpx, write_bpx

ELECTRODE = BPXElectrode(thickness=6e-5, radius=2e-6, active_fraction=0.6, window=(0.21, 0.97))


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "ni88.json"
    return path, write_bpx(path, load_set("Xu2022_NMC88"), ELECTRODE)


def evaluated(values, name, **arguments):
    symbols = {k: pybamm.Vector(np.atleast_1d(v)) for k, v in arguments.items()}
    function = pybamm.FunctionParameter(name, symbols)
    return values.process_symbol(function).evaluate().ravel()


def test_what_is_written_and_what_is_not(written):
    path, lost = written
    fields = json.loads(path.read_text())["Parameterisation"]["Positive electrode"]
    assert fields["Surface area per unit volume [m-1]"] == pytest.approx(9e5)
    sto = np.array(fields["OCP [V]"]["x"])
    ocp = load_set("Xu2022_NMC88").values[names.OCP]
    assert fields["OCP [V]"]["y"] == pytest.approx(ocp(sto), abs=1e-6)
    text = "\n".join(lost)
    assert f"{names.DIFFUSIVITY}: written as Fick's" in text
    assert "elsewhere off by a factor of up to" in text
    assert f"{names.CONDUCTIVITY}: no field" in text


def test_written_and_read_again(written):
    path, _ = written
    base = load_set("Xu2022_NMC88")
    found = read_bpx(path, base)
    values = found.parameter_set.values
    sto = np.linspace(0.25, 0.95, 15)
    ocp = evaluated(values, names.OCP, sto=sto)
    assert ocp == pytest.approx(base.values[names.OCP](sto), abs=2e-3)
    assert found.parameter_set.transport == "chemical"
    assert found.missing == ()
    assert "Positive electrode: Thickness [m]" in found.not_carried
    assert values[RADIUS] == 2e-6
    assert names.CONDUCTIVITY in values
    assert ms.check_parameters(values).ok


def test_without_a_base_the_missing_entries_are_named(written):
    found = read_bpx(written[0])
    assert names.DENSITY in found.missing
    assert names.OCP not in found.missing
    assert names.LOWER_CUTOFF not in found.parameter_set.values  # made up, not in the file


@siblings(
    ("content", "message"),
    [
        ("{", "is not a JSON file"),
        ("{}", "has no 'Header'"),
        (
            '{"Header": {}, "Parameterisation": {}}',
            "version of the format, from 0.1 to 1.1, not None",
        ),
        (
            '{"Header": {"BPX": 1.1}, "Parameterisation": {}}',
            "a positive electrode of one material .*; here none",
        ),
        ('{"Header": {"BPX": 1.1}}', "a positive electrode of one material .*; here none"),
        ('{"Header": {"BPX": 1.1}, "Parameterisation": []}', "of one material .*; here none"),
        (
            '{"Header": {"BPX": 1.1}, "Parameterisation": {"Positive electrode": {"Particle": 1}}}',
            "of one material .*; here a blend",
        ),
        ('{"Header": {"BPX": "2.0"}}', "from 0.1 to 1.1, not '2.0'"),
        ('{"Header": {"BPX": true}}', "from 0.1 to 1.1, not True"),
        ('{"Header": "BPX 1.1"}', "has no 'Header'"),
        ("[]", "has no 'Header'"),
        ("[" * 100_000, "nests too deep"),
        ('{"Header": {}, "Header": {}}', "the key 'Header' stands twice"),
        ("", "is not a JSON file"),
        (
            '{"Header": {"BPX": "1.1.0", "Model": "Partial"},'
            ' "Parameterisation": {"Positive electrode": {"OCP [V]": "x"}}}',
            "is not a valid BPX file",
        ),
    ],
)
def test_damaged_files(tmp_path, content, message):
    path = tmp_path / "broken.json"
    path.write_text(content)
    with pytest.raises(ParameterError, match=message):
        read_bpx(path)


def test_impossible_electrodes():
    with pytest.raises(ParameterError, match="must increase"):
        BPXElectrode(thickness=1e-5, radius=1e-6, active_fraction=0.5, window=(0.9, 0.2))
    with pytest.raises(ParameterError, match="must be positive"):
        BPXElectrode(thickness=0, radius=1e-6, active_fraction=0.5, window=(0.2, 0.9))


def foreign(**changes):
    """A file as others write it: complete, version 0.1 as a number, a validation section."""
    electrode = {
        "Particle radius [m]": 4.6e-6,
        "Thickness [m]": 5.23e-5,
        "Diffusivity [m2.s-1]": 3.2e-14,
        "OCP [V]": {"x": [0.2, 0.5, 0.9, 0.97], "y": [4.4, 3.9, 3.6, 3.4]},
        "Entropic change coefficient [V.K-1]": -1e-4,
        "Conductivity [S.m-1]": 0.789,
        "Surface area per unit volume [m-1]": 432072,
        "Porosity": 0.277493,
        "Transport efficiency": 0.1462,
        "Reaction rate constant [mol.m-2.s-1]": 2.305e-05,
        "Minimum stoichiometry": 0.42424,
        "Maximum stoichiometry": 0.9621,
        "Maximum concentration [mol.m-3]": 49000,
    }
    cell = {
        "Reference temperature [K]": 298.15,
        "Lower voltage cut-off [V]": 3.0,
        "Upper voltage cut-off [V]": 4.2,
        "Nominal cell capacity [A.h]": 12.5,
        "Electrode area [m2]": 0.016808,
        "Number of electrode pairs connected in parallel to make a cell": 34,
        "External surface area [m2]": 0.0379,
        "Volume [m3]": 0.000128,
    }
    electrolyte = {
        "Initial concentration [mol.m-3]": 1000,
        "Cation transference number": 0.2594,
        "Conductivity [S.m-1]": "0.1297e-9 * x ** 3 - 2.51 * (x / 1000) ** 1.5 + 3.329e-3 * x",
        "Diffusivity [m2.s-1]": "8.794e-11 * (x / 1000) ** 2 - 3.972e-13 * x + 4.862e-10",
    }
    separator = {"Thickness [m]": 2e-5, "Porosity": 0.47, "Transport efficiency": 0.3222}
    sections = {
        "Cell": cell,
        "Electrolyte": electrolyte,
        "Negative electrode": electrode | {"OCP [V]": "0.1 + 0 * x"},
        "Positive electrode": electrode | changes,
        "Separator": separator,
    }
    return {
        "Header": {"BPX": 0.1, "Title": "a pouch cell", "Model": "DFN"},
        "Parameterisation": sections,
        "Validation": {"C/20": {"Time [s]": [0, 1], "Current [A]": [1, 1], "Voltage [V]": [4, 4]}},
    }


def stored(folder, **changes):
    path = folder / "cell.json"
    path.write_text(json.dumps(foreign(**changes)))
    return path


class TestFilesByOthers:
    def test_window_and_temperature_are_read_between_the_fields(self, tmp_path):
        found = read_bpx(stored(tmp_path))
        values = found.parameter_set.values
        assert values[names.INITIAL_STOICHIOMETRY] == 0.9621
        assert values[names.TEMPERATURE] == 298.15
        assert set(found.missing) == {names.DENSITY, names.SPECIFIC_CAPACITY}
        assert "Validation" in found.not_carried

    def test_a_charge_runs_with_a_base_for_the_rest(self, tmp_path):
        path = tmp_path / "sets" / "pouch.toml"
        base = load_set("NMC111_BPX")
        ms.parameters.write_bpx_set(path, stored(tmp_path), base)
        chosen = load_set(str(path))
        assert chosen.values[names.MAXIMUM_CONCENTRATION] == 49000
        assert chosen.values[names.DENSITY] == base.values[names.DENSITY]
        model = ms.SingleParticleModel(ms.ParticleMesh.radial(4.6e-6, 10), chosen.transport)
        simulation = pybamm.Simulation(
            model, parameter_values=chosen.values, experiment=["Charge at C/5 for 1 hour"]
        )
        assert ms.Results(simulation.solve()).balance.lithium < 1e-6

    def test_command(self, tmp_path, capsys):
        path, out = stored(tmp_path), tmp_path / "pouch.toml"
        assert main(["parameters", "bpx", str(path)]) == 1
        assert "Name a set with --base" in capsys.readouterr().out
        command = ["parameters", "bpx", str(path), "--base", "NMC111_BPX", "--out", str(out)]
        assert main(command) == 0
        assert "not read: Cell: Nominal cell capacity" in capsys.readouterr().out
        assert main(["parameters", "check", str(out)]) == 0

    @siblings(
        ("changes", "message"),
        [
            (
                {"Maximum concentration [mol.m-3]": float("nan")},
                r"Maximum conc.*: nan is not",
            ),
            ({"Maximum concentration [mol.m-3]": "49000,0"}, r"Maximum conc.*valid number"),
            ({"OCP": 4.0}, "Positive electrode, OCP: Extra inputs"),
            (
                {"Diffusivity [m2.s-1]": "3e-14*log(x"},
                "'3e-14.log.x' is not a formula: .* never closed",
            ),
            (
                {"OCP [V]": {"x": [0.2, 0.5, 0.4], "y": [4.4, 3.9, 4.0]}},
                r"x\[2\] = 0.4 follows",
            ),
            ({"OCP [V]": {"x": [0.2, 0.5], "y": [4.4, None]}}, r"y\[1\] is None"),
            ({"OCP [V]": {"x": [0.2, 0.5, 0.7], "y": [4.4, 3.9]}}, "lists of one length"),
        ],
    )
    def test_damage_is_named(self, tmp_path, changes, message):
        with pytest.raises(ParameterError, match=message):
            read_bpx(stored(tmp_path, **changes))

    @siblings(
        ("changes", "message"),
        [
            (
                {"Minimum stoichiometry": 0.96, "Maximum stoichiometry": 0.42},
                "Minimum stoichiometry 0.96 is not below Maximum stoichiometry 0.42; are they swap",
            ),
            ({"Minimum stoichiometry": 0.9621}, "is not below"),
            ({"Maximum stoichiometry": 1.2}, "Maximum stoichiometry lies between 0 and 1, not at"),
            ({"Minimum stoichiometry": -0.1}, "Minimum stoichiometry lies between 0 and 1"),
            ({"Particle radius [m]": 4.6}, "Particle radius .* is 4.6 m.*micrometres"),
            ({"Particle radius [m]": -1e-6}, "Particle radius"),
            ({"Particle radius [m]": 0}, "Particle radius"),
            ({"Maximum concentration [mol.m-3]": 49}, "Maximum concentration"),
            ({"Maximum concentration [mol.m-3]": -49000}, "Maximum concentration"),
            ({"Maximum concentration [mol.m-3]": True}, "Maximum concentration.*True is not a num"),
            ({"Maximum concentration [mol.m-3]": {"a": {"b": 1}}}, "not a valid BPX|Maximum conc"),
            ({"Diffusivity [m2.s-1]": 0}, "Diffusivity"),
            ({"Diffusivity [m2.s-1]": 1e-3}, "Diffusivity"),
            ({"Diffusivity [m2.s-1]": "1e-3"}, "Diffusivity"),
            ({"Reaction rate constant [mol.m-2.s-1]": -1}, "Reaction rate constant"),
            ({"OCP [V]": {"x": [20, 50, 90], "y": [4.4, 3.9, 3.6]}}, "x is a stoichiometry betw"),
            ({"OCP [V]": {"x": [0.2, 0.5, 0.9], "y": [4400, 3900, 3600]}}, "OCP .* is 4400|3600 V"),
            ({"OCP [V]": {"x": [0.2, 0.5], "y": ["4.4", "3.9"]}}, r"y\[0\] is '4.4'"),
            ({"OCP [V]": {"x": [0.2, True], "y": [4.4, 3.9]}}, r"x\[1\] is True"),
            ({"OCP [V]": {"x": [], "y": []}}, "lists of one length, above 1"),
            ({"OCP [V]": "__import__('os').system('true')"}, "may not stand in a formula of BPX"),
            ({"OCP [V]": "exec(x)"}, r"'exec\(x\)' may not stand .* exp, tanh, cosh"),
            ({"OCP [V]": "breakpoint(x)"}, "may not stand in a formula"),
            ({"OCP [V]": "log(x)"}, "may not stand in a formula"),
            ({"OCP [V]": "x.real"}, "may not stand in a formula"),
            ({"OCP [V]": "4 if x else 3"}, "may not stand in a formula"),
            ({"OCP [V]": "[4 for x in x]"}, "may not stand in a formula"),
            ({"OCP [V]": "lambda x: 4"}, "may not stand in a formula"),
            ({"OCP [V]": "y + 3"}, "'y' may not stand in a formula"),
            ({"OCP [V]": "exp(x, x)"}, "may not stand in a formula"),
            ({"OCP [V]": "4\nimport os"}, "is not a formula"),
            ({"OCP [V]": "9**9**9 + x"}, "is not a number of any use"),
            ({"OCP [V]": "x + 9**99999999"}, "is not a number of any use"),
            ({"OCP [V]": "(((9**300)**300)**300)**300 * x"}, "is nested too deep"),
            ({"OCP [V]": "(" * 150 + "x" + ")" * 150}, "no formula|nested|not a valid"),
            ({"OCP [V]": "x+" * 6000 + "x"}, "a formula of 12001 characters; at most 10000"),
            ({"OCP [V]": ""}, "is not a formula"),
            ({"OCP [V]": None}, "not a valid BPX file"),
        ],
    )
    def test_cathodes_that_cannot_be(self, tmp_path, changes, message):
        with pytest.raises(ParameterError, match=message):
            read_bpx(stored(tmp_path, **changes))

    @siblings(
        ("section", "flaw"),
        [
            ("Negative electrode", {"OCP [V]": "__import__('os')"}),
            ("Negative electrode", {"Particle": {"Graphite": {}, "Silicon": {}}}),
            ("Negative electrode", 3),
            ("Separator", {"Porosity": 7}),
            ("Separator", None),
            ("User-defined", {"anything": {"at": ["all", None]}}),
            ("User-defined", []),
            ("Cell", {"Volume [m3]": "unknown", "Upper voltage cut-off [V]": 4.2}),
            ("Cell", {}),
            ("Electrolyte", {}),
            ("Something else", "text"),
        ],
    )
    def test_faults_of_what_nobody_uses_do_not_matter(self, tmp_path, section, flaw):
        content = foreign()
        content["Parameterisation"][section] = flaw
        content["Validation"] = {"C/20": float("nan")}
        path = tmp_path / "cell.json"
        path.write_text(json.dumps(content))
        values = read_bpx(path).parameter_set.values
        assert values[names.MAXIMUM_CONCENTRATION] == 49000
        assert values[names.INITIAL_STOICHIOMETRY] == 0.9621

    @siblings(
        "flaw",
        [
            {"Conductivity [S.m-1]": "sinh(x)"},
            {"Conductivity [S.m-1]": float("nan")},
            {"Diffusivity [m2.s-1]": {"x": [1, 2], "y": [1]}},
            {"Cation transference number": "third"},
        ],
    )
    def test_an_electrolyte_with_a_fault_is_left_out_and_said(self, tmp_path, flaw):
        content = foreign()
        content["Parameterisation"]["Electrolyte"] |= flaw
        path = tmp_path / "cell.json"
        path.write_text(json.dumps(content))
        with pytest.warns(UserWarning, match=r"cell.json: the electrolyte is left out: "):
            found = read_bpx(path)
        assert found.parameter_set.values[names.MAXIMUM_CONCENTRATION] == 49000
        assert names.ELECTROLYTE_CONDUCTIVITY not in found.carried
        assert any("Electrolyte (left out: " in text for text in found.not_carried)

    @siblings(
        ("cell", "message"),
        [
            ({"Lower voltage cut-off [V]": 4.2, "Upper voltage cut-off [V]": 3.0}, "not below the"),
            ({"Upper voltage cut-off [V]": 4200}, "Upper voltage cut-off"),
            ({"Reference temperature [K]": 25}, "Reference temperature .*25"),
            ({"Reference temperature [K]": "warm"}, "Reference temperature .*must be a number"),
        ],
    )
    def test_cells_that_cannot_be(self, tmp_path, cell, message):
        content = foreign()
        content["Parameterisation"]["Cell"] |= cell
        path = tmp_path / "cell.json"
        path.write_text(json.dumps(content))
        with pytest.raises(ParameterError, match=message):
            read_bpx(path)

    @siblings("version", [0.1, "0.4.0", "0.5", 1.0, "1.0.0", "1.1.0"])
    def test_versions(self, tmp_path, version):
        content = foreign() | {"Header": {"BPX": version, "Title": 3}}
        path = tmp_path / "cell.json"
        path.write_text(json.dumps(content), encoding="utf-8-sig")
        assert names.OCP in read_bpx(path).carried

    def test_numbers_as_text_are_numbers(self, tmp_path):
        values = read_bpx(
            stored(tmp_path, **{"Maximum concentration [mol.m-3]": "49000"})
        ).parameter_set.values
        assert values[names.MAXIMUM_CONCENTRATION] == 49000

    @PROFILES
    def test_any_bytes(self, examples, tmp_path):
        content = foreign()
        content["Parameterisation"].pop("Negative electrode")
        survives(read_bpx, json.dumps(content).encode(), tmp_path / "cell.json", examples)
