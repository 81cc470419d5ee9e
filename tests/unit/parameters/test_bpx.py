"""BPX files out and in again; what they cannot carry is said."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pybamm
import pytest

import multiscale as ms
from multiscale.errors import ParameterError
from multiscale.parameters import load_set, names
from multiscale.parameters.bpx import RADIUS, read_bpx
from multiscale.parameters.bpx_writing import BPXElectrode, write_bpx

ELECTRODE = BPXElectrode(thickness=6e-5, radius=2e-6, active_fraction=0.6, window=(0.21, 0.97))
needs_bpx = pytest.mark.skipif(importlib.util.find_spec("bpx") is None, reason="no package bpx")


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


@needs_bpx
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


@needs_bpx
def test_without_a_base_the_missing_entries_are_named(written):
    found = read_bpx(written[0])
    assert names.DENSITY in found.missing
    assert names.OCP not in found.missing
    assert names.LOWER_CUTOFF not in found.parameter_set.values  # made up, not in the file


@needs_bpx
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a JSON file"),
        ("{}", "has no 'Header'"),
        ('{"Header": {}, "Parameterisation": {}}', "a positive electrode of one material"),
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


def test_without_the_package_the_extra_is_named(monkeypatch, written):
    monkeypatch.setitem(__import__("sys").modules, "bpx", None)
    with pytest.raises(ParameterError, match=r"pip install 'multiscale-electrode\[bpx\]'"):
        read_bpx(written[0])


def test_impossible_electrodes():
    with pytest.raises(ParameterError, match="must increase"):
        BPXElectrode(thickness=1e-5, radius=1e-6, active_fraction=0.5, window=(0.9, 0.2))
    with pytest.raises(ParameterError, match="must be positive"):
        BPXElectrode(thickness=0, radius=1e-6, active_fraction=0.5, window=(0.2, 0.9))
