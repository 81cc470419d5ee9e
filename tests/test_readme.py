"""Every Python block of the README and of docs/*.md runs as it stands.

Blocks of one file share a namespace and a temporary working directory. A block that is only to
be read is fenced as `text` or `py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```python[^\S\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def python_blocks(page: Path) -> list[tuple[int, str]]:
    """First line number and source of each Python block."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, m.start(1)), m.group(1)) for m in FENCE.finditer(text)]


PAGES = [
    page for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))) if python_blocks(page)
]


def test_readme_has_an_example():
    assert ROOT / "README.md" in PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {"__name__": "__main__"}
    for first_line, source in python_blocks(page):
        # Blank lines in front, so that a traceback gives the line of the page.
        exec(compile("\n" * first_line + source, page, "exec"), scope)
