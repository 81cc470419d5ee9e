"""The command line: ``multiscale --help``."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tomllib
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Before PyBaMM is imported anywhere: no network access on behalf of the user.
os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

from multiscale.commands.dataset import add_dataset
from multiscale.commands.geometry import add_geometry
from multiscale.commands.gitt import add_gitt
from multiscale.commands.movie import add_movie
from multiscale.commands.options import Parser, add_overwrite, goes_on, left_as_it_was, tell
from multiscale.commands.parameters import add_compare, add_parameters
from multiscale.commands.timings import add_timings
from multiscale.commands.validate import add_validate
from multiscale.errors import CaseError, MultiscaleError
from multiscale.faults import (
    close_streams,
    command_line,
    fault,
    nobody_reads,
    open_streams,
    out_of_memory,
    printable,
    quiet_libraries,
    refused_by_system,
)

OK, FAILED, WRONG_INPUT = 0, 1, 2
SOFTWARE = 70  # EX_SOFTWARE of sysexits.h


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, 1 failed runs, 2 wrong input, 70 a fault of ours.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the name of the program; by default those it was started with.

    Examples
    --------
    >>> main(["parameters", "check", "Xu2022_NMC88"])
    Xu2022_NMC88: no findings
    0
    """
    open_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    code = OK
    try:
        try:
            options = _parser().parse_args(words)
        except SystemExit as done:  # after a help text or a wrong option
            code = int(done.code or OK)
            sys.stdout.flush()
            raise
        with quiet_libraries(options.debug):
            code = _carried_out(options, words)
        sys.stdout.flush()  # here, and not when the interpreter ends, a full disk can be named
        return code
    except BrokenPipeError:  # the reader of a pipe, `head` say, has seen enough
        return code
    except OSError as error:
        return _complaint(refused_by_system(error), WRONG_INPUT)
    finally:
        close_streams()


def _carried_out(options: argparse.Namespace, words: Sequence[str]) -> int:
    """Exit code of a command; whatever goes wrong is one line on standard error."""
    try:
        return options.command(options)
    except BrokenPipeError as error:
        if not nobody_reads():  # a pipe of our own
            return _unexpected(error, options, words)
        raise
    except (MultiscaleError, OSError, MemoryError) as error:
        if options.debug:
            raise
        if isinstance(error, MultiscaleError):
            return _complaint(str(error), WRONG_INPUT)
        if isinstance(error, MemoryError):
            return _complaint(out_of_memory(error), FAILED)
        return _complaint(refused_by_system(error), WRONG_INPUT)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        if _was_interrupted(error):
            print(
                "multiscale: interrupted; what was written so far is not complete", file=sys.stderr
            )
            return FAILED
        return _unexpected(error, options, words)


def _complaint(words: str, code: int) -> int:
    with contextlib.suppress(OSError):  # of an error stream that is full or that nobody reads
        print(f"multiscale: error: {printable(words)}", file=sys.stderr)
    return code


def _unexpected(error: BaseException, options: argparse.Namespace, words: Sequence[str]) -> int:
    if options.debug:
        traceback.print_exception(error)
    return _complaint(fault(error, f"carrying out `{command_line(words)}`"), SOFTWARE)


def _was_interrupted(error: BaseException | None) -> bool:
    """True also where a library made another exception of it, while it was imported say."""
    if error is None:
        return False
    return isinstance(error, KeyboardInterrupt) or _was_interrupted(
        error.__cause__ or error.__context__
    )


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="multiscale",
        description="Particle-resolved models of battery electrodes.",
        epilog="Example: multiscale run xu2022_charge",
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_cases(commands)
    add_compare(commands)
    add_dataset(commands)
    add_geometry(commands)
    add_gitt(commands)
    add_movie(commands)
    add_parameters(commands)
    add_timings(commands)
    add_validate(commands)
    return parser


# --- run ------------------------------------------------------------------------------------


def _add_run(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run a case",
        description="Run a built-in case (see 'multiscale cases') or a case file.",
        epilog="Leaves in DIR: summary.json, run*.nc, curves.csv, figures/, animation.gif and "
        "report.html; of an electrode also timings*.csv and mechanisms.csv. Exit code: 0 all "
        "went well, 1 a run failed or was interrupted, 2 wrong input, 70 a fault of multiscale.",
    )
    parser.add_argument("case", metavar="CASE", help="name of a built-in case, or path of a .toml")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="folder for the results (results/CASE)"
    )
    parser.add_argument(
        "--set",
        dest="changes",
        metavar='"NAME [UNIT]=VALUE"',
        action="append",
        default=[],
        help="change a parameter in every run; VALUE is a number, or {factor = 2} or "
        "{constant = 1e-17} for a law; may be repeated",
    )
    add_overwrite(parser)
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with a run that was interrupted or killed, after the steps it had solved",
    )
    parser.add_argument("--parameters", metavar="SET", help="another parameter set")
    parser.add_argument("--mesh", metavar="NAME", help="another stored mesh")
    parser.add_argument(
        "--variant",
        dest="variants",
        metavar="NAME",
        action="append",
        default=[],
        help="run this variant only; may be repeated",
    )
    parser.add_argument(
        "--variants",
        dest="several",
        metavar="NAME",
        nargs="+",
        default=[],
        help="run these variants, or 'all' but the slow ones",
    )
    parser.add_argument("--slow", action="store_true", help="with all variants, the slow ones too")
    parser.add_argument("--vtu", action="store_true", help="write the fields for ParaView as well")
    parser.add_argument("--no-animation", action="store_true", help="leave out the animation")
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    parser.add_argument(
        "--progress", action="store_true", help="show the bar also where there is no terminal"
    )
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from multiscale import cases
    from multiscale.cases.checkpoints import Checkpoints
    from multiscale.cases.output import case_folder, outcome, write_files

    case = _chosen_case(options)
    folder = options.out if options.out is not None else Path("results") / case.name
    progress = options.progress or (sys.stderr.isatty() and not options.quiet)
    with case_folder(case, folder, options.overwrite, options.resume) as result:
        kept = Checkpoints(result.keep_steps())
        if options.resume and result.done and not kept.count:
            result.abandoned = True
            print(f"multiscale: the run in {folder} is complete", file=sys.stderr)
            return _went(folder)
        if options.resume:
            print(f"multiscale: {goes_on(kept.count, folder, 'step')}", file=sys.stderr)
        run = cases.run_case(case, progress=progress, kept=kept)
        if left_as_it_was(result, folder, run.interrupted):
            return FAILED
        animation = not options.no_animation
        summary = write_files(run, result.new, animation=animation, vtu=options.vtu)
    if not options.quiet:
        print(outcome(run.case, summary, folder))
    tell(result, folder)
    _complain(run, summary, folder)
    if summary["faults"]:
        return SOFTWARE
    return FAILED if run.failures else OK


