"""Three columns of particles charge at C/20: one after another, unless pristine NMC conducts.

After Sharma, Xue and Zhao, Nano Lett. 22, 5883 (2022), figs 4 and 5: pristine NMC532 hardly
conducts electrons, so that a particle behind others waits until those have lost lithium and
become conductors. Run it as ``python asynchronous_electrode.py [folder]``; with a folder it leaves
the figures, an animation and a netCDF file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pybamm

import multiscale as ms
from multiscale.analysis.electrode_measures import electrode_measures
from multiscale.parameters import load_set, names

CHARGE = ["Charge at C/20 until 4.3 V", "Hold at 4.3 V for 6 hours or until C/100"]
CONDUCTING = 0.03  # [S/m], what NMC532 reaches after a tenth of its lithium has left


def main(folder: str | None = None) -> dict[str, float]:
    """Spread of t50 over the particles, as a share of the charge, by kind of material."""
    electrode = ms.ElectrodeGeometry.columns([0, 1, 2], constriction_m=13e-6)
    values = load_set("Sharma2022_NMC532").values
    conducting = values.copy()
    conducting.update({names.PRISTINE_CONDUCTIVITY: CONDUCTING}, strict=True)
    runs = {
        "pristine NMC insulates": charge(electrode, values),
        "pristine NMC conducts": charge(electrode, conducting),
    }
    spread = {name: float(measures(run)["range_t50"]) for name, run in runs.items()}
    insulating, well_conducting = spread.values()
    assert insulating > 0.15, "one particle after another"
    assert well_conducting < 0.05, "all together"
    order = measures(runs["pristine NMC insulates"])["order_correlation"]
    assert order > 0.9, "the more particles in the way, the later"

    if folder is not None:
        save(runs["pristine NMC insulates"], Path(folder))
    return spread


def charge(electrode: ms.ElectrodeGeometry, values: pybamm.ParameterValues) -> ms.ElectrodeResults:
    """One charge at C/20 with a hold."""
    model = ms.ElectrodeModel(electrode, ms.Radial(20))
    sim = pybamm.Simulation(model, parameter_values=values, experiment=CHARGE)
    return ms.Results(sim.solve())


def measures(results: ms.ElectrodeResults):
    """Spread, widths and order of the charge, from the timing of each particle."""
    timings = ms.reaction_timings(results)
    obstruction = results.model.electrode.particles["obstruction"]
    return electrode_measures(timings, resistance=obstruction).iloc[0]


def save(results: ms.ElectrodeResults, folder: Path) -> None:
    """Figures, animation and fields."""
    from multiscale import plotting

    end = results.times[-1]
    figures = {
        "overview": plotting.electrode_overview(results),
        "map": plotting.particle_map(results, [0.1 * end, 0.3 * end, 0.5 * end, end]),
        "traces": plotting.particle_traces(results),
        "surface": plotting.surface_lithium(results),
        "network": plotting.contact_network(results, 0.2 * end),
        "voltage": plotting.voltage_current(results),
    }
    for name, figure in figures.items():
        plotting.save(figure, folder / f"{name}.png")
    plotting.animate_electrode(results, folder / "charge.gif")
    results.to_netcdf(folder / "run.nc")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
