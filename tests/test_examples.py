"""Every file in examples/ runs: it checks its own numbers and returns what it found."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main = runpy.run_path(str(path)).get("main")
    assert main is not None, f"{path.name} has no main()"
    assert main() is not None, f"main() of {path.name} returns nothing"
    assert "assert " in path.read_text(encoding="utf-8"), f"{path.name} asserts no number"
