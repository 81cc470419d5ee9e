"""Reports: one self-contained HTML file of figures, tables, criteria and sources.

Examples
--------
>>> from pathlib import Path
>>> from multiscale.report import KeyValues, Page, Section, write_report
>>> page = Page("Charge at C/3", "One particle.", [Section("Run", [KeyValues({"Unknowns": 1261})])])
>>> write_report(Path("run"), page).name
'report.html'
"""

from multiscale.report.contents import (
    balances,
    parameters,
    run_information,
    stop_warnings,
    versions,
)
from multiscale.report.page import (
    Animation,
    Criteria,
    Figure,
    Frames,
    KeyValues,
    Page,
    Parameters,
    Section,
    Table,
    Text,
)
from multiscale.report.write import render, write_report

__all__ = [
    "Animation",
    "Criteria",
    "Figure",
    "Frames",
    "KeyValues",
    "Page",
    "Parameters",
    "Section",
    "Table",
    "Text",
    "balances",
    "parameters",
    "render",
    "run_information",
    "stop_warnings",
    "versions",
    "write_report",
]
