"""Every file in examples/ runs: it checks its own numbers and returns what it found."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


# What it shows, tests/integration/test_package_validation.py tests too.
LONG = ("validate_data_package",)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.slow] if path.stem in LONG else [], id=path.stem)
        for path in EXAMPLES
    ],
)
def test_example(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main = runpy.run_path(str(path)).get("main")
    assert main is not None, f"{path.name} has no main()"
    assert main() is not None, f"main() of {path.name} returns nothing"
    assert "assert " in path.read_text(encoding="utf-8"), f"{path.name} asserts no number"
