"""Electrons enter through one contact: the potential inside the particle is resolved.

The contact itself does not react, so that next to it a good conductor reacts late. In a poor
conductor the potential drops on the way to the far side, which then reacts last.
"""

from __future__ import annotations

import numpy as np
import pybamm

import multiscale as ms

CONDUCTIVITY = "Positive particle electronic conductivity [S.m-1]"


def spread(conductivity: float) -> tuple[float, float]:
    """Spread of the potential [V], and lithium far from minus near the contact [-]."""
    disk = ms.ParticleMesh.disk(radius=1e-6, size=0.08e-6)
    mesh = disk.with_group("contact", lambda x: x[1] < -0.95e-6)  # the lowest part of the rim
    model = ms.SingleParticleModel(mesh, surface=ms.ButlerVolmer(), contact="contact")
    values = pybamm.ParameterValues("Xu2022_NMC88")
    values.update({CONDUCTIVITY: lambda sto, T: conductivity + 0 * sto}, strict=True)
    charge = ["Charge at 1C for 10 minutes"]
    sim = pybamm.Simulation(model, parameter_values=values, experiment=charge)
    results = ms.Results(sim.solve())
    potential = results.field("Particle potential [V]", [600.0])
    far, near = results.probe("Particle stoichiometry", [[0, 8e-7], [0, -8e-7]], [600.0]).values
    return float(np.ptp(potential)), float(far[0] - near[0])


def main() -> dict[str, tuple[float, float]]:
    """After ten minutes, for a good and a poor conductor."""
    good, poor = spread(1e-2), spread(1e-5)
    assert good[0] < 1e-3, "nearly an equipotential"
    assert good[1] < -0.02, "late next to the contact, which does not react"
    assert poor[0] > 0.1, "a drop inside the particle"
    assert poor[1] > 0.05, "and the far side reacts last"
    return {"1e-2 S/m": good, "1e-5 S/m": poor}


if __name__ == "__main__":
    print(main())
