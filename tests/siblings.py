"""Tests of siblings: one test of a kind goes through all of them and reports every failure."""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import reprlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def siblings(
    names: str | Sequence[str], values: Iterable[Any], ids: Any = None
) -> Callable[[Any], Any]:
    """As `pytest.mark.parametrize`, but all values are one test, each a subtest of its own.

    Every sibling has a folder, patches, captured output and random numbers of its own if the test
    asks for `tmp_path`, `monkeypatch`, `capsys` or `rng`, and a copy of every fixture that is a
    folder, a dictionary, an array or the like; other fixtures they share. Several of
    these decorators on one test give every combination; on a class they hold for all its tests.
    """
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    rows = [row if len(names) > 1 else (row,) for row in values]
    if ids is None:
        ids = [", ".join(map(reprlib.repr, row)) for row in rows]
    elif callable(ids):
        ids = [", ".join(str(ids(value)) for value in row) for row in rows]
    cases = [
        (str(id), dict(zip(names, row, strict=True))) for id, row in zip(ids, rows, strict=True)
    ]

    def decorate(test: Any) -> Any:
        if inspect.isclass(test):
            for name, method in inspect.getmembers(test, inspect.isfunction):
                if name.startswith("test_"):
                    setattr(test, name, decorate(method))
            return test
        test, others = getattr(test, "siblings", (test, [("", {})]))
        pairs = itertools.product(cases, others)
        combined = [(f"{one} {other}".strip(), a | b) for (one, a), (other, b) in pairs]
        return _in_one(test, combined)

    return decorate


def _in_one(test: Callable, cases: list[tuple[str, dict[str, Any]]]) -> Callable:
    asked = inspect.signature(test)

    @functools.wraps(test)
    def all_siblings(*self: Any, subtests: Any, **fixtures: Any) -> None:
        for number, (id, values) in enumerate(cases):
            with subtests.test(id), _own(fixtures, number) as own:
                test(*self, **own, **values)

    kept = [one for one in asked.parameters.values() if one.name not in cases[0][1]]
    subtests = inspect.Parameter("subtests", inspect.Parameter.KEYWORD_ONLY)
    all_siblings.__signature__ = asked.replace(parameters=[*kept, subtests])  # type: ignore[attr-defined]
    all_siblings.siblings = (test, cases)  # type: ignore[attr-defined]
    return all_siblings


@contextlib.contextmanager
def _own(fixtures: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    """The fixtures of one sibling, as if no other had used them."""
    own = dict(fixtures)
    np.random.seed(0)  # noqa: NPY002
    with contextlib.ExitStack() as stack:
        for name, value in own.items():
            if name == "monkeypatch":
                own[name] = stack.enter_context(value.context())
            elif name == "tmp_path":
                own[name] = value / f"sibling{number}"
                own[name].mkdir(exist_ok=True)
            elif name in ("capsys", "capfd"):
                value.readouterr()
            elif name == "rng":
                own[name] = np.random.default_rng(0)
            elif isinstance(value, Path) and value.is_dir():
                own[name] = value.parent / f"sibling{number}" / value.name
                shutil.copytree(value, own[name])
            else:
                own[name] = _copied(value)
        yield own


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return value.copy() if hasattr(value, "copy") else value
