"""A two-micrometre single crystal charges at C/3: the core lags behind the rim.

After Xu, Merryweather et al., Joule 6, 2535 (2022), figs 2 and 3. Run it as
``python single_particle_charge.py [folder]``; with a folder it leaves figures, an animation, the
fields for ParaView and a netCDF file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pybamm

import multiscale as ms

MINUTES = [5, 15, 25, 35]


def main(folder: str | None = None) -> dict[str, float]:
    """Lithium at the centre minus lithium at the edge, by time."""
    mesh = ms.ParticleMesh.load("disk_2um")
    sim = pybamm.Simulation(
        ms.SingleParticleModel(mesh, transport="thermodynamic"),
        parameter_values=pybamm.ParameterValues("Xu2022_NMC88"),
        experiment=["Charge at C/3 for 35 minutes", "Rest for 1 hour"],
    )
    results = ms.Results(sim.solve())

    times = [60.0 * minute for minute in MINUTES]
    difference = results.series("Particle heterogeneity (centre minus edge)", times)
    centre = results.probe("Particle stoichiometry", points=[[0.0, 0.0]], times=times)
    assert difference[1] > 0.05, "a gradient across the particle at 15 minutes"
    assert difference[3] < 0.04, "nearly uniform at 35 minutes"
    assert float(centre[0, 0]) > 0.965, "at 5 minutes the core is as full as at the start"

    if folder is not None:
        save(results, times, Path(folder))
    return {f"{m} min": float(d) for m, d in zip(MINUTES, difference, strict=True)}


def save(results: ms.Results, times: list[float], folder: Path) -> None:
    """Figures, animation and fields."""
    from multiscale import plotting

    plotting.save(plotting.charge_overview(results, times), folder / "overview.png")
    plotting.save(plotting.field_panels(results, times), folder / "fields.png")
    plotting.save(plotting.line_profiles(results, times), folder / "profiles.png")
    plotting.save(plotting.centre_curves(results), folder / "centre.png")
    plotting.animate_field(results, folder / "charge.gif")
    results.to_netcdf(folder / "run.nc")
    results.to_vtu(folder / "fields", times)


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
