"""Charge, discharge, a hold at the lower cut-off, rest: what the hold recovers.

At the end of a discharge the surface is full while the core is not; a hold lets lithium catch up
(Xu et al., Joule 6, 2535, 2022: 16.4 mA.h/g after C/3, about 24 mA.h/g after 1C).
"""

from __future__ import annotations

import numpy as np
import pybamm

import multiscale as ms
from multiscale.parameters import names

EXPERIMENT = [
    (
        "Charge at C/3 until 4.3 V",
        "Discharge at 1C until 3.0 V",
        "Hold at 3.0 V for 2 hours",
        "Rest for 1 hour",
    )
]


def main() -> dict[str, float]:
    """Capacity of each step [mA.h/g]; discharge is positive."""
    mesh = ms.ParticleMesh.load("disk_2um_coarse")
    values = pybamm.ParameterValues("Xu2022_NMC88")
    model = ms.SingleParticleModel(mesh, surface=ms.ButlerVolmer())
    sim = pybamm.Simulation(model, parameter_values=values, experiment=EXPERIMENT)
    results = ms.Results(sim.solve())

    grams = 1e3 * values[names.DENSITY] * mesh.volume
    ends = [step.t[-1] for step in results.solution.cycles[0].steps]
    passed = 1e3 * results.series("Discharge capacity [A.h]", [0.0, *ends]) / grams
    charge, discharge, hold, rest = np.diff(passed)
    uneven = results.series("Particle heterogeneity (rms)", ends)
    assert hold > 5, "the hold recovers capacity"
    assert abs(rest) < 1e-3, "no current at rest"
    assert uneven[2] < uneven[1], "and lithium evens out"
    return {"charge": charge, "discharge": discharge, "hold": hold, "rest": rest}


if __name__ == "__main__":
    print({step: round(float(value), 1) for step, value in main().items()})
