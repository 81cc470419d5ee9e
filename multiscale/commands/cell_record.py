"""Options for the file of a cycler, and the record they make of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiscale.errors import AnalysisError

if TYPE_CHECKING:
    from multiscale.analysis.cycler import Record


def add_record_options(parser: Any) -> None:
    """How the file is to be read: columns, sign, decimals."""
    parser.add_argument(
        "--columns",
        metavar="ROLE=HEADER[:UNIT]",
        nargs="+",
        default=[],
        help="for records with other headers than the Battery Data Format: time=Seconds:s "
        "current=Amps:A voltage=Volts:V",
    )
    parser.add_argument(
        "--positive",
        choices=("charge", "discharge"),
        help="what a positive current does (what a column of states says; without one charge, as "
        "in the Battery Data Format)",
    )
    parser.add_argument("--decimal", choices=(".", ","), default=".", help="decimal sign (.)")


def read_cell(file: Path, options: argparse.Namespace) -> Record:
    """The record of a file, read as the options say."""
    from multiscale.analysis.cycler import read_record

    return read_record(
        file,
        parse_columns(options.columns),
        positive=options.positive,
        decimal=options.decimal,
    )


def parse_columns(texts: list[str]) -> dict[str, str]:
    """Role -> header from texts like ``time=Seconds:s``.

    Examples
    --------
    >>> parse_columns(["time=Seconds:s"])
    {'time': 'Seconds:s'}
    """
    found = {}
    for text in texts:
        role, equals, header = text.partition("=")
        if not equals:
            raise AnalysisError(f"--columns {text!r}: write ROLE=HEADER or ROLE=HEADER:UNIT")
        found[role.strip()] = header.strip()
    return found
