"""Cycler records: headers, units and signs; damaged files and what is said about them."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.analysis.cycler import Record, read_record, write_record
from multiscale.errors import AnalysisError

HEAD = "Test Time / s,Current / A,Voltage / V"
ROWS = "0,0,3.5\n10,0.001,3.6\n20,0,3.55\n"


@pytest.fixture
def csv(tmp_path):
    def write(text):
        path = tmp_path / "record.csv"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    "head",
    [HEAD, "test_time_second,current_ampere,voltage_volt", "Time [s],I (A),Ecell [V]"],
)
def test_headers_in_use(csv, head):
    record = read_record(csv(f"{head}\n{ROWS}"))
    assert record.times.tolist() == [0, 10, 20]
    assert record.current.tolist() == [0, 0.001, 0]
    assert record.voltage.tolist() == [3.5, 3.6, 3.55]


def test_units_become_si(csv):
    rows = "0,0,3500\n1,2,3600\n"
    record = read_record(csv(f"Test Time / h,Current / mA,Voltage / mV\n{rows}"))
    assert record.times.tolist() == [0, 3600]
    assert record.current.tolist() == [0, 0.002]
    assert record.voltage.tolist() == pytest.approx([3.5, 3.6])


def test_columns_by_name_and_sign(csv):
    path = csv("Seconds,Amps,Volts,Ah\n0,0,3.5,0\n10,1,3.4,1\n")
    columns = {"time": "Seconds:s", "current": "Amps:A", "voltage": "Volts:V"}
    assert read_record(path, columns, positive="discharge").current[1] == -1
    assert read_record(path, columns).charge().tolist() == [0, 10]


def test_other_columns_may_hold_words(csv):
    head = "Test Time / s,Current / A,Voltage / V,Date"
    path = csv(f"{head}\n0,0,3.5,Monday\n10,1,3.6,Monday\n")
    assert len(read_record(path).times) == 2


def test_written_and_read_again(tmp_path, rng):
    record = Record(np.arange(9.0), rng.standard_normal(9), 3 + rng.random(9))
    again = read_record(write_record(record, tmp_path / "again.csv"))
    assert np.allclose(again.current, record.current, rtol=1e-10)


DAMAGED = [
    (f"Test Time / s,Voltage / V\n{ROWS}", {}, "no column for the current|2 column names"),
    ("Time / s,Flow,Voltage / V\n" + ROWS, {}, "no column for the current; it has 'Time / s', "),
    (f"Time,Current / A,Voltage / V\n{ROWS}", {}, "column 'Time' has no unit; a time can be in s"),
    (f"Test Time / s,Current / V,Voltage / V\n{ROWS}", {}, "is in 'V'; a current can be in A"),
    (
        f"{HEAD}\n0,0,3.5\n10,0,3.5\n5,0,3.5\n",
        {},
        r"row 3: time does not increase \(10 s, then 5 s",
    ),
    (f"{HEAD}\n0,0,3.5\n10,0,3.5\n10,0,3.5\n", {}, "remove a double row"),
    (f"{HEAD}\n0,0,3.5\n10,,3.5\n20,0,3.5\n", {}, r"row 2: the current is missing \(NaN\)"),
    (f"{HEAD}\n0,0,3.5\n10,x,3.5\n", {}, "row 2, column 'Current / A': 'x' is not a number"),
    (f"{HEAD}\n0,0,3,5\n", {}, "row 1: 4 cells, but 3 column names"),
    (f"{HEAD}\n0,0,0,0,3,5\n", {}, "the columns and the decimals were marked by commas"),
    (f"{HEAD.replace(',', ';')}\n0;0.5;3,5\n", {}, "'3,5' has a decimal comma"),
    (f"{HEAD}\n", {}, "a row of column names and rows of numbers"),
    (f"{HEAD}\n{ROWS}", {"tme": "x"}, "Unknown role 'tme'; did you mean 'time'"),
    (f"{HEAD}\n{ROWS}", {"time": "Test Tim / s"}, "Unknown column"),
    (f"T,Current / A,Voltage / V\n{ROWS}", {"time": "T:weeks"}, "unit 'weeks' is not known"),
]


@siblings(("text", "columns", "message"), DAMAGED)
def test_damaged_files_are_refused(csv, text, columns, message):
    with pytest.raises(AnalysisError, match=message):
        read_record(csv(text), columns)


@pytest.mark.parametrize("told", [{}, {"decimal": ","}])
def test_decimal_commas(csv, told):
    path = csv(f"{HEAD.replace(',', ';')}\n0;0;3,5\n1,5;0,001;3,6\n")
    assert read_record(path, **told).times[1] == 1.5


def test_unknown_sign_and_lengths():
    with pytest.raises(AnalysisError, match="did you mean 'charge'"):
        read_record({"a": [0]}, positive="charg")
    with pytest.raises(AnalysisError, match="differ in length"):
        Record(np.arange(3.0), np.zeros(2), np.zeros(3))


def test_steps_that_meet_within_nanoseconds_stay_apart(tmp_path):
    """As simulated records have them."""
    times = np.array([0.0, 31678.27, 31678.27 + 1e-9, 40000.0])
    record = Record(times, np.array([1.0, 1.0, -1.0, -1.0]), np.full(4, 3.7))
    assert (read_record(write_record(record, tmp_path / "r.csv")).times == times).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_small_voltage_that_only_moves_against_the_current_is_refused(sign):
    t = np.arange(6.0) * 100
    table = {"time / s": t, "I / A": np.full(6, sign * 1e-3), "U / V": 3.7 - sign * t * 1.4e-4}
    with pytest.raises(AnalysisError, match=r"by 0\.07 V while the current"):
        read_record(table)
    assert (read_record(table, positive="discharge").current == -sign * 1e-3).all()


def test_currents_that_no_cell_has_are_refused():
    with pytest.raises(AnalysisError, match=r"row 1: a current of 9.96921e\+36 A"):
        read_record({"time / s": [0, 1], "I / A": [9.96921e36, 0], "U / V": [3.6, 3.6]})
