"""``multiscale parameters`` and ``multiscale compare``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from multiscale.commands.options import add_overwrite, quantity, results_of
from multiscale.errors import CaseError, ParameterError
from multiscale.folders import COMPARISON, SET, SETS, fingerprint
from multiscale.limits import C_RATE, RADIUS

OK, FAILED = 0, 1


def add_parameters(commands: Any) -> None:
    """The command with its actions list, show, check and compare."""
    parser = commands.add_parser(
        "parameters",
        help="parameter sets, their values and sources",
        description="Parameter sets, their values, sources and grades. SET is a name or the "
        "path of a .toml.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="names and titles of all sets")
    listing.set_defaults(command=_list)
    show = actions.add_parser("show", help="every entry of a set: value, grade, source")
    show.add_argument("set", metavar="SET")
    show.set_defaults(command=_show)
    check = actions.add_parser("check", help="look for missing, misspelt and impossible entries")
    check.add_argument("set", metavar="SET|FILE", help="name, set file (.toml) or BPX file (.json)")
    check.add_argument(
        "--radius",
        metavar="M",
        type=quantity(RADIUS),
        help="of a particle [m]: is diffusion quick enough, does its contact conduct?",
    )
    check.add_argument(
        "--c-rate", metavar="RATE", type=quantity(C_RATE), default=1.0, help="to judge these at (1)"
    )
    check.set_defaults(command=_check)
    bpx = actions.add_parser(
        "bpx",
        help="a Battery Parameter eXchange file as a set",
        description="What a BPX file brings to a particle model, what it lacks, and what no model "
        "here reads. With --out, a set file that every other command takes.",
        epilog="Exit code: 0 the set is complete and sound, 1 it is not, 2 wrong input.",
    )
    bpx.add_argument("file", metavar="FILE", type=Path, help="BPX file (.json)")
    bpx.add_argument("--base", metavar="SET", help="set for every entry that BPX has no field for")
    bpx.add_argument(
        "--out", metavar="SET.toml", type=Path, help="write a set file, the BPX beside"
    )
    add_overwrite(bpx)
    bpx.set_defaults(command=_bpx)
    compare = actions.add_parser("compare", help="sets side by side: curves, values and grades")
    compare.add_argument("sets", metavar="SET", nargs="+")
    compare.add_argument("--out", metavar="DIR", type=Path, help="for laws.png and entries.csv")
    add_overwrite(compare)
    compare.set_defaults(command=_compare)


def _bpx(options: argparse.Namespace) -> int:
    from multiscale.parameters import check_parameters, load_set, read_bpx, write_bpx_set

    base = load_set(options.base) if options.base else None
    found = read_bpx(options.file, base)
    report = check_parameters(found.parameter_set.values)
    print(f"{options.file.name}: {found.parameter_set.title}")
    print(f"read: {', '.join(sorted(found.carried))}")
    print(f"not read: {', '.join(found.not_carried) or 'nothing'}")
    print(report)
    if found.missing and not options.base:
        print("Name a set with --base for what is missing.")
    if options.out is not None:
        place, name = options.out.parent, options.out.name
        with results_of(options, SET, options.file.name, folder=place, names=[name]) as result:
            write_bpx_set(result.new / name, options.file, base)
        print(f"Set: {options.out}")
    return OK if report.ok else FAILED


def _list(options: argparse.Namespace) -> int:
    from multiscale.parameters import list_sets, load_set

    names = list_sets()
    width = max(map(len, names))
    for name in names:
        print(f"{name:{width}}  {load_set(name).title}")
    return OK


def _show(options: argparse.Namespace) -> int:
    from multiscale.cases.set_comparison import parameter_table
    from multiscale.parameters import load_set

    print(parameter_table(load_set(options.set)))
    return OK


def _check(options: argparse.Namespace) -> int:
    from multiscale.parameters import check_parameters, load_set

    report = check_parameters(
        load_set(options.set).values, radius=options.radius, c_rate=options.c_rate
    )
    print(f"{options.set}: {report}")
    return OK if report.ok else FAILED


def loaded(names: list[str]) -> dict[str, Any]:
    """Sets by name; ``ParameterError`` if two would have the same.

    Examples
    --------
    >>> list(loaded(["Xu2022_NMC88"]))
    ['Xu2022_NMC88']
    """
    from multiscale.parameters import load_set

    sets: dict[str, Any] = {}
    for name in names:
        chosen = load_set(name)
        if chosen.name in sets:
            raise ParameterError(f"Two parameter sets are called {chosen.name!r}; rename a file")
        sets[chosen.name] = chosen
    return sets


def _compare(options: argparse.Namespace) -> int:
    from multiscale.cases.set_comparison import comparison_table, comparison_text

    sets = loaded(options.sets)
    print(comparison_text(sets))
    if options.out is not None:
        from multiscale import plotting

        with results_of(options, SETS, ", ".join(sets)) as result:
            plotting.save(plotting.material_laws(sets), result.new / "laws.png")
            comparison_table(sets).to_csv(result.new / "entries.csv")
        print(f"\nCurves: {options.out / 'laws.png'}")
    return OK


# --- one case with several sets -------------------------------------------------------------


def add_compare(commands: Any) -> None:
    """The command that runs one case with several parameter sets."""
    parser = commands.add_parser(
        "compare",
        help="run one case with several parameter sets",
        description="Run a case with each of several parameter sets and draw them together.",
        epilog="Leaves in DIR a folder per set, as 'multiscale run' does, and report.html, "
        "laws.png, entries.csv and curves of all sets.",
    )
    parser.add_argument("case", metavar="CASE", help="name of a built-in case, or path of a .toml")
    parser.add_argument("--parameters", metavar="SET", nargs="+", required=True, dest="sets")
    parser.add_argument("--variant", metavar="NAME", help="this variant (the first)")
    parser.add_argument("--out", metavar="DIR", type=Path, help="(results/compare_CASE)")
    add_overwrite(parser)
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with a comparison that was interrupted or killed, after what it had solved",
    )
    parser.set_defaults(command=_compare_case)


def _compare_case(options: argparse.Namespace) -> int:
    from multiscale import cases
    from multiscale.cases.checkpoints import Checkpoints
    from multiscale.cases.checkpoints import content_of as content_of_case
    from multiscale.cases.set_comparison import run_with_sets, write_comparison

    case = cases.load_case(options.case)
    case = case.only([options.variant or case.usual[0]])
    if len(options.sets) < 2:
        raise CaseError("compare needs two parameter sets; for one there is multiscale run")
    loaded(options.sets)  # refuses what is not there, before anything is solved
    folder = options.out or Path("results") / f"compare_{case.name}"
    content = [content_of_case(case.with_parameters(name)) for name in options.sets]
    with results_of(
        options,
        COMPARISON,
        case.name,
        folder=folder,
        content=fingerprint(content),
        resume=options.resume,
    ) as result:
        runs = run_with_sets(case, options.sets, Checkpoints(result.keep_steps()))
        print(write_comparison(runs, result.new))
    print(f"Report: {folder / 'report.html'}")
    return FAILED if any(run.failures for run in runs.values()) else OK
