"""The reader of tables: every dialect gives the same numbers, damage a refusal by name."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from fuzzing import PROFILES, survives
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat
from siblings import siblings

from multiscale import tables
from multiscale.errors import MultiscaleError, ParameterError
from multiscale.tables import read_table, split_rows

PREAMBLE = [
    "Cell: A1",
    "",
    "Mass (mg){s}12.5",
    "[Data]",
    "operator{s}someone{s}else",
    "# a comment",
]
HEADS = ["{name} [{unit}]", "{name} ({unit})", "{name}/{unit}", "{name} / {unit}", "row"]
NAMES, UNITS = ("time", "I", "Ewe"), ("min", "mA", "mV")
TO_SI = np.array([60, 1e-3, 1e-3])
CELLS = st.decimals(-9999, 9999, places=4, allow_nan=False, allow_infinity=False)


@st.composite
def dialects(draw):
    """Text of a table, how it is encoded, its decimal sign, and its numbers."""
    numbers = draw(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=2, max_size=8))
    separator = draw(st.sampled_from([",", ";", "\t", "|", " "]))
    decimal = draw(st.sampled_from([".", ","]))
    quoted = draw(st.booleans()) or (separator == "," and decimal == ",")
    grouped = draw(st.booleans()) and (quoted or separator != ",")

    def cell(number):
        text = f"{number:,}" if grouped and abs(number) >= 1000 else f"{number}"
        return text.translate(str.maketrans(",.", ".,")) if decimal == "," else text

    head = draw(st.sampled_from(HEADS))
    names = [head.format(name=n, unit=u) for n, u in zip(NAMES, UNITS, strict=True)]
    rows = [NAMES, UNITS] if head == "row" else [names]
    quoted = quoted or (separator == " " and head != "row")
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    page = io.StringIO()
    writer = csv.writer(
        page,
        delimiter=separator,
        lineterminator="\n",
        quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
    )
    trailing = [""] if separator != " " and draw(st.booleans()) else []
    again = draw(st.booleans())
    for number, row in enumerate(numbers):
        if number == 0 or (again and number == 1):
            writer.writerows([[*one, *trailing] for one in rows])
        writer.writerow([*map(cell, row), *trailing])
    above = draw(st.lists(st.sampled_from(PREAMBLE), max_size=4))
    text = "".join(line.format(s=separator) + "\n" for line in above) + page.getvalue()
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    raw = text.replace("\n", end).encode(encoding)
    raw = gzip.compress(raw, mtime=0) if draw(st.booleans()) else raw
    return raw, decimal, np.array(numbers, dtype=float)


@settings(max_examples=80, derandomize=True, database=None, deadline=None)
@given(dialects())
def test_every_dialect_reads_back_the_same_numbers(tmp_path_factory, dialect):
    raw, decimal, numbers = dialect
    path = tmp_path_factory.getbasetemp() / "dialect.csv"
    path.write_bytes(raw)
    table = read_table(path, decimal=decimal)
    kinds = ("time", "current", "voltage")
    found = [table.si(n, k) for n, k in zip(table, kinds, strict=True)]
    assert np.allclose(np.column_stack(found), numbers * TO_SI, rtol=1e-12)


def content(*parts):
    return "\n".join(parts).encode() + b"\n"


def packed(frame):
    book = io.BytesIO()
    frame.to_excel(book, index=False)
    return book.getvalue()


def matlab(columns):
    file = io.BytesIO()
    savemat(file, columns, do_compression=True)
    return file.getvalue()


FRAME = pd.DataFrame({"t [s]": [0.0, 1.0], "U [V]": [3.5, 3.6]})
VALID = {
    "a.csv": content("# ours", "Cell;A1", "t;U;note", 's;mV;""', '0;3500;"a; b"', "1;3600;x"),
    "b.txt": content("t [s]  U [V]", "0:00:00  3.5", "0:00:01  3.6"),
    "c.csv": gzip.compress(content("t,U", "0,3.5", "1,3.6"), mtime=0),
    "d.xlsx": packed(FRAME),
    "e.mat": matlab({"t": np.arange(3.0), "U": np.arange(3.0)}),
    "f.csv": "Zeit [s],U [V]\n28.11.2026 10:00:00,1\n28.11.2026 10:00:01,2\n".encode("utf-16"),
}


def everything(path):
    table = read_table(path)
    for name in table:
        table.text(name)
        for read in (table.seconds, table.column):
            with contextlib.suppress(MultiscaleError):
                read(name)


@PROFILES
@pytest.mark.parametrize("name", VALID)
def test_damaged_bytes_give_a_table_or_a_refusal(examples, name, tmp_path):
    survives(everything, VALID[name], tmp_path / name, examples)


def write(tmp_path, text, name="a.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def stored_zip(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, bytes_ in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), bytes_)
    return file.getvalue()


REFUSED = [
    ("", "is empty"),
    ("a,b\n", "needs a row of column names and rows of numbers"),
    ("1,2\n3,4\n", "no row of column names above its numbers"),
    ("a,b\n1,2\n3\n", "line 3, row 2: 1 cells, but 2 column names; is the file cut off"),
    ("a,b\n1,2\n3,4,5\n", "line 3, row 2: 3 cells, but 2 column names"),
    ("# x\n\na,b\n1,2\n1,x\n", "line 5, row 2, column 'b': 'x' is not a number"),
    ("a;b\n1.0;2\n1;1,5\n", "line 3, row 2, column 'b': '1,5' has a decimal comma"),
    ("a;b\n1;1,234\n2;2,345\n", "has a decimal comma, or a thousands separator"),
    ('a,b\n1,"2\n3,4\n', "line 2: a quote is opened and never closed"),
    ("a,a\n1,2\n", "column 'a' stands 2 times, with different content, as columns 1, 2"),
    ("<html></html>", "HTML"),
    ('{"a": 1}', "JSON"),
    (b"NEWARE" + bytes(9), r"Neware \(.nda\); export it as CSV"),
    (b"BIO-LOGIC MODULAR FILE" + bytes(9), r"EC-Lab \(.mpr\); export it as text"),
    (b"\xd0\xcf\x11\xe0" + bytes(9), "old Excel file"),
    (b"\x00\x01\x00\x00Standard Jet DB", "Arbin"),
    (b"%PDF-1.7", "a PDF"),
    (b"PAR1" + bytes(9), "Parquet"),
    (b"a,b\n1,\x07\n", "line 2 holds a byte that no text has"),
    (bytes(100), "zero bytes"),
    (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "damaged or cut off"),
    (stored_zip(data_ndc=b"x"), r"Neware \(.ndax\)"),
    (stored_zip(a_csv=b"x"), "an archive"),
    (b"PK\x03\x04" + bytes(50), "damaged or cut off"),
]


@siblings(("text", "message"), REFUSED)
def test_what_is_no_table_is_named(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(ParameterError, match=message) as refusal:
        dict(read_table(path, error=ParameterError))
    assert "a.csv" in str(refusal.value)


def test_folders_and_what_is_not_there(tmp_path):
    with pytest.raises(ParameterError, match="is a folder"):
        read_table(tmp_path, error=ParameterError)
    with pytest.raises(ParameterError, match="There is no file"):
        read_table(tmp_path / "a.csv", error=ParameterError)


@siblings(
    ("limit", "value", "text", "message"),
    [
        ("MAX_ROWS", 3, "a,b\n" + "1,2\n" * 9, "more than 3 rows"),
        ("MAX_ROWS", 3, "\n" * 9 + "a,b\n1,2\n", "more than 6 lines"),
        ("MAX_COLUMNS", 3, "a,b,c,d\n1,2,3,4\n", "4 columns; the limit of a table is 3"),
        ("MAX_CELLS", 9, "a,b\n" + "1,2\n" * 9, "more than 9 cells"),
        ("MAX_LINE", 99, "a,b\n" + "1" * 100 + ",2\n", "line 2: longer than 99 characters"),
        ("MAX_BYTES", 999, b"a,b\n" + b"1,2\n" * 999, "a table has at most 999 bytes"),
        (
            "MAX_BYTES",
            999,
            gzip.compress(b"a,b\n" + b"1,2\n" * 999, mtime=0),
            "unpacks to more than",
        ),
        ("MAX_BYTES", 99, stored_zip(xl__workbook_xml=b"0" * 999), "at most 99 bytes"),
        ("MAX_BYTES", 500, stored_zip(xl__workbook_xml=b"0" * 999), "unpacks to more than"),
        ("MAX_SHEET_CELLS", 3, VALID["d.xlsx"], "more than 3 cells, the limit"),
        ("MAX_BYTES", 900, matlab({"a": np.zeros(9999)}), "unpacks to more than"),
    ],
)
def test_limits_are_named(tmp_path, monkeypatch, limit, value, text, message):
    monkeypatch.setattr(tables, limit, value)
    with pytest.raises(ParameterError, match=message):
        read_table(write(tmp_path, text), error=ParameterError)


@siblings(
    ("text", "numbers"),
    [
        ("a;b\n1;2\n1;1,5\n", [2, 1.5]),
        ("a\tb\n1,0\t3,600\n2,0\t3,650\n", [3.6, 3.65]),
        ("a|b\n1|-1,5E-03\n2|,5\n", [-1.5e-3, 0.5]),
        ("a b\n1 3,6\n2 3,65\n", [3.6, 3.65]),
        ("a;b\n1;0,123\n2;0,456\n", [0.123, 0.456]),
        ("a;b\n1;1.234,5\n2;1.000\n", [1234.5, 1000]),
        ("a;b\n1,5;\n2;3\n", [np.nan, 3]),
        ("t;b\n28.11.2026 10:00:00,5;1,5\n28.11.2026 10:00:01,5;2\n", [1.5, 2]),
        ("t;b\n28.11.2026;1,5\n28.11.2026;2\n", [1.5, 2]),
        ("sep=;\na;b\n1;1,5\n2;2,25\n", [1.5, 2.25]),
        ("Mass (mg);12.5\na;b\n1;1,5\n2;2,25\n", [1.5, 2.25]),
    ],
)
def test_decimal_commas_that_can_be_nothing_else(tmp_path, text, numbers):
    np.testing.assert_array_equal(read_table(write(tmp_path, text))["b"], numbers)


@siblings(
    "text",
    [
        "a;b\n1;1,234\n2;2,345\n",
        "a;b\n1;1.5\n2;2,5\n",
        "a;b\n1,5;1.234\n2,5;2\n",  # thousands in one column, or points in a mixed table
        "a;b\n0.5;1,5\n1;2,5\n",
    ],
)
def test_decimal_commas_that_may_be_something_else(tmp_path, text):
    with pytest.raises(MultiscaleError, match="has a decimal comma"):
        dict(read_table(write(tmp_path, text)))


def test_thousands(tmp_path):
    told = read_table(write(tmp_path, "a;b\n0,3;3.600\n0,4;1.000.000,5\n"), decimal=",")
    assert told["b"].tolist() == [3600, 1000000.5]
    mixed = read_table(write(tmp_path, "a;b\n1;1,234.5\n2;2 345\n3;3'000\n"))
    assert mixed["b"].tolist() == [1234.5, 2345, 3000]
    with pytest.raises(ParameterError, match="where a point separates thousands"):
        read_table(write(tmp_path, "a;b\n1;3.65\n"), decimal=",", error=ParameterError)["b"]


@siblings(
    ("cells", "seconds"),
    [
        (["00:00:00", "01:02:03.5"], [0, 3723.5]),
        (["0d 00:00:10.00", "1d 00:00:00.00"], [10, 86400]),
        (["0-00:00:10", "1-02:00:00"], [10, 93600]),
        (["0.00:00:10", "1.02:00:00"], [10, 93600]),
        (["0 days 00:00:10", "1 days 02:00:00"], [10, 93600]),
        (["99:00:00", "123:00:00"], [99 * 3600, 123 * 3600]),
        (["2026-11-28T10:00:00", "2026-11-28T10:00:10.5"], [0, 10.5]),
        (["2026-11-28 10:00:00+01:00", "2026-11-28 10:00:10+01:00"], [0, 10]),
        (["28.11.2026 10:00:00", "29.11.2026 10:00:00"], [0, 86400]),
        (["11/28/2026 10:00:00 AM", "11/28/2026 01:00:00 PM"], [0, 10800]),
        (["01/02/2026 10:00:00", "01/02/2026 10:00:10"], [0, 10]),
    ],
)
def test_times(tmp_path, cells, seconds):
    table = read_table(write(tmp_path, "t;x\n" + "".join(f"{cell};1\n" for cell in cells)))
    assert table.seconds("t").tolist() == seconds


def test_a_day_that_may_be_a_month_is_refused(tmp_path):
    path = write(tmp_path, "t;x\n01/02/2026 10:00:00;1\n02/02/2026 10:00:00;1\n")
    with pytest.raises(ParameterError, match="day before month"):
        read_table(path, error=ParameterError).seconds("t")


def test_a_comment_is_no_error_of_a_spreadsheet(tmp_path):
    table = read_table(write(tmp_path, "a,b\n1,2\n#N/A,3\n#5,6\n7,8\n"))
    assert np.isnan(table["a"][1])
    assert table["b"].tolist() == [2, 3, 8]


def test_labels_may_begin_with_a_hash():
    rows, lines = split_rows("# ours\nid,x\n#1,2\n", ",", "a.csv")
    assert (rows, lines) == ([["id", "x"], ["#1", "2"]], [2, 3])


def test_the_sheet_that_fits(tmp_path):
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        pd.DataFrame({"Cell": ["A1"]}).to_excel(book, sheet_name="info", index=False)
        pd.DataFrame({"cycle": [1, 2], "Q": [1.0, 2.0]}).to_excel(book, sheet_name="cycle")
        FRAME.to_excel(book, sheet_name="record", index=False, startrow=3)
    found = read_table(tmp_path / "a.xlsx", fits=lambda table: "U [V]" in table)
    assert found["U [V]"].tolist() == [3.5, 3.6]
    with pytest.raises(ParameterError, match=r"several sheets with a table, .*cycle, record"):
        read_table(tmp_path / "a.xlsx", error=ParameterError)


def test_without_openpyxl_a_workbook_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(ParameterError, match="openpyxl is not installed; install it, or save"):
        read_table(write(tmp_path, VALID["d.xlsx"], "d.xlsx"), error=ParameterError)


def test_nothing_below_one_has_thousands(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x;y\n9,123,456;1\n1,000;2\n")
    assert read_table(path)["x"].tolist() == [9123456, 1000]
    path.write_text("x;y\n0,123;1.5\n1.25;2.5\n0,456;3\n")
    with pytest.raises(MultiscaleError, match="'0,123' has a decimal comma; pass"):
        read_table(path)["x"]


@pytest.mark.parametrize("again", ["t;U\n", "s;V\n", "t;U\ns;V\n"])
def test_names_and_units_of_the_next_page_are_no_rows(tmp_path, again):
    path = tmp_path / "a.csv"
    path.write_text(f"t;U\ns;V\n0;3\n1;3.1\n{again}2;3.2\n")
    table = read_table(path)
    assert table["U"].tolist() == [3, 3.1, 3.2]
    assert table.unit("t") == "s"
