"""Every example in a docstring of the package gives what it says."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def modules_with_examples() -> dict[str, list[str]]:
    """By room."""
    rooms: dict[str, list[str]] = {}
    for path in sorted((ROOT / "multiscale").rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            rooms.setdefault(parts[1], []).append(".".join(parts).removesuffix(".__init__"))
    return rooms


ROOMS = modules_with_examples()


@pytest.mark.parametrize("names", ROOMS.values(), ids=ROOMS)
def test_docstring_examples(names, tmp_path, monkeypatch, subtests):
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    for name in names:
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        with subtests.test(name):
            outcome = doctest.testmod(importlib.import_module(name), optionflags=options)
            assert outcome.attempted > 0
            assert outcome.failed == 0
