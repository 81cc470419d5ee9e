"""``multiscale gitt``: a titration record as figures and a parameter set."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from multiscale.commands.options import (
    add_overwrite,
    add_record_options,
    between,
    file,
    quantity,
    read_cell,
    results_of,
)
from multiscale.errors import AnalysisError
from multiscale.folders import TITRATION
from multiscale.limits import RADIUS

MINE = "pulses.csv"


def add_gitt(commands: Any) -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "gitt",
        help="open-circuit potential and diffusivity from a titration record",
        description="Read a record of time, current and voltage (CSV, headers of the Battery "
        "Data Format or --columns), find its pulses, and write the open-circuit potential, the "
        "diffusivity by eq. 1 of Lun et al. with its validity point by point, and the split of "
        "the overpotential.",
        epilog="Leaves in DIR: pulses.csv, titration.png, and set.toml with its tables, which "
        "'multiscale parameters check' and 'multiscale run --parameters' read.",
    )
    parser.add_argument("file", metavar="FILE", type=file, help="the record")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="for the results")
    add_overwrite(parser)
    parser.add_argument(
        "--parameters",
        metavar="SET",
        required=True,
        help="set that every other entry comes from; its density and maximum concentration "
        "are used with --mass and --area",
    )
    parser.add_argument(
        "--theta",
        metavar="THETA",
        type=between(0, 1),
        nargs="+",
        required=True,
        help="stoichiometry at the beginning and at the end of the record; with --mass the "
        "first is enough",
    )
    parser.add_argument(
        "--mass", metavar="KG", type=between(1e-15, 1e3), help="mass of active material"
    )
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument(
        "--radius", metavar="M", type=quantity(RADIUS), help="radius of the particles"
    )
    size.add_argument(
        "--area", metavar="M2_PER_KG", type=between(1e-3, 1e7), help="reacting area (BET)"
    )
    parser.add_argument(
        "--shape", choices=("sphere", "cylinder", "slab"), default="sphere", help="(sphere)"
    )
    parser.add_argument(
        "--citation", metavar="TEXT", help="whose record it is, kept in the set (name of FILE)"
    )
    add_record_options(parser)
    parser.add_argument(
        "--skip",
        metavar="S",
        type=between(0, 1e7),
        default=0.0,
        help="seconds of a pulse to leave out (0)",
    )
    parser.set_defaults(command=_gitt)


def _gitt(options: argparse.Namespace) -> int:
    from multiscale import plotting
    from multiscale.analysis.gitt_record import titration, titration_laws
    from multiscale.parameters import load_set, names, write_set
    from multiscale.plotting.summaries import titration_overview

    with results_of(options, TITRATION, options.file.name) as result:
        base = load_set(options.parameters)
        record = read_cell(options.file, options)
        table = titration(record, _sample(options, base.values), options.skip)
        laws = titration_laws(table, options.citation or f"record {record.name}", record.name)
        table.to_csv(result.new / MINE, float_format="%.8g")
        write_set(
            result.new / "set.toml",
            laws,
            base=options.parameters,
            title=f"{options.parameters} with the titration {record.name}",
            transport="chemical" if names.DIFFUSIVITY in laws else base.transport,
        )
        plotting.save(titration_overview(record, table), result.new / "titration.png")
    print(_outcome(record, table, laws, options))
    return 0


def _sample(options: argparse.Namespace, values: Any) -> Any:
    from multiscale.analysis.gitt_record import SHAPES, Sample
    from multiscale.parameters import names
    from multiscale.parameters.laws import FARADAY
    from multiscale.parameters.sets import number

    if len(options.theta) > 2:
        raise AnalysisError("--theta takes one number or two")
    if options.mass and len(options.theta) == 2:
        raise AnalysisError("--mass gives the second stoichiometry: leave out one of the two")
    density = number(values, names.DENSITY)
    full = number(values, names.MAXIMUM_CONCENTRATION)
    if (options.area or options.mass) and (density is None or full is None):
        raise AnalysisError(
            f"{options.parameters} has no density or no maximum concentration: give --radius, and "
            "two stoichiometries instead of --mass"
        )
    inverse = density * options.area if options.area else SHAPES[options.shape] / options.radius
    per_theta = None
    if options.mass:
        per_theta = FARADAY * full * options.mass / density
    end = options.theta[1] if len(options.theta) == 2 else float("nan")
    return Sample(1 / inverse, (options.theta[0], end), per_theta)


def _outcome(record: Any, table: Any, laws: Any, options: argparse.Namespace) -> str:
    from multiscale.analysis.gitt_record import reasons
    from multiscale.parameters import names

    sto = table["stoichiometry"]
    valid = table[table["valid"]]
    lines = [
        f"{record.name}: {len(table)} pulses, stoichiometry {sto.max():.3f} to {sto.min():.3f}",
        f"  valid for eq. 1: {len(valid)}",
        *(f"  left out: {reason}" for reason in reasons(table)),
    ]
    if len(valid):
        low, high = valid["diffusivity_m2_s"].min(), valid["diffusivity_m2_s"].max()
        lines.append(f"  diffusivity {low:.3g} to {high:.3g} m2/s (chemical, Fick's)")
    if names.DIFFUSIVITY not in laws:
        lines.append(
            f"  too few valid pulses for a law: set.toml keeps the diffusivity of "
            f"{options.parameters}; look at pulses.csv"
        )
    lines.append(f"Parameter set: {options.out / 'set.toml'}")
    return "\n".join(lines)
