"""``multiscale geometry``: a micrograph as particles, contacts, meshes and an electrode."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

from multiscale.commands.options import (
    add_overwrite,
    bar,
    between,
    count,
    file,
    quantity,
    results_of,
)
from multiscale.errors import GeometryError, ImagingError
from multiscale.limits import CONSTRICTION, DEPTH, PIXEL, SIZE

CONTRADICTION = 0.01  # relative difference between what the file and the user say
HINT = (
    "name the binder (--phase binder=VALUE, --rest-is-binder), let all of it lead to the "
    "collector (--join-binder), close gaps (--gap-pixels 2), or choose the side (--collector) "
    "or a part of the image (--crop) whose edge is the collector"
)
SIDES = ("bottom", "top", "left", "right", "front", "back")


def add_geometry(commands: Any) -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "geometry",
        help="particles, outlines, contacts and meshes from a micrograph",
        description="Find the particles in a micrograph (a section or a volume: labels, a "
        "segmentation or grey values), and write their outlines, contacts, meshes, and an "
        "electrode that the models run on.",
        epilog="Leaves in DIR: geometry.json (disks or spheres), particles.csv, contacts.csv, "
        "labels.tif, summary.json and preview.png; of a section also outlines.geojson, meshes/ "
        "and electrode/ (the real outlines as shapes). Exit code 1: no electrode, or not the "
        "meshes that --mesh-size asks for, but the rest. Example: multiscale geometry nmc.tif "
        "--pixel-size 0.4e-6 --phase active=1 binder=2 "
        "--out results/nmc",
    )
    parser.add_argument("image", metavar="IMAGE", type=file, help="TIFF, PNG or .npy")
    parser.add_argument(
        "--pixel-size", metavar="M", type=quantity(PIXEL), help="edge of a pixel [m]"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="for the results")
    add_overwrite(parser)
    group = parser.add_argument_group("what the image holds")
    group.add_argument("--kind", choices=("labels", "phases", "gray"), help="(what it looks like)")
    group.add_argument(
        "--phase",
        metavar="NAME=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="values of a segmentation: active=1 binder=2 pore=0; the rest is pore",
    )
    group.add_argument("--slice", metavar="AXIS:INDEX", help="one plane of a volume: 0:125")
    group.add_argument("--crop", metavar="R:R,C:C", help="a part of the image: 0:400,100:500")
    group = parser.add_argument_group("how particles are found (lengths in pixels)")
    group.add_argument(
        "--denoise", metavar="PX", type=between(0, 1e3), help="Gaussian on grey values (1)"
    )
    group.add_argument(
        "--classes", type=int, choices=(2, 3), help="of grey values; of 3 the middle is binder (2)"
    )
    group.add_argument("--dark", action="store_true", help="particles are the darkest grey values")
    group.add_argument(
        "--opening", metavar="PX", type=between(0, 1e3), help="radius of what is too thin (0)"
    )
    group.add_argument(
        "--holes", metavar="N", type=between(0, 1e9), help="pixels of the largest crack filled (12)"
    )
    group.add_argument(
        "--split-depth",
        metavar="PX",
        type=between(0, 1e4),
        help="least depth of a neck that splits (1)",
    )
    group.add_argument(
        "--neck",
        metavar="SHARE",
        type=between(0, 10),
        help="widest neck that splits (0.85 of a radius)",
    )
    group.add_argument("--no-split", action="store_true", help="connected pixels are one particle")
    group.add_argument(
        "--smallest",
        metavar="N",
        type=count(1),
        help="pixels of the smallest particle (30; 3D 100)",
    )
    group.add_argument("--drop-cut", action="store_true", help="leave out what the frame cuts")
    group = parser.add_argument_group("what conducts")
    group.add_argument("--collector", choices=SIDES, default="bottom", help="side (bottom)")
    group.add_argument(
        "--gap-pixels",
        metavar="PX",
        type=between(0, 1e4),
        default=0,
        help="gaps up to this touch (0)",
    )
    group.add_argument(
        "--contact-faces",
        metavar="N",
        type=count(1),
        help="least shared sides of a contact (3; 3D 10)",
    )
    group.add_argument(
        "--rest-is-binder",
        action="store_true",
        help="all that is no particle conducts: for images that do not show the binder",
    )
    group.add_argument(
        "--join-binder",
        action="store_true",
        help="all binder leads to the collector: pieces of a section hang together outside of it",
    )
    group.add_argument(
        "--constriction",
        metavar="M",
        type=quantity(CONSTRICTION),
        help="delta of each side of each contact between particles: it adds delta/kappa (none)",
    )
    group.add_argument(
        "--drop-unconnected",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="leave out, or else refuse, what no path joins to the collector (leave out)",
    )
    group = parser.add_argument_group("what is written")
    group.add_argument(
        "--depth", metavar="M", type=quantity(DEPTH), default=1e-6, help="depth of a section (1e-6)"
    )
    group.add_argument(
        "--mesh-size", metavar="M", type=quantity(SIZE), help="elements (a sixth of each radius)"
    )
    group.add_argument("--no-mesh", action="store_true", help="make no meshes")
    group.add_argument("--quiet", action="store_true", help="print errors only")
    parser.set_defaults(command=_geometry)


def _geometry(options: argparse.Namespace) -> int:
    from multiscale import plotting
    from multiscale.folders import GEOMETRY
    from multiscale.micrograph import Micrograph, Recipe, cut_out, read_image
    from multiscale.micrograph.output import PREVIEW, write_files
    from multiscale.micrograph.phases import parse_phases
    from multiscale.micrograph.reading import stated_size
    from multiscale.plotting.micrograph import micrograph_preview

    if options.pixel_size is None:
        raise ImagingError(
            "No pixel size given: --pixel-size 0.4e-6 says that a pixel is 0.4 um wide; it cannot "
            "be guessed, and every area and current depends on it"
        )
    for name in ("mesh_size", "depth", "constriction"):
        value = getattr(options, name)
        none = name == "constriction" and value == 0
        if value is not None and not none and not 0 < value < 1e-2:
            raise ImagingError(f"--{name.replace('_', '-')} {value:g}: a positive length in metres")

    def say(step: str) -> None:
        if not options.quiet:
            print(f"multiscale geometry: {step} ...", file=sys.stderr)

    in_recipe = {
        "denoise_pixels": options.denoise,
        "classes": options.classes,
        "opening_pixels": options.opening,
        "hole_pixels": options.holes,
        "depth_pixels": options.split_depth,
        "neck": options.neck,
        "smallest_pixels": options.smallest,
        "contact_faces": options.contact_faces,
    }
    with results_of(options, GEOMETRY, options.image.name) as result:
        say(f"reading {options.image.name}")
        image = cut_out(read_image(options.image), options.slice, options.crop)
        stated = stated_size(options.image)
        if stated and abs(stated / options.pixel_size - 1) > CONTRADICTION:
            print(
                f"multiscale: mind: the pixel size of {options.pixel_size:g} m is used; "
                f"{options.image.name} says {stated:.4g} m",
                file=sys.stderr,
            )
        say("finding particles")
        recipe = Recipe(
            **{name: value for name, value in in_recipe.items() if value is not None},
            dark=options.dark,
            split=not options.no_split,
            drop_cut=options.drop_cut,
        )
        micrograph = Micrograph.from_image(
            image,
            options.pixel_size,
            kind=options.kind,
            phases=parse_phases(options.phase) or None,
            collector=options.collector,
            recipe=recipe,
            gap_pixels=options.gap_pixels,
        )
        if options.rest_is_binder:
            micrograph = micrograph.with_rest_as_binder()
        say("contacts, outlines and meshes")
        wiring: dict[str, Any] = {
            "join_binder": options.join_binder,
            "drop_unconnected": options.drop_unconnected,
        }
        if options.constriction is not None:
            wiring["constriction_m"] = options.constriction
        if micrograph.dimension == 2:
            wiring["depth"] = options.depth
        try:
            summary, electrode = write_files(
                micrograph,
                result.new,
                source=options.image.name,
                mesh_size=options.mesh_size,
                mesh=not options.no_mesh,
                progress=partial(bar, unit="mesh"),
                **wiring,
            )
        except GeometryError as error:
            raise GeometryError(
                f"{error}. To connect them: {HINT}; or --drop-unconnected"
            ) from error
        say("preview")
        figure = micrograph_preview(micrograph, image, electrode)
        plotting.save(figure, result.new / PREVIEW, dpi=150)
    if not options.quiet:
        print(_outcome(summary, options))
    if electrode is None:
        print(f"multiscale: no electrode: {HINT}", file=sys.stderr)
    meshes, size = summary["meshes"], options.mesh_size  # a size that was asked for is owed
    if size is None or options.no_mesh or (meshes["count"] and not meshes["failed"]):
        return 0 if electrode is not None else 1
    if meshes["failed"]:
        label, reason = next(iter(meshes["failed"].items()))
        which = f" of {len(meshes['failed'])} particles; of {label}, because {reason}"
    else:
        which = f": {meshes['reason']}"
    print(f"multiscale: no mesh with --mesh-size {size:g}{which}", file=sys.stderr)
    return 1


def _outcome(summary: dict[str, Any], options: argparse.Namespace) -> str:
    network, excluded = summary["network"], summary["excluded"]
    shares = ", ".join(f"{name} {share:.4f}" for name, share in summary["fractions"].items())
    lines = [
        f"{options.image.name}: {network['particles']} particles, {network['contacts']} contacts "
        f"({network['mean_contacts']:.1f} per particle, largest cluster "
        f"{network['largest_cluster']})",
        f"  read as {summary['kind']}; volume fractions: {shares}",
        *(
            f"  left out, {name}: {part['count']} ({part['pixels']} pixels)"
            for name, part in excluded.items()
        ),
        f"  electrode: {summary['electrode']['particles']} particles, "
        f"{100 * summary['electrode']['share_of_active']:.1f} % of the particles' area or volume",
    ]
    if excluded["unconnected"]["count"]:
        names = excluded["unconnected"]["particles"]
        more = " ..." if len(names) > 8 else ""
        hint = f"; to connect them: {HINT}" if summary["electrode"]["particles"] else ""
        lines.append(f"  unconnected are {', '.join(names[:8])}{more}{hint}")
    meshes = summary["meshes"]
    if meshes["count"]:
        failed = f", {len(meshes['failed'])} failed" if meshes["failed"] else ""
        lines.append(
            f"  {meshes['count']} meshes, worst radius ratio {meshes['min_radius_ratio']:.2f}, "
            f"smallest angle {meshes['min_angle_deg']:.0f} degrees{failed}"
        )
    else:
        lines.append(f"  no meshes: {meshes['reason']}")
    return "\n".join([*lines, f"Results: {options.out}"])