def _went(folder: Path) -> int:
    """Exit code of the command that left a result."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    if summary.get("faults"):
        return SOFTWARE
    problems = [one["problem"] for one in summary["variants"].values()]
    return FAILED if any([summary["not_solved"], *problems]) else OK


def _complain(run: Any, summary: dict[str, Any], folder: Path) -> None:
    """What did not go as described, on standard error."""
    case = run.case
    remarks = dict.fromkeys(r for one in run.runs.values() for r in one.prepared.remarks)
    for remark in remarks:
        print(f"multiscale: {case.name}: warning: {remark}", file=sys.stderr)
    for name, problem in run.failures.items():
        print(f"multiscale: {case.name}, variant {name!r}: {problem}", file=sys.stderr)
    for words in summary["faults"]:
        if words not in (*run.failures.values(), *summary["not_drawn"].values()):
            print(f"multiscale: {case.name}: {words}", file=sys.stderr)
    for name, problem in summary["not_drawn"].items():
        print(f"multiscale: {name} was not drawn: {problem}", file=sys.stderr)
    if run.interrupted:
        whole = len(case.runs) - len(run.failures)
        print(
            f"multiscale: interrupted; {whole} of {len(case.runs)} runs "
            f"were solved to their end; what there is was written to {folder}; go on from there "
            "with --resume",
            file=sys.stderr,
        )


def _chosen_case(options: argparse.Namespace) -> Any:
    from multiscale import cases

    case = cases.load_case(options.case)
    case = case.only(_chosen_variants(options, case))
    if options.parameters is not None:
        case = case.with_parameters(options.parameters)
    if options.mesh is not None:
        case = case.with_mesh(cases.MeshSpec(name=options.mesh))
    return case.with_overrides(parse_changes(options.changes))


def _chosen_variants(options: argparse.Namespace, case: Any) -> list[str]:
    """Variants in the order of the case; says which slow ones are left out."""
    named = [*options.variants, *(name for name in options.several if name != "all")]
    if not named and "all" not in options.several:
        named = [*case.usual, *(case.slow if options.slow else [])]
    if "all" in options.several:
        skipped = [] if options.slow else [name for name in case.slow if name not in named]
        named += [name for name in case.runs if name not in skipped]
        if skipped and not options.quiet:
            print(f"{case.name}: skipped without --slow: {', '.join(skipped)}", file=sys.stderr)
    case.only(named)  # refuses a name that does not exist
    return [name for name in case.runs if name in named]


def parse_changes(changes: Sequence[str]) -> dict[str, Any]:
    """Parameter name -> value, from texts like ``"Ambient temperature [K]=298.15"``.

    Raises
    ------
    CaseError
        If a text has no ``=``, or its value is neither a number nor a table of one key.

    Examples
    --------
    >>> parse_changes(["Ambient temperature [K]=298.15"])
    {'Ambient temperature [K]': 298.15}
    """
    from multiscale.cases.schema import read_overrides
    from multiscale.cases.tables import Fault

    parsed = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise CaseError(f'--set {change!r}: write "Name [unit]=value"')
        if name.strip() in parsed:
            raise CaseError(f"--set gives {name.strip()!r} twice")
        if "\n" in value.strip():
            raise CaseError(f"--set {change!r}: one value, in one line")
        try:
            parsed[name.strip()] = tomllib.loads(f"value = {value.strip()}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise CaseError(
                f"--set {change!r}: {value.strip()!r} is neither a number nor a table like "
                "{factor = 2}"
            ) from error
    try:
        return read_overrides(parsed)
    except Fault as error:
        raise CaseError(f"{', '.join(['--set', *map(repr, error.below)])}: {error}") from error


# --- cases ----------------------------------------------------------------------------------


def _add_cases(commands: Any) -> None:
    parser = commands.add_parser(
        "cases",
        help="list the built-in cases and what each shows",
        description="List the built-in cases, what each shows, and its variants.",
    )
    parser.add_argument(
        "--schema",
        action="store_true",
        help="print the JSON Schema of case files instead, for editors that complete them",
    )
    parser.set_defaults(command=_cases)


def _cases(options: argparse.Namespace) -> int:
    from multiscale import cases
    from multiscale.cases.output import case_lines

    if options.schema:
        from multiscale.cases.json_schema import text

        print(text(), end="")
        return OK
    names = cases.list_cases()
    width = max(map(len, names))
    for name in names:
        print("\n".join(case_lines(cases.load_case(name), width)))
    return OK


if __name__ == "__main__":
    sys.exit(main())
