"""``multiscale validate``: cases judged against papers, exact solutions, data and other codes."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from multiscale.commands.options import (
    add_overwrite,
    between,
    content_of,
    count,
    goes_on,
    left_as_it_was,
    tell,
)
from multiscale.errors import CaseError
from multiscale.folders import SENSITIVITY, VALIDATION, Kind, ResultFolder, result_folder

OK, FAILED, SOFTWARE = 0, 1, 70
MOST_S = 1e6  # of CPU time
DATA_VARIABLE = "MULTISCALE_DATA"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def add_validate(commands: Any) -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "validate",
        help="judge cases against papers, exact solutions, data and other codes",
        description="Run cases with criteria, in processes of their own, and judge them. All "
        "built-in ones by default; CASE is a name, the path of a .toml, or the folder of a data "
        "package.",
        epilog="Leaves in DIR: validation.json and report.html; with --sensitivity "
        "sensitivity_CASE.csv and .png. Exit code: 0 every hard criterion holds, 1 one does not or "
        "could not be judged, 2 wrong input, 70 a fault of multiscale.",
    )
    parser.add_argument("cases", metavar="CASE", nargs="*", help="which (all)")
    parser.add_argument("--fast", action="store_true", help="a subset of about a minute")
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="(results/validation, results/sensitivity_CASE)",
    )
    add_overwrite(parser)
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with a validation that was interrupted or killed, after the parts it had "
        "solved",
    )
    parser.add_argument(
        "--compare", metavar="OLD.json", type=Path, help="show what moved since this outcome"
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        help=f"folder of data sets that are not part of the repository (${DATA_VARIABLE})",
    )
    parser.add_argument(
        "--parameters",
        metavar="SET",
        help="what data packages are simulated with, instead of what they state",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=count(1, 256),
        default=2,
        help="processes at a time (%(default)s)",
    )
    parser.add_argument(
        "--cpu-limit",
        metavar="S",
        type=between(1, MOST_S),
        help="CPU time after which a part is stopped; a busy machine stops nothing (1800)",
    )
    parser.add_argument(
        "--sensitivity",
        metavar="CASE",
        help="instead: how its criteria move with each uncertain parameter",
    )
    parser.add_argument(
        "--renew-reference",
        action="store_true",
        help="store the outcome as what later ones are compared with, and renew the tables of "
        "docs/validation.md",
    )
    parser.add_argument(
        "--allow-known",
        action="store_true",
        help="let hard criteria fail that fail in the stored outcome as well: for regressions",
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    parser.set_defaults(command=_validate)


def _validate(options: argparse.Namespace) -> int:
    for name in THREADS:  # threads only slow down matrices of this size
        os.environ.setdefault(name, "1")
    from multiscale.cases.pool import CPU_LIMIT_S

    if options.cpu_limit is None:
        options.cpu_limit = CPU_LIMIT_S
    if options.sensitivity and options.resume:
        raise CaseError("--resume is for validations; a sensitivity begins at its beginning")
    return _sensitivity(options) if options.sensitivity else _judge(options)


def _folder(
    options: argparse.Namespace, kind: Kind, folder: Path, of: str, cases: Any
) -> AbstractContextManager[ResultFolder]:
    """The folder for the results, which depend on the options and on the files of the cases."""
    from multiscale.cases.reading import list_folders, read_folder

    built_in = list_folders()
    sources = [
        read_folder(case.source)[0] if case.source in built_in else Path(case.source)
        for case in cases
    ]
    content = content_of(options, sources)
    return result_folder(
        folder,
        kind,
        of=of,
        content=content,
        overwrite=options.overwrite,
        resume=options.resume,
    )


def _judge(options: argparse.Namespace) -> int:
    from multiscale import cases as suite
    from multiscale.cases import reference
    from multiscale.cases import validation_output as output
    from multiscale.cases.package import PARAMETERS, is_package
    from multiscale.cases.reading import list_folders
    from multiscale.cases.suite import count_kept, parts_of
    from multiscale.cases.validation_output import outcome, progress, write_page

    names = options.cases
    if options.parameters:
        packages = [name for name in names if is_package(name)]
        if not packages:
            raise CaseError("--parameters is for data packages; other cases state theirs")
        names = [
            f"{name}{PARAMETERS}{options.parameters}" if name in packages else name
            for name in names
        ]
    names = names or suite.list_suite()
    cases = [suite.load_suite_case(name) for name in dict.fromkeys(names)]
    own = [case.source for case in cases if case.source not in list_folders()]
    if options.renew_reference and own:
        raise CaseError(f"--renew-reference is for built-in cases; {own[0]} is a file of its own")
    old = output.read_rows(options.compare) if options.compare else None
    run = suite.SuiteRun(cases, fast=options.fast)
    folder = options.out or Path("results/validation")
    of = ", ".join(case.name for case in cases) if options.cases else "the whole suite"
    with _folder(options, VALIDATION, folder, of, cases) as result:
        steps = result.keep_steps()
        there = count_kept(steps)
        if options.resume and result.done and not there:
            result.abandoned = True
            print(f"multiscale: the validation in {folder} is complete", file=sys.stderr)
            return _judged(output.read_rows(folder), options)
        if options.resume:
            print(f"multiscale: {goes_on(there, folder, 'part')}", file=sys.stderr)
        costs = {}  # seconds that each part took when the stored outcomes were made
        for case in cases:
            seconds = reference.stored(case.name)["seconds"]
            for part in parts_of(case, tuple(case.variants)):
                if set(part.variants) <= set(seconds):
                    costs[str(part)] = sum(seconds[name] for name in part.variants)
        data = options.data or os.environ.get(DATA_VARIABLE) or None
        if data:
            data = Path(data).expanduser()
            if not data.is_dir():
                raise CaseError(f"--data: there is no folder {data}")
            data = data.resolve()
        suite.run_suite(
            run,
            data=data,
            workers=options.workers,
            cpu_limit_s=options.cpu_limit,
            costs=costs,
            tick=progress(options.quiet),
            folder=steps,
        )
        if left_as_it_was(result, folder, run.interrupted):
            return FAILED
        rows = suite.rows_of(run, whole=not options.cases)
        differing = reference.differences(rows)
        changes = None if old is None else output.moved(old, rows)
        output.write_rows(rows, result.new)
        write_page(run, rows, result.new, changes, differing)
    tell(result, folder)
    if options.renew_reference:
        seconds = {name: one.seconds for name, one in run.outcomes.items()}
        reference.renew(rows, seconds, reference.checkout())
        _renew_page()
    if not options.quiet:
        print(outcome(run, rows, changes, differing, folder / "report.html"))
    code = _judged(rows, options)
    if run.interrupted:
        print(
            f"multiscale: interrupted; {folder} holds what was solved; go on from there with "
            "--resume",
            file=sys.stderr,
        )
    return code or (FAILED if run.interrupted else OK)


def _judged(rows: Any, options: argparse.Namespace) -> int:
    """Exit code for the rows of a validation; says on standard error what is wrong with them."""
    from multiscale import cases as suite
    from multiscale.cases import reference

    failing = reference.new_failures(rows) if options.allow_known else suite.gating(rows)
    faults = [row for row in rows if row["reason"] == suite.FAULT]
    for row in [*failing, *(row for row in faults if row not in failing)]:
        print(f"multiscale: {suite.complaint(row)}", file=sys.stderr)
    if faults:
        return SOFTWARE
    return FAILED if failing else OK


def _renew_page() -> None:
    from multiscale.cases import reference

    place = reference.checkout()
    reference.renew_page(place.parent / "docs", place)


def _sensitivity(options: argparse.Namespace) -> int:
    from multiscale.cases import load_suite_case
    from multiscale.cases.reference import checkout
    from multiscale.cases.sensitivity import (
        outcome,
        sensitivity,
        store_sensitivity,
        write_sensitivity,
    )
    from multiscale.cases.validation_output import progress

    case = load_suite_case(options.sensitivity)
    folder = options.out or Path("results") / f"sensitivity_{case.name}"
    with _folder(options, SENSITIVITY, folder, case.name, [case]) as result:
        table = sensitivity(
            case,
            workers=options.workers,
            cpu_limit_s=options.cpu_limit,
            tick=progress(options.quiet),
        )
        files = write_sensitivity(table, case, result.new)
    tell(result, folder)
    if options.renew_reference:
        store_sensitivity(table, case, checkout())
        _renew_page()
    if not options.quiet:
        print(outcome(table, [folder / path.name for path in files]))
    return OK
