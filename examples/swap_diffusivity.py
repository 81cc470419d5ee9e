"""One entry of a parameter set replaced by a function of one's own.

A diffusivity that does not collapse near full lithiation leaves no core behind: the difference
between the two runs is what Xu et al. (Joule 6, 2535, 2022) see under the microscope.
"""

from __future__ import annotations

import numpy as np
import pybamm

import multiscale as ms

NAME = "Positive particle diffusivity [m2.s-1]"


def my_D(sto, T):
    """Lithium diffusivity [m2.s-1], one decade from empty to full. Invented for this example."""
    return 1e-15 * 10 ** (-sto) * np.exp(-30e3 / 8.314 * (1 / T - 1 / 298.15))


def largest_difference(values: pybamm.ParameterValues) -> float:
    """Largest lithium content at the centre minus that at the edge during a C/3 charge."""
    mesh = ms.ParticleMesh.load("disk_2um_coarse")
    sim = pybamm.Simulation(
        ms.SingleParticleModel(mesh),
        parameter_values=values,
        experiment=["Charge at C/3 for 35 minutes"],
    )
    results = ms.Results(sim.solve())
    return float(results.series("Particle heterogeneity (centre minus edge)").max())


def main() -> dict[str, float]:
    """Largest difference with the set's own diffusivity and with ``my_D``."""
    values = pybamm.ParameterValues("Xu2022_NMC88")
    own = largest_difference(values)
    values.update({NAME: my_D}, strict=True)
    swapped = largest_difference(values)
    assert own > 0.1, "the set's diffusivity leaves a core behind"
    assert swapped < 0.02, "a diffusivity without a collapse does not"
    return {"Xu2022_NMC88": own, "my_D": swapped}


if __name__ == "__main__":
    print(main())
