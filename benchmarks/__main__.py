"""``python -m benchmarks``: one run, everything measured, ratios printed."""

from __future__ import annotations

import argparse
import os
import platform
from importlib import metadata
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks import measures, report
from benchmarks.peers import multiscale_pybamm
from benchmarks.problem import notched_problem, radial_reference
from benchmarks.sweep import CODES, Series, disk_series, installed, notched_series, sweep
from multiscale.mesh import ParticleMesh

PACKAGES = ("pybamm", "scikit-fem", "scipy", "numpy", "ngsolve", "fipy")


def main() -> None:
    """Run the chosen parts and write ``--out``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--quick", action="store_true", help="few, coarse runs: does it work?")
    parser.add_argument("--only", nargs="*", default=["disk", "notched", "runs", "3d"])
    parser.add_argument("--codes", nargs="*", default=list(CODES), choices=CODES)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    warn_if_busy()
    codes = available([CODES[0], *(code for code in chosen.codes if code != CODES[0])])
    parts = [_versions()]
    if "disk" in chosen.only:
        parts.append(precision(disk_series(radial_reference(), chosen.quick), codes, chosen.out))
    if "notched" in chosen.only:
        reference, note = notched_reference(codes, chosen.quick)
        series = notched_series(reference, chosen.quick)
        parts.append(precision(series, codes, chosen.out) + "\n\n" + note)
    rows = {}
    if "runs" in chosen.only:
        rows["Repeated runs on one mesh"] = measures.repeated_runs()
    if "3d" in chosen.only:
        rows["Large 3D particles"] = measures.large_particles(chosen.quick)
        rows["Direct against iterative"] = measures.direct_against_iterative(chosen.quick)
    report.write_json(chosen.out / "measures.json", rows)
    parts += [report.table(title, found) for title, found in rows.items()]
    text = "\n\n".join(parts) + "\n"
    (chosen.out / "summary.md").write_text(text, encoding="utf-8")
    print("\n" + text)
    print(f"Written to {chosen.out}")


def warn_if_busy() -> None:
    """Other processes spoil times, CPU times too (shared caches)."""
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 1:
        print(f"The machine is busy (load {os.getloadavg()[0]:.1f}): times will be too long.")


def available(codes: list[str]) -> dict[str, ModuleType]:
    """Modules of the codes that can run here; the others are named."""
    found = {}
    for code in codes:
        peer = installed(code)
        if isinstance(peer, ModuleType):
            found[code] = peer
        else:
            print(f"{code}: not installed ({peer})")
    return found


def precision(series: Series, codes: dict[str, ModuleType], out: Path) -> str:
    """Work-precision of every code on one problem."""
    names = {code: peer.NAME for code, peer in codes.items()}
    points = {}
    for code, peer in codes.items():
        print(f"{series.name}: {peer.NAME} ...", flush=True)
        points[code] = sweep(series, peer, code)
        report.write(out, series.name, points)
    report.picture(out / f"{series.name}.png", f"Work and precision: {series.name}", names, points)
    return report.summary(series.name, names, points)


def notched_reference(codes: dict[str, ModuleType], quick: bool) -> tuple[np.ndarray, str]:
    """Our P2 on the refined stored mesh, and how far NGSolve's is from it."""
    stored = ParticleMesh.load("notched_2um")
    problem = notched_problem(stored)
    fine = (stored if quick else stored.refined()).with_order(2)
    print("notched: reference ...", flush=True)
    ours = multiscale_pybamm.solve(problem, fine, rtol=1e-4 if quick else 3e-7)
    if "ngsolve_bdf2" not in codes:
        return ours.theta, "The reference is our own; NGSolve is not installed to confirm it."
    other = codes["ngsolve_bdf2"].solve(
        problem, fine, scheme="extrapolated", tol=1e-3 if quick else 1e-5
    )
    difference = float(np.abs(ours.theta - other.theta).max())
    return ours.theta, (
        f"The reference is our P2 on the refined mesh ({ours.unknowns} unknowns); NGSolve's P2 "
        f"there differs from it by {difference:.1e}."
    )


def _versions() -> str:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{package} not installed")
    return f"Python {platform.python_version()}, " + ", ".join(found) + "."


if __name__ == "__main__":
    main()
