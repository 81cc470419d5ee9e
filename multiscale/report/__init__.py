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
from multiscale.report.electrode import (
    half_cycle_table,
    kirchhoff,
    mechanism,
    timings_table,
    tuned_neck,
)
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
)
from multiscale.report.write import render, write_report

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
    "run_information",
    "stop_warnings",
    "timings_table",
    "tuned_neck",
    "versions",
    "write_report",
]
