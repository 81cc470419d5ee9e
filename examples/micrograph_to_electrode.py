"""From a grey-value micrograph to particles, an electrode, and the order in which it charges.

The image is drawn here: a random pile of particles, some in contact with carbon, with blur and
noise. The real thing is a file: ``Micrograph.read("section.tif", pixel_size=0.4e-6)``. Run it as
``python micrograph_to_electrode.py [folder]``; with a folder it leaves what
``multiscale geometry`` does, and a picture.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pybamm
from scipy import ndimage

import multiscale as ms
from multiscale.micrograph import Micrograph, Recipe

PIXEL = 0.2e-6  # [m]
PORE, CARBON, ACTIVE = 20, 90, 170  # grey values
CHARGE = ["Charge at C/20 until 4.3 V", "Hold at 4.3 V for 6 hours or until C/100"]


def main(folder: str | None = None) -> dict[str, float]:
    """Counts of what was found, and the hours between the first and the last particle."""
    pile = ms.ElectrodeGeometry.packing(16, np.linspace(3e-6, 6e-6, 16), 0, seed=4)
    image = drawn(pile)
    micrograph = Micrograph.from_image(
        image, PIXEL, kind="gray", recipe=Recipe(classes=3), gap_pixels=1
    )
    radii = np.sort(micrograph.particles["radius_m"])
    assert len(radii) == pile.n_particles, "every particle is found, and nothing else"
    assert np.abs(radii / np.sort(pile.particles["radius_m"]) - 1).max() < 0.05, "in its size"

    electrode = micrograph.electrode(constriction_m=13e-6)
    found, truth = (sorted(e.obstruction_counts()) for e in (electrode, pile))
    assert found == truth, "the image shows who touches whom"

    timings = charge(electrode).set_index("particle")["t50_s"]
    order = timings.rank().corr(electrode.obstruction_counts().rank())
    assert order > 0.9, "the more particles in the way, the later"
    hours = float(timings.max() - timings.min()) / 3600
    assert hours > 5, "one after another"

    if folder is not None:
        save(micrograph, image, electrode, Path(folder))
    return {"particles": len(radii), "contacts": len(micrograph.contacts), "hours": hours}


def drawn(pile: ms.ElectrodeGeometry) -> np.ndarray:
    """A section through a pile on a film of carbon, as a camera of 8 bits would show it."""
    table = pile.particles
    width = int((table["x_m"] + table["radius_m"]).max() / PIXEL) + 4
    height = int((table["y_m"] + table["radius_m"]).max() / PIXEL) + 4
    rows, columns = np.indices((height + 6, width))
    image = np.where(rows >= height - 6, CARBON, PORE).astype(float)
    for one in table.itertuples():
        row, column = height - one.y_m / PIXEL, one.x_m / PIXEL
        image[(rows - row) ** 2 + (columns - column) ** 2 <= (one.radius_m / PIXEL) ** 2] = ACTIVE
    noise = np.random.default_rng(1).normal(0, 8, image.shape)
    return np.clip(ndimage.gaussian_filter(image, 0.6) + noise, 0, 255).astype(np.uint8)


def charge(electrode: ms.ElectrodeGeometry):
    """Reaction timings of one charge at C/20 with a hold."""
    model = ms.ElectrodeModel(electrode, ms.Radial(12))
    values = pybamm.ParameterValues("Sharma2022_NMC532")
    results = ms.Results(
        pybamm.Simulation(model, parameter_values=values, experiment=CHARGE).solve()
    )
    return ms.reaction_timings(results)


def save(
    micrograph: Micrograph, image: np.ndarray, electrode: ms.ElectrodeGeometry, folder: Path
) -> None:
    """Tables, outlines, meshes if there is gmsh, and a picture."""
    from multiscale import plotting
    from multiscale.micrograph.output import write_geometry
    from multiscale.plotting.micrograph import micrograph_preview

    write_geometry(micrograph, folder, constriction_m=13e-6)
    plotting.save(micrograph_preview(micrograph, image, electrode), folder / "preview.png", dpi=110)


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
