"""An aged particle: half its surface is covered by rock salt and passes 0.3 of the flux.

After Lun et al. (SI, eqs. 13-15 and fig. S4): the unreacted core moves away from the middle,
towards the blocked side; in a fresh particle it stays where it is.
"""

from __future__ import annotations

import numpy as np
import pybamm

import multiscale as ms


def displacement(blocked: ms.BlockedSurface | None, time: float = 720.0) -> float:
    """Distance along x from the particle's middle to that of its unreacted part [m]."""
    mesh = ms.ParticleMesh.load("disk_2um_coarse")
    sim = pybamm.Simulation(
        ms.SingleParticleModel(mesh, blocked=blocked),
        parameter_values=pybamm.ParameterValues("Lun_NMC88"),
        experiment=["Charge at C/3 for 20 minutes"],
    )
    results = ms.Results(sim.solve())
    stoichiometry, points = results.cell_values("Particle stoichiometry", [time])
    start = results.series("Average particle stoichiometry", [0.0])
    unreacted = points.weights * (stoichiometry[:, 0] > start - 0.03)
    return float(np.average(points.points[0], weights=unreacted) - mesh.centroid[0])


def main() -> dict[str, float]:
    """Displacement of the unreacted part, fresh and aged [m]."""
    layer = ms.BlockedSurface(fraction=0.5, ratio=0.3, direction=(1.0, 0.0))
    fresh, aged = displacement(None), displacement(layer)
    assert np.isclose(layer.flux_factor, 1 / 0.65), "the bare half carries more (eq. 14)"
    assert abs(fresh) < 5e-9, "symmetric"
    assert 5e-8 < aged < 6e-7, "towards the blocked side"
    return {"fresh": fresh, "aged": aged}


if __name__ == "__main__":
    print(main())
