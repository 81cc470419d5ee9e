"""Reports: one self-contained HTML file of figures, tables, criteria and sources.

Examples
--------
>>> from pathlib import Path
>>> from multiscale.report import KeyValues, Page, Section, write_report
>>> page = Page("Charge at C/3", "One particle.", [Section("Run", [KeyValues({"Unknowns": 1261})])])
>>> write_report(Path("run"), page).name
'report.html'
"""

from multiscale.report.page import (
    Animation,
    Callout,
    Criteria,
    Figure,
    Frames,
    HeatTable,
    KeyValues,
    Page,
    Parameters,
    Section,
    Table,
    Text,
    render,
    write_report,
)
from multiscale.report.results import (
    balances,
    half_cycle_table,
    kirchhoff,
    mechanism,
    parameters,
    timings_table,
    versions,
)

__all__ = [
    "Animation",
    "Callout",
    "Criteria",
    "Figure",
    "Frames",
    "HeatTable",
    "KeyValues",
    "Page",
    "Parameters",
    "Section",
    "Table",
    "Text",
    "balances",
    "half_cycle_table",
    "kirchhoff",
    "mechanism",
    "parameters",
    "render",
    "timings_table",
    "versions",
    "write_report",
]
