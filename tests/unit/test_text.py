"""Text, JSON and TOML of files: what is read, and what is refused by name."""

from __future__ import annotations

import codecs
import json
import os

import pytest
from siblings import siblings

from multiscale import text
from multiscale.errors import DatasetError
from multiscale.text import (
    MOST_BYTES,
    decoded,
    parse_json,
    parse_toml,
    read_bytes,
    read_json,
    read_toml,
)

WORDS = 'a = "D [m².s⁻¹]"\r\nb = 1\r\n'


@siblings(
    "content",
    [
        WORDS.encode(),
        codecs.BOM_UTF8 + WORDS.encode(),
        WORDS.encode("utf-16"),
        codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"),
        WORDS.encode("utf-16-le"),
        WORDS.encode("utf-16-be"),
        WORDS.encode("utf-32"),
        codecs.BOM_UTF32_BE + WORDS.encode("utf-32-be"),
        WORDS.replace("\r\n", "\r").encode(),
    ],
)
def test_text_as_editors_write_it(tmp_path, content):
    (tmp_path / "a.toml").write_bytes(content)
    assert read_toml(tmp_path / "a.toml", DatasetError) == {"a": "D [m².s⁻¹]", "b": 1}


@siblings(
    ("content", "said"),
    [
        (b"\x00\x01\x02\x03", "zero bytes"),
        (b"abc\xff", r"not UTF-8 \(byte 3\)"),
        (codecs.BOM_UTF16_LE + b"a\x00b", r"not UTF-16 \(byte 4\)"),
        (codecs.BOM_UTF8 + b"a\xff", r"not UTF-8 \(byte 4\)"),
    ],
)
def test_bytes_that_are_no_text(content, said):
    with pytest.raises(DatasetError, match=said):
        decoded(content, "a.csv", DatasetError)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, said in [("", "is a folder"), ("no", "There is no file"), ("pipe", "a pipe")]:
        with pytest.raises(DatasetError, match=said):
            read_bytes(tmp_path / name, DatasetError)
    for odd in ("a\0b", "x" * 5000):
        with pytest.raises(DatasetError):
            read_bytes(odd, DatasetError)
    (tmp_path / "whole").write_bytes(b"abc")
    assert read_bytes(tmp_path / "whole", DatasetError, most=3) == b"abc"  # the limit itself
    with open(tmp_path / "large.json", "wb") as file:
        file.truncate(text.MAX_JSON_BYTES + 1)  # sparse: takes no room
    with pytest.raises(DatasetError, match=r"large\.json has 32 MiB; a list has at most 32 MiB"):
        read_json(tmp_path / "large.json", "a list", DatasetError)


@siblings(
    ("content", "said"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ('{"a": [1, 2', "truncated"),
        ("[" * 100_000, "deeper than 64"),
        ('{"a":' * 100_000, "deeper than 64"),
        ('{"a":' + "[" * 70 + "]" * 70 + "}", "deeper than 64"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "key 'c' twice"),
        ('{"a": NaN}', "holds NaN"),
        ('{"a": -Infinity}', "holds -Infinity"),
        ('{"a": 1e999}', "holds 1e999"),
        ('{"a": ' + "9" * 5000 + "}", "5000 digits"),
        ('{"a": "\\ud800"}', "no text has"),
        ('{"\\u0000": 1}', "no text has"),
        ("[]", "no JSON object but a list"),
        ("null", "but null"),
        ("1", "but a number"),
        ('{"a": 1} {"b": 2}', "Extra data"),
        ("{'a': 1}", "is not JSON"),
        ("<xml/>", "is not JSON"),
    ],
)
def test_json_that_is_refused(content, said):
    with pytest.raises(DatasetError, match=said) as caught:
        parse_json(content, "a.json", DatasetError)
    assert str(caught.value).startswith("a.json ")
    assert len(str(caught.value)) < 200


def test_the_deepest_lists():
    for depth in (1, text.MAX_DEPTH - 1):  # the object around them is one level
        assert parse_json('{"a":' + "[" * depth + "]" * depth + "}", "a.json", DatasetError)
    deep = '{"a":' + "[" * text.MAX_DEPTH + "]" * text.MAX_DEPTH + "}"
    with pytest.raises(DatasetError, match="deeper than 64"):
        parse_json(deep, "a.json", DatasetError)


def test_the_longest_whole_number():
    for digits, kept in ((text.MAX_DIGITS, True), (text.MAX_DIGITS + 1, False)):
        word = "1" * digits
        if kept:
            assert parse_json(f'{{"a": {word}}}', "a.json", DatasetError) == {"a": int(word)}
        else:
            with pytest.raises(DatasetError, match="an integer of 301 digits; at most 300"):
                parse_json(f'{{"a": {word}}}', "a.json", DatasetError)


def test_json_that_is_read():
    value = {"a": [1.5, "[[[[", {"😀": None}], "b": 2**60, "c": 1e300, "d": '"\\'}
    assert parse_json(json.dumps(value), "a.json", DatasetError) == value


@siblings(
    ("content", "said"),
    [
        ("a = ", "not valid TOML"),
        ("a=" + "[" * 100_000, "nested too deeply"),
        ("a=" + "{a=" * 1000, "nested too deeply"),
        ("a." * 300_000 + "a = 1", "nested too deeply"),
        ("[" + '"a".' * 300_000 + "a]", "nested too deeply"),
        ("a=" + "9" * 5000, "digits"),
        ("a=" + "9" * 400, "more than 300 digits"),
        ("a=0x" + "f" * 5000, "more than 300 digits"),
        ('a="\\u0000"', "no text has"),
        ("a = 1\na = 2", "not valid TOML"),
        ("#" * (MOST_BYTES + 1), "the limit is 5000000"),
    ],
)
def test_toml_that_is_refused(content, said):
    with pytest.raises(DatasetError, match=said) as caught:
        parse_toml(content, "a.toml", DatasetError)
    assert str(caught.value).startswith("a.toml")
