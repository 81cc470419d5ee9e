"""``multiscale movie``: what a microscope would see of a stored run."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from multiscale.commands.options import add_overwrite, bar, between, content_of, count, quantity
from multiscale.limits import INTERVAL, PIXEL

OK = 0


def add_movie(commands: Any) -> None:
    """The command with its options."""
    parser = commands.add_parser(
        "movie",
        help="what a microscope would see of a run",
        description="Film a stored run: cross-sections and disks as they lie, bodies from above. "
        "RUN is the folder that 'multiscale run' left, or a netCDF file in it.",
        epilog="Leaves FILE and beside it FILE_truth.csv (t10, t50 and t90 of every particle, in "
        "optical and in lithium terms), cell.csv (Battery Data Format) and FILE_preview.png.",
    )
    parser.add_argument("run", metavar="RUN", type=Path)
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help="movie to write: .ome.tif, or .mp4 (compressed; needs the extra 'video')",
    )
    add_overwrite(parser)
    parser.add_argument(
        "--pixel-size",
        metavar="M",
        type=quantity(PIXEL),
        default=130e-9,
        help="width of a pixel [m] (130e-9, for electrodes; 34.7e-9 suits single particles)",
    )
    parser.add_argument(
        "--frames", metavar="N", type=count(2, 100_000), default=400, help="number of frames (400)"
    )
    parser.add_argument(
        "--frame-interval",
        metavar="S",
        type=quantity(INTERVAL),
        help="time between frames [s]; N frames at most (the run divided by N)",
    )
    parser.add_argument("--gray", action="store_true", help="16-bit gray instead of 8-bit colour")
    parser.add_argument(
        "--gamma", metavar="G", type=between(0.1, 10), default=1.0, help="of the stored values (1)"
    )
    for name, metavar, kind, default, words in (
        ("--noise", "FACTOR", between(0, 1e3), 1.0, "on the noise of the camera (1); 0 for none"),
        ("--drift", "PX", between(0, 1e3), 0.0, "largest drift of the stage [pixel] (0)"),
        (
            "--lamp",
            "SHARE",
            between(0, 0.99),
            0.0,
            "largest deviation of the light (0); 0.1 for 10 %%",
        ),
        ("--debris", "N", count(0, 1000), 0, "blobs that pass (0)"),
        ("--seed", "N", count(), 0, "of everything random (0)"),
    ):
        parser.add_argument(name, metavar=metavar, type=kind, default=default, help=words)
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    parser.set_defaults(command=_movie)


def _movie(options: argparse.Namespace) -> int:
    from multiscale.imaging.rendering.optics import Camera
    from multiscale.microscope.film import Film
    from multiscale.microscope.setup import Setup
    from multiscale.microscope.stored import open_run

    camera = Camera(noise=options.noise, gamma=options.gamma)
    if options.gray:
        camera = replace(camera, bits=16, channels=(1.0,))
    setup = Setup(
        pixel_size=options.pixel_size,
        n_frames=options.frames,
        frame_interval=options.frame_interval,
        camera=camera,
        drift_px=options.drift,
        lamp=options.lamp,
        n_debris=options.debris,
        seed=options.seed,
    )
    film = Film(open_run(options.run), setup)
    files = film.write(
        options.out,
        None if options.quiet else lambda frames, n: iter(bar(frames, total=n, leave=True)),
        content=content_of(options),
        overwrite=options.overwrite,
    )
    if not options.quiet:
        rows, columns = film.scene.shape
        print(f"{len(film.time)} frames of {columns} x {rows}, {len(film.scene.names)} particles")
        for name, path in files.items():
            print(f"{name}: {path}")
    return OK
