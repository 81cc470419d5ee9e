"""The format of case files as JSON Schema, so that editors complete and check them.

Made from the models of ``schema.py`` and of each kind, their docstrings, and the signatures of what
a case file may name: observables, figures, tables, makers.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from multiscale.cases import comparison, figures
from multiscale.cases.kind import Kind
from multiscale.cases.kinds import NAMED, SIMULATIONS
from multiscale.cases.reading import OF_SIMULATIONS
from multiscale.cases.schema import Case, RunSpec
from multiscale.cases.tables import Call, Table, arguments_of

Schema = dict[str, Any]
NAME = "case.schema.json"  # beside the built-in cases


def text() -> str:
    """The schema as the file that is stored."""
    return json.dumps(case_schema(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def case_schema() -> Schema:
    """JSON Schema (draft 2020-12) of a case file of any kind.

    Examples
    --------
    >>> sorted(case_schema()["$defs"]["MeshSpec"]["anyOf"][0]["properties"])[:3]
    ['file', 'grading', 'groups']
    """
    definitions: Schema = {}
    alternatives = [
        _of_kind(kind, definitions) for kind in (*SIMULATIONS.values(), *NAMED.values())
    ]
    for name, model in _tables(Table):
        if name in definitions:
            definitions[name] = _described(definitions[name], model)
    definitions["RunSpec"].pop("required")  # what a variant leaves out stands in the case
    return _tidied(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Case file of multiscale",
            "anyOf": alternatives,
            "$defs": definitions,
        }
    )


def _of_kind(kind: Kind, definitions: Schema) -> Schema:
    """A file of one kind; what it refers to is put among the definitions."""
    made = Case[kind.variant].model_json_schema()  # type: ignore[name-defined]
    definitions.update(made.pop("$defs"))
    for key, field in Case.model_fields.items():
        if field.exclude or (key in OF_SIMULATIONS and kind.name in NAMED):
            del made["properties"][key]
    properties, words = made["properties"], dict(_attributes(Case))
    if kind.name in SIMULATIONS:
        del properties["kind"]
        run = RunSpec.model_json_schema()["properties"]
        del run["name"]
        properties |= run
        words |= dict(_attributes(RunSpec))
        properties["figures"]["items"] = _naming("FigureSpec", "kind", figures.KINDS, 2)
        properties["tables"]["items"] = _naming("TableSpec", "kind", comparison.TABLES, 3)
        properties["remarks"]["items"] = _naming("Remark", "measure", kind.observables, 1)
    else:
        properties["kind"] = {"const": kind.name}
    properties["criteria"]["items"] = _naming("Criterion", "measure", kind.observables, 1)
    for key, text in words.items():
        if key in properties:
            properties[key]["description"] = text
    required = ["title", "description", *(["kind", "variants"] if kind.name in NAMED else [])]
    return made | {"description": f"A case of the kind {kind.name!r}", "required": required}


def _naming(model: str, key: str, functions: Mapping[str, Callable[..., Any]], own: int) -> Schema:
    """A table that names a function, whose arguments are a table within it."""
    choices = []
    for name, function in functions.items():
        arguments = _arguments(function, own)
        choice: Schema = {"properties": {key: {"const": name}, "arguments": arguments}}
        choices.append(choice | ({"required": ["arguments"]} if "required" in arguments else {}))
    return {"$ref": f"#/$defs/{model}", "anyOf": choices}


def _arguments(function: Callable[..., Any], own: int) -> Schema:
    known = arguments_of(function, own)
    properties = {name: dict(rule.schema) for name, (rule, _) in known.items()}
    required = [name for name, (_, needed) in known.items() if needed]
    made = {"type": "object", "properties": properties, "additionalProperties": False}
    return made | ({"required": required} if required else {})


def _tables(model: type[Table]) -> Iterator[tuple[str, type[Table]]]:
    for one in model.__subclasses__():
        yield one.__name__, one
        yield from _tables(one)


def _described(made: Schema, model: type[Table]) -> Schema:
    """With the words of the docstring; one that names a function has an alternative for each."""
    properties = made["properties"]
    for key, text in _attributes(model):
        if key in properties:
            properties[key]["description"] = text
    made["description"] = inspect.cleandoc(model.__doc__ or "").partition("\n\n")[0]
    for key, field in model.model_fields.items():
        if field.exclude:
            properties.pop(key, None)
    if not issubclass(model, Call):
        return made
    fields = {key: value for key, value in properties.items() if key != "arguments"}
    alternatives, every = [], dict(fields)
    for name, function in model.CHOICES.items():
        own = _arguments(function, 0)["properties"] | fields
        alternatives.append(own | {model.KEY: {"const": name}})
        every |= own
    if not model.model_fields[model.KEY].is_required():  # a file, or a change of what stands above
        alternatives.append({key: every[key] for key in every if key != model.KEY})
    tables = [
        {"type": "object", "properties": one, "additionalProperties": False} for one in alternatives
    ]
    return {"description": made["description"], "anyOf": tables}


def _attributes(model: type[Table]) -> Iterator[tuple[str, str]]:
    """Names in the section Attributes of a docstring, and what it says of them."""
    section = inspect.cleandoc(model.__doc__ or "").partition("Attributes\n----------\n")[2]
    section = re.split(r"\n\n\w+\n---", section)[0]
    for head, text in re.findall(r"^(\S[^\n]*)\n?((?:^    [^\n]*\n?)*)", section, re.M):
        names, _, kind = head.partition(" : ")
        said = " ".join(text.split()) or kind
        yield from ((name.strip(), said.replace("``", "`")) for name in names.split(","))


def _tidied(value: Any) -> Any:
    """Without the titles that repeat a key, and without null, which TOML does not have."""
    if isinstance(value, list):
        return [_tidied(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {
        key: _tidied(one)
        for key, one in value.items()
        if not (key == "title" and isinstance(one, str) and "$schema" not in value)
        and not (key == "default" and (one is None or isinstance(one, dict)))
    }
    choices = kept.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        choices.remove({"type": "null"})
        if len(choices) == 1:
            kept |= kept.pop("anyOf")[0]
    return kept
