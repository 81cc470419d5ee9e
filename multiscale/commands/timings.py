"""``multiscale timings``: an operando movie as reaction timings, a data package and a report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from multiscale.commands.options import (
    add_overwrite,
    add_record_options,
    bar,
    between,
    count,
    file,
    quantity,
    read_cell,
    results_of,
)
from multiscale.errors import ImagingError
from multiscale.limits import INTERVAL, PIXEL

DRIFTS = ("auto", "correlation", "spot", "both", "none")


def add_timings(commands: Any) -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "timings",
        help="reaction timings of every particle in an operando movie",
        description="Read a movie (TIFF, OME-TIFF, MP4, AVI, or a folder of images), take out "
        "drift and lamp, find the particles, and read when each had done 10, 50 and 90 % of its "
        "change, with uncertainties.",
        epilog="Leaves in DIR: particles.csv, traces.nc, dataset.json, outlines.geojson, rois.zip, "
        "cell.bdf.csv, fronts.csv if asked for, figures/ and report.html. Exit code: 0 all went "
        "well, 2 wrong input. Example: multiscale timings movie.tif --pixel-size 130e-9 "
        "--frame-interval 30 --cell cycler.csv --out timings",
    )
    parser.add_argument("movie", metavar="MOVIE", type=Path, help="file, or folder of images")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="for the results")
    add_overwrite(parser)
    parser.add_argument(
        "--pixel-size",
        metavar="M",
        type=quantity(PIXEL),
        help="width of a pixel in metres, 130e-9 say",
    )
    parser.add_argument(
        "--frame-interval",
        metavar="S",
        type=quantity(INTERVAL),
        help="time from frame to frame in seconds",
    )
    parser.add_argument(
        "--replace-times",
        action="store_true",
        help="the stated interval counts, whatever times of its frames the file holds",
    )
    parser.add_argument(
        "--bin", metavar="N", type=count(1), default=1, help="average N frames into one (1)"
    )
    parser.add_argument(
        "--allow-truncated", action="store_true", help="take the whole frames of a cut file"
    )
    parser.add_argument("--cell", metavar="FILE", type=file, help="cell record (CSV)")
    parser.add_argument(
        "--clock-offset",
        metavar="S",
        type=between(-1e9, 1e9),
        default=0.0,
        help="test time of the cell record at the first frame (0)",
    )
    parser.add_argument(
        "--clock-uncertainty",
        metavar="S",
        type=between(0, 1e7),
        default=0.0,
        help="its uncertainty (0)",
    )
    add_record_options(parser)
    parser.add_argument(
        "--direction",
        choices=("charge", "discharge"),
        help="without a cell record: what the whole movie shows (charge)",
    )
    parser.add_argument(
        "--rois",
        metavar="FILE",
        type=file,
        help="particles, instead of finding them: ImageJ .roi or .zip, .csv of circles, .geojson",
    )
    parser.add_argument(
        "--drift", choices=DRIFTS, default="auto", help="how the drift is found (auto)"
    )
    parser.add_argument(
        "--calibrate-on",
        metavar="N",
        type=int,
        help="half-cycle (from 0) in which all particles react together: calibrates brightness "
        "to lithium",
    )
    parser.add_argument(
        "--fronts",
        action="store_true",
        help="look inside of the particles as well: fronts.csv",
    )
    parser.add_argument(
        "--about",
        metavar="FILE",
        type=file,
        help="what you know of the measurement, a TOML file: material = ..., electrolyte = ...",
    )
    parser.set_defaults(command=_timings)


def _timings(options: argparse.Namespace) -> int:
    from multiscale.dataset.description import read_facts
    from multiscale.folders import PACKAGE, settle, sha256
    from multiscale.imaging.cell_clock import CellClock
    from multiscale.imaging.interior import interiors
    from multiscale.imaging.pipeline import measure
    from multiscale.imaging.stack import ImageStack
    from multiscale.plotting.imaging import draw_measurement
    from multiscale.plotting.style import save
    from multiscale.report import write_report
    from multiscale.report.imaging import imaging_page

    settle(options.movie)
    with results_of(options, PACKAGE, options.movie.name) as result:
        facts = read_facts(options.about) if options.about else {}
        if options.cell is None:
            for name, unset in _OF_CELL.items():
                if getattr(options, name) != unset:
                    option = f"--{name.replace('_', '-')}"
                    raise ImagingError(f"{option} belongs to a cell record: give --cell FILE")
            cell = None
        elif options.direction:
            raise ImagingError("--direction is for movies without a cell record: leave it out")
        else:
            record = read_cell(options.cell, options)
            cell = CellClock(record, options.clock_offset, options.clock_uncertainty)
        stack = ImageStack.read(
            options.movie,
            frame_interval=options.frame_interval,
            pixel_size=options.pixel_size,
            bin_frames=options.bin,
            allow_truncated=options.allow_truncated,
            replace_times=options.replace_times,
        )
        measured = measure(
            stack,
            half_cycles=cell or options.direction,
            rois=options.rois,
            drift=options.drift,
            calibrate_on=options.calibrate_on,
            progress=bar,
        )
        if options.movie.is_file():
            facts = {"movie_sha256": sha256(options.movie)} | facts
        facts = {"binning_frames": options.bin} | facts
        fronts = interiors(stack, measured, progress=bar) if options.fronts else None
        pictures = {
            name: save(figure, result.new / "figures" / f"{name}.png", dpi=160)
            for name, figure in draw_measurement(measured).items()
        }
        write_report(result.new, imaging_page(measured, pictures, facts))
        if fronts is not None:
            fronts.to_csv(result.new / "fronts.csv", index=False)
        measured.write_files(result.new, facts)
    print(_outcome(measured, options))
    return 0


_OF_CELL = {  # options that say nothing without a record, and what they are if not given
    "clock_offset": 0.0,
    "clock_uncertainty": 0.0,
    "columns": [],
    "positive": None,
    "decimal": ".",
}


def _outcome(measured: Any, options: argparse.Namespace) -> str:
    lines = [f"{measured.name}: {len(measured.regions)} particles"]
    for number, rows in measured.timings.groupby("half_cycle", sort=True):
        counts = ", ".join(
            f"{n} {status.replace('_', ' ')}" for status, n in rows["status"].value_counts().items()
        )
        lines.append(f"  half-cycle {number}, {rows['kind'].iloc[0]}: {counts}")
    for reason, n in measured.excluded["reason"].value_counts().items():
        lines.append(f"  left out: {n}, {reason}")
    lines += [f"  mind: {note}" for note in measured.notes]
    return "\n".join([*lines, f"Report: {options.out / 'report.html'}"])
