"""The JSON Schema of case files: in step with the models, and right about what is a case."""

from __future__ import annotations

import json
import tomllib

import jsonschema
import pytest

from multiscale.cases.json_schema import NAME, case_schema, text
from multiscale.cases.reading import folder, list_folders, read_folder
from multiscale.cli import main

SCHEMA = jsonschema.Draft202012Validator(case_schema())


def test_the_stored_schema_is_up_to_date(capsys):
    stored = (folder() / NAME).read_text(encoding="utf-8")
    assert stored == text(), "multiscale cases --schema > validation/case.schema.json"
    assert main(["cases", "--schema"]) == 0
    assert capsys.readouterr().out == stored
    jsonschema.Draft202012Validator.check_schema(json.loads(stored))


def test_it_accepts_every_built_in_case():
    refused = {
        name: [error.message for error in SCHEMA.iter_errors(tomllib.loads(read_folder(name)[0]))]
        for name in list_folders()
    }
    assert {name: errors for name, errors in refused.items() if errors} == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title =", "titel ="),
        ('name = "disk_2um"', 'recipe = "dsik"'),
        ('kind = "hard"', 'kind = "soft"'),
        ('measure = "removed_at_edge"', 'measure = "removed_at_rim"'),
        ("{ time = 300 }", '{ time = "late" }'),
        ("{ time = 300 }", "{ tiem = 300 }"),
        ('kind = "field_panels"', 'kind = "field_panel"'),
        ("low = { factor = 0.5 }", "low = { fator = 0.5 }"),
    ],
)
def test_it_refuses_what_the_reader_refuses(old, new):
    case = read_folder("xu2022_charge")[0]
    assert old in case
    assert not SCHEMA.is_valid(tomllib.loads(case.replace(old, new, 1)))


def test_keys_are_described():
    (recipe,) = (
        one
        for one in case_schema()["$defs"]["MeshSpec"]["anyOf"]
        if one["properties"].get("recipe") == {"const": "disk"}
    )
    assert "Factor on all coordinates" in recipe["properties"]["scale"]["description"]
    assert recipe["properties"]["scale"]["minimum"] == 1e-3
