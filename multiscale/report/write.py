"""One file that holds a whole report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from string import Template

from multiscale.report import blocks as html
from multiscale.report.page import Block, Figure, Page, Section


def write_report(folder: Path, page: Page) -> Path:
    """Write ``report.html``: one file with its pictures inside, that needs no network.

    Parameters
    ----------
    folder : path
        Made if it does not exist.
    page : Page

    Returns
    -------
    pathlib.Path
        Of the file.

    Examples
    --------
    >>> write_report(Path("run"), Page("A charge", "One particle at C/3.")).name
    'report.html'
    """
    path = Path(folder) / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(page), encoding="utf-8")
    return path


def render(page: Page) -> str:
    """The page as HTML.

    Examples
    --------
    >>> "<h1>A &amp; B</h1>" in render(Page("A & B"))
    True
    """
    template = Template(_asset("template.html"))
    return template.substitute(
        title=html.text(page.title),
        style=_asset("style.css"),
        description=html.paragraphs(page.description),
        verdicts=_verdicts(page),
        facts=_facts(page),
        warnings=_warnings(page),
        contents=_contents(page),
        sections="\n".join(_section(i, section) for i, section in enumerate(page.sections)),
    )


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _verdicts(page: Page) -> str:
    counted = {verdict: n for verdict, n in page.verdicts().items() if n}
    pills = "".join(f"<li>{n} {html.badge(verdict)}</li>" for verdict, n in counted.items())
    return f'<ul class="pills">{pills}</ul>' if pills else ""


def _facts(page: Page) -> str:
    pairs = "".join(
        f"<div><dt>{html.text(name)}</dt><dd>{html.text(value)}</dd></div>"
        for name, value in page.facts.items()
    )
    return f'<dl class="facts">{pairs}</dl>' if pairs else ""


def _warnings(page: Page) -> str:
    lines = "".join(f"<li>{html.linked(warning)}</li>" for warning in page.warnings)
    if not lines:
        return ""
    return f'<aside class="warnings" role="note"><h2>Mind</h2><ul>{lines}</ul></aside>'


def _contents(page: Page) -> str:
    if len(page.sections) < 3:
        return ""
    links = "".join(
        f'<a href="#s{i}">{html.text(section.title)}</a>' for i, section in enumerate(page.sections)
    )
    return f'<nav aria-label="Contents">{links}</nav>'


def _in_rows(blocks: Sequence[Block]) -> Iterator[str]:
    """Blocks in order; figures that follow each other share a row where there is room."""
    for is_figure, group in groupby(blocks, lambda block: isinstance(block, Figure)):
        content = "\n".join(html.block(block) for block in group)
        yield f'<div class="figures">{content}</div>' if is_figure else content


def _section(number: int, section: Section) -> str:
    blocks = "\n".join(_in_rows(section.blocks))
    title = f"<h2>{html.text(section.title)}</h2>"
    if section.folded:
        blocks = f"<details><summary>{title}</summary>\n{blocks}\n</details>"
        title = ""
    return f'<section id="s{number}">{title}\n{blocks}\n</section>'
