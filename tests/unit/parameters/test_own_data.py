"""Tables of one's own: what comes in, what is refused and in which words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pybamm
import pytest
from siblings import siblings

import multiscale as ms
from multiscale.errors import ParameterError
from multiscale.parameters import customised, from_table, load_set, names, read_set, write_set

OCP = {"x": [0.3, 0.6, 0.9], "U [V]": [4.2, 3.9, 3.6]}
DIFFUSIVITY = {"x": [0.9, 0.6, 0.3], "D / cm2/s": [1e-13, 1e-12, 1e-11]}


@pytest.fixture
def csv(tmp_path):
    def write(text, name="own.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_a_table_becomes_an_entry_with_its_source():
    law = ms.parameters.from_table(OCP, "ocp", citation="our cell")
    values = load_set("Xu2022_NMC88").values
    values.update(law.entry)
    assert values[names.OCP] is law
    assert law.source.valid_range == (0.3, 0.9)
    assert ms.check_parameters(values).ok
    assert float(law(0.6)) == pytest.approx(3.9)


def test_arrays_and_symbols_agree():
    law = from_table(DIFFUSIVITY, "diffusivity", citation="our cell")
    sto = np.linspace(0.05, 0.95, 19)
    symbol = law(pybamm.Vector(sto), pybamm.Scalar(298.15)).evaluate().ravel()
    assert symbol == pytest.approx(law(sto, 298.15), rel=1e-9)
    assert law(np.array([0.1]))[0] == pytest.approx(1e-15)  # cm2/s to m2/s, level outside


@siblings("unit", ["m2.s-1", "m²/s", "m^2 s^-1", "m2/s"])
def test_spellings_of_a_unit(unit):
    law = from_table(
        {"x": [0.2, 0.9], "D": [1e-15, 1e-17]}, "diffusivity", units=unit, citation="o"
    )
    assert float(law(0.9)) == pytest.approx(1e-17)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_files_of_any_separator(csv, separator):
    rows = [["sto", "U [mV]"], ["0.9", "3600"], ["0.3", "4200"]]
    path = csv("# from our cell\n" + "\n".join(separator.join(row) for row in rows) + "\n")
    assert float(from_table(path, "ocp", citation="o")(0.3)) == pytest.approx(4.2)


@pytest.mark.parametrize("told", [{}, {"decimal": ","}])
def test_decimal_commas(csv, told):
    path = csv("sto;U [V]\n0,3;4,2\n0,9;3,6\n")
    assert float(from_table(path, "ocp", citation="o", **told)(0.9)) == pytest.approx(3.6)


def test_decimal_commas_beside_points_are_refused(csv):
    path = csv("sto;U [V]\n0,3;4.2\n0,9;3.6\n")
    with pytest.raises(ParameterError, match=r"row 1, column 'sto': '0,3' has a decimal comma"):
        from_table(path, "ocp", citation="o")


def test_columns_by_name():
    frame = pd.DataFrame({"n": [1, 2], "U [V]": [3.6, 4.2], "theta": [0.9, 0.3]})
    chosen = {"stoichiometry": "theta", "value": "U [V]"}
    law = from_table(frame, "ocp", citation="o", columns=chosen)
    assert law.valid_range == (0.3, 0.9)
    with pytest.raises(ParameterError, match="Unknown column 'thta'; did you mean 'theta'"):
        from_table(frame, "ocp", citation="o", columns={"stoichiometry": "thta"})


WRONG = [
    (
        {"x": [0.3, 0.9], "U": [4.2, 3.6]},
        "ocp",
        "column 'U' has no unit; a voltage can be in V",
    ),
    ({"x": [0.3, 0.9], "U [kg]": [4.2, 3.6]}, "ocp", "is in 'kg'"),
    ({"x": [0.3, np.nan], "U [V]": [4.2, 3.6]}, "ocp", "row 2: a number is missing"),
    ({"x": [0.3, 0.9, 0.6], "U [V]": [4.2, 3.6, 3.9]}, "ocp", "turns round at 0.9"),
    ({"x": [0.3, 0.3, 0.9], "U [V]": [4.2, 4.2, 3.6]}, "ocp", "rows 1 and 2 have one stoich"),
    ({"x": [30, 90], "U [V]": [4.2, 3.6]}, "ocp", "is it in per cent"),
    ({"x": [0.3, 0.9], "U [V]": [3.6, 4.2]}, "ocp", "is the first column a state of charge"),
    ({"x": [0.3, 0.9], "D [m2/s]": [0.0, 1e-16]}, "diffusivity", "is not positive at 0.3"),
    ({"x": [0.3], "D [m2/s]": [1e-16]}, "diffusivity", "at least 2 points"),
    ({"x": [0.3, 0.9]}, "ocp", "needs two columns"),
    (OCP, "ocv", "did you mean 'ocp'"),
]


@siblings(("table", "quantity", "message"), WRONG)
def test_unusable_tables_are_refused(table, quantity, message):
    with pytest.raises(ParameterError, match=message.replace("(", r"\(")):
        from_table(table, quantity, citation="o")


BROKEN = [
    ("sto,U [V]\n0,3,4,2\n0,9,3,6\n", "both the columns and the decimals were marked by commas"),
    ("sto,U [V]\n0.3\n", "row 1: 1 cells, but 2 column names"),
    ("sto,U [V]\n", "a row of column names and rows of numbers"),
    ("sto,U [V]\n0.3,4.2\n0.9,full\n", "'full' is not a number"),
    ("sto,U [V]\n0.3,4.2\n0.9,\n", r"row 2: a number is missing"),
]


@siblings(("text", "message"), BROKEN)
def test_unusable_files_are_refused(csv, text, message):
    with pytest.raises(ParameterError, match=message):
        from_table(csv(text), "ocp", citation="o")


def test_a_file_that_is_not_there():
    with pytest.raises(ParameterError, match=r"There is no file nowhere\.csv"):
        from_table("nowhere.csv", "ocp", citation="o")


# --- set files ------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path):
    law = from_table(DIFFUSIVITY, "diffusivity", citation="our titration at 25 °C")
    return write_set(
        tmp_path / "mine.toml",
        law.entry,
        base="Xu2022_NMC88",
        title="Ours",
        transport="chemical",
    )


def test_a_written_set_comes_back(stored):
    law = from_table(DIFFUSIVITY, "diffusivity", citation="our titration at 25 °C")
    mine, base = load_set(str(stored)), load_set("Xu2022_NMC88")
    assert (mine.name, mine.title, mine.transport) == ("mine", "Ours", "chemical")
    assert mine.values[names.DIFFUSIVITY] == law
    assert mine.sources[names.DIFFUSIVITY] == law.source
    same = set(base.values.keys()) - {names.DIFFUSIVITY}
    assert all(mine.sources[name] == base.sources[name] for name in same if name in base.sources)
    assert ms.check_parameters(mine.values).ok


def test_customised_leaves_the_base_alone():
    base = load_set("Xu2022_NMC88")
    law = from_table(OCP, "ocp", citation="our cell")
    mine = customised(base, "mine", law)
    assert mine.values[names.OCP] is law
    assert base.values[names.OCP] is not law
    assert mine.sources[names.OCP].citation == "our cell"


DAMAGED = [
    ("title = 'x'", 'needs format = "multiscale parameter set 1"'),
    ("title =", "not valid TOML"),
    ("FORMAT\nbase = 'Xu2022_NMC8'", "did you mean 'Xu2022_NMC88'"),
    ("FORMAT\nbse = 'x'", "Unknown key 'bse'; did you mean 'base'"),
    ("FORMAT\n[values]\n'a' = 1", "say which flux the diffusivity belongs to"),
    (
        "FORMAT\nBASE\n[values]\n'Positive particle density' = 1",
        "The unit is part",
    ),
    ("FORMAT\nBASE\n[values]\n'Positive particle density [kg.m-3]' = 'x'", "must be a number"),
    ("FORMAT\nBASE\n[tables.'Positive electrode OCP [V]']\nfiel = 'x'", "did you mean 'file'"),
    ("FORMAT\nBASE\n[tables.'Positive electrode OCP [V]']\nfile = 'x'", "There is no file"),
]


@siblings(("text", "message"), DAMAGED)
def test_damaged_set_files_are_refused(csv, text, message):
    text = text.replace("FORMAT", 'format = "multiscale parameter set 1"')
    path = csv(text.replace("BASE", "base = 'Xu2022_NMC88'"), "mine.toml")
    with pytest.raises(ParameterError, match=message):
        read_set(path)


def test_a_set_file_that_is_not_there():
    with pytest.raises(ParameterError, match="no parameter set file"):
        load_set("nowhere.toml")


@pytest.mark.parametrize("header", ["SOC", "soc [%]", "State of charge", "DoD"])
def test_a_state_of_the_cell_is_no_stoichiometry(header):
    table = {header: [0.2, 0.9], "D [m2/s]": [1e-15, 2e-15]}
    with pytest.raises(ParameterError, match="is a state of the cell"):
        from_table(table, "diffusivity", citation="c")
    columns = {"stoichiometry": header}
    if "%" not in header:
        assert from_table(table, "diffusivity", citation="c", columns=columns)(0.2, 298.15) == 1e-15


def test_laws_that_a_base_offers_are_offered_by_the_sets_upon_it(tmp_path):
    base = load_set("Sharma2022_NMC532")
    path = tmp_path / "mine.toml"
    path.write_text(
        'format = "multiscale parameter set 1"\nbase = "Sharma2022_NMC532"\n'
        f'[values]\n"{names.DENSITY}" = 4750.0\n'
    )
    assert read_set(path).alternatives == base.alternatives
    assert customised(base, "mine").alternatives == base.alternatives
