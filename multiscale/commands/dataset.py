"""``multiscale dataset``: the check of a data package."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_dataset(commands: Any) -> None:
    """The command and its options."""
    parser = commands.add_parser("dataset", help="check a data package of particle timings")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser(
        "check",
        help="hold a package against its description, its schema and itself",
        description="Look for missing files and columns, wrong units, duplicates, times out of "
        "order, missing uncertainties, changed files, and outlines, traces or a cell record that "
        "do not fit the table.",
        epilog="Exit code: 0 no errors (there may be remarks), 1 errors, 2 wrong input.",
    )
    check.add_argument("folder", metavar="DIR", type=Path, help="folder with particles.csv")
    check.set_defaults(command=_check)


def _check(options: argparse.Namespace) -> int:
    from multiscale.dataset import check_package

    findings = check_package(options.folder)
    for finding in findings:
        print(finding)
    errors = sum(finding.is_error for finding in findings)
    counts = {"error": errors, "remark": len(findings) - errors}
    counted = [f"{n} {word}{'s' if n > 1 else ''}" for word, n in counts.items() if n]
    print(f"{options.folder}: {', '.join(counted) or 'no findings'}")
    return 1 if errors else 0
