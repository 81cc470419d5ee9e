"""Real images: what is found in them against independent tables and stated counts.

The images lie outside of the repository; without them the tests are skipped.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from multiscale.micrograph import Micrograph, Recipe, cut_out, read_image

DATA = Path(__file__).parents[3] / "shared" / "data"
ETHZ = "nmc_ethz_slice/NMC_90wt_2000bar_115_853x846.tif"
TABLE = "nmc_ethz_particle_tables/90wt_2000bar.csv.gz"
SEM = "nmc_superres_sem_ct/sem_cathode_3phase_628x758.tif"
CT = "nmc_superres_sem_ct/ct_cathode_2phase_128x128x128.tif"
NANO = "nmc811_nanotomo_gray/example_xy_655x2048.tif"
NREL = "nmc_nrel_matbox_3phase/nmc-1-cal_generatedCBD_bridge_251x301x301.tif"
THREE = {"active": [1], "binder": [2], "pore": [0]}


def real(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"there is no {name} in ../shared/data")
    return DATA / name


def sections() -> pd.DataFrame:
    """Ellipses in which the compact particles of the ETH table cut the plane of the image.

    The table is the authors' own segmentation in 3D; column = x - 42, row = y + 307, plane 114.
    Compact: more than 73 % of the ellipsoid in the box of a particle is filled.
    """
    names = ["label", "volume", "x0", "y0", "z0", "x1", "y1", "z1", "x", "y", "z"]
    table = pd.read_csv(real(TABLE), skiprows=1, header=None, names=names)
    half = {axis: (table[f"{axis}1"] - table[f"{axis}0"] + 1) / 2 for axis in "xyz"}
    middle = {axis: (table[f"{axis}1"] + table[f"{axis}0"]) / 2 for axis in "xyz"}
    cut = np.sqrt(np.clip(1 - ((114 - middle["z"]) / half["z"]) ** 2, 0, None))
    found = pd.DataFrame(
        {
            "row": middle["y"] + 307,
            "column": middle["x"] - 42,
            "high": cut * half["y"],
            "wide": cut * half["x"],
            "filled": table["volume"] / (4 / 3 * np.pi * half["x"] * half["y"] * half["z"]),
        }
    )
    inside = found["column"].between(0, 845) & found["row"].between(307, 852)
    large = np.sqrt(found["high"] * found["wide"]) > 7
    return found[inside & large & (found["filled"] > 0.73)]


def best_overlaps(labels: np.ndarray, ellipses: pd.DataFrame) -> np.ndarray:
    """Largest intersection over union of any particle with each ellipse."""
    rows, columns = np.indices(labels.shape)
    sizes = np.bincount(labels.ravel())
    best = []
    for one in ellipses.itertuples():
        mask = ((rows - one.row) / one.high) ** 2 + ((columns - one.column) / one.wide) ** 2 <= 1
        common = np.bincount(labels[mask], minlength=len(sizes))
        common[0] = 0
        best.append((common / (mask.sum() + sizes - common)).max())
    return np.array(best)


def test_slice_against_its_independent_table():
    micrograph = Micrograph.read(real(ETHZ), 0.37e-6)
    ellipses = sections()
    assert 210 < len(ellipses) < 250
    overlap = best_overlaps(micrograph.labels, ellipses)
    # 93 % and 0.80 were found; a plain Otsu threshold with a watershed gives 78 % and 0.76
    assert (overlap > 0.5).mean() > 0.9
    assert np.median(overlap) > 0.77


@pytest.mark.slow
def test_volume_of_a_calendered_cathode():
    micrograph = Micrograph.read(real(NREL), 0.398e-6, phases=THREE)
    assert [round(micrograph.notes["fractions"][n], 4) for n in ("pore", "active", "binder")] == [
        0.4005, 0.4995, 0.1000,
    ]  # fmt: skip
    network = micrograph.network()
    # smallest particle 100 voxels, smallest contact 10 faces: 1682 and 3631 were found
    assert 1500 < network["particles"] < 1800
    assert 3000 < network["contacts"] < 4000
    assert network["largest_cluster"] > 0.95 * network["particles"]
    electrode = micrograph.electrode(drop_unconnected=True)
    assert electrode.n_particles > 0.98 * network["particles"]
    assert electrode.volumes().sum() == pytest.approx(
        micrograph.particles["volume_m3"].sum(), rel=1e-3
    )


def test_tomography_of_a_cathode():
    micrograph = Micrograph.read(real(CT), 0.4e-6)
    network = micrograph.network()
    assert 150 < network["particles"] < 175
    assert 175 < network["contacts"] < 205


def test_gray_slice_with_hollow_particles():
    recipe = Recipe(denoise_pixels=3, opening_pixels=5, hole_pixels=3000, smallest_pixels=300)
    micrograph = Micrograph.read(real(NANO), 70e-9, recipe=recipe)
    network = micrograph.network()
    assert 60 <= network["particles"] <= 80
    assert 20 <= network["contacts"] <= 32
    assert 2e-6 < micrograph.particles["radius_m"].median() < 5e-6


def test_section_with_imaged_binder():
    recipe = Recipe(smallest_pixels=300)
    micrograph = Micrograph.read(real(SEM), 50e-9, phases=THREE, recipe=recipe)
    assert 29 <= micrograph.network()["particles"] <= 38
    fractions = micrograph.notes["fractions"]
    assert [round(fractions[n], 3) for n in ("pore", "active", "binder")] == [0.144, 0.583, 0.274]


def charged(electrode, fidelity):
    """Timings of a charge at C/20 with a hold, and the balance."""
    pybamm = pytest.importorskip("pybamm")
    import multiscale as ms
    from multiscale.analysis.half_cycles import half_cycles

    sim = pybamm.Simulation(
        ms.ElectrodeModel(electrode, particles=fidelity),
        parameter_values=pybamm.ParameterValues("Sharma2022_NMC532"),
        experiment=["Charge at C/20 until 4.3 V", "Hold at 4.3 V for 6 hours or until C/100"],
    )
    results = ms.Results(sim.solve())
    record = half_cycles(results.times, results.series("Current [A]"))
    return ms.reaction_timings(results.state_of_charge(), record, levels="ends"), results.balance


def test_charge_of_an_electrode_drawn_from_a_real_section():
    import multiscale as ms

    micrograph = Micrograph.read(real(SEM), 50e-9, phases=THREE, recipe=Recipe(smallest_pixels=300))
    electrode = micrograph.electrode(join_binder=True, constriction_m=13e-6)
    timings, balance = charged(electrode, ms.Radial(10))
    assert len(timings) == electrode.n_particles == micrograph.network()["particles"]
    assert (timings["status"] == "reacted").all()
    assert balance.lithium < 1e-9
    assert balance.charge < 1e-4


def test_without_binder_only_what_touches_the_collector_reacts():
    """A corner of the ETH slice: without the carbon that X-rays do not show, few take part."""
    import multiscale as ms

    image = cut_out(read_image(real(ETHZ)), crop="600:853,400:700")
    micrograph = Micrograph.from_image(image, 0.37e-6, gap_pixels=1)
    wired = micrograph.electrode(drop_unconnected=True, constriction_m=13e-6)
    timings, _ = charged(wired, ms.Lumped())
    reacted = timings.set_index("particle")["status"] == "reacted"
    near = wired.particles["obstruction"] == 0
    assert reacted[near[near].index].mean() > reacted[near[~near].index].mean()
    assert 0 < reacted.sum() < len(reacted)
