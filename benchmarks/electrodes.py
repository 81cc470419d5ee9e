"""``python -m benchmarks.electrodes``: cost of an electrode against its number of particles.

A C/20 charge with its hold (Sharma2022_NMC532) of random packings, set-up and solve apart, and
the exponent of a power law through the points.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import pybamm

import multiscale as ms
from multiscale.parameters import load_set

CHARGE = ["Charge at C/20 until 4.3 V", "Hold at 4.3 V for 6 hours or until C/100"]
RESOLVED = (15, 50, 100)
RADIAL = (100, 300, 1000)


@dataclass(frozen=True)
class Cost:
    """One run; times are wall seconds of one thread."""

    fidelity: str
    particles: int
    unknowns: int
    steps: int
    setup_s: float
    solve_s: float
    total_s: float
    lithium_error: float
    peak_GB: float


def measure(particles: int, fidelity: ms.Resolved | ms.Radial) -> Cost:
    """Charge a packing of equal disks once."""
    electrode = ms.ElectrodeGeometry.packing(particles, radii=5e-6, coverage=0.3, seed=1)
    start = time.perf_counter()
    sim = pybamm.Simulation(
        ms.ElectrodeModel(electrode, fidelity),
        parameter_values=load_set("Sharma2022_NMC532").values,
        experiment=CHARGE,
    )
    solution = sim.solve()
    total = time.perf_counter() - start
    solve = float(solution.integration_time.value)
    results = ms.Results(solution)
    return Cost(
        fidelity=type(fidelity).__name__,
        particles=particles,
        unknowns=results.space.n_unknowns,
        steps=len(results.times),
        setup_s=round(total - solve, 2),
        solve_s=round(solve, 2),
        total_s=round(total, 2),
        lithium_error=float(f"{results.balance.lithium:.1e}"),
        peak_GB=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    )


def exponent(costs: list[Cost]) -> float:
    """Slope of log(total time) against log(number of particles)."""
    n, t = np.array([(cost.particles, cost.total_s) for cost in costs]).T
    return float(np.polyfit(np.log(n), np.log(t), 1)[0])


def main() -> None:
    """Run both fidelities and print a table with the exponents."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.electrodes", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small packings only")
    quick = parser.parse_args().quick
    for fidelity, counts in ((ms.Radial(20), RADIAL), (ms.Resolved(1 / 7), RESOLVED)):
        costs = [measure(n, fidelity) for n in (counts[:1] if quick else counts)]
        print(pd.DataFrame([asdict(cost) for cost in costs]).to_string(index=False), flush=True)
        if len(costs) > 1:
            print(f"cost grows with the number of particles to the power {exponent(costs):.2f}\n")


if __name__ == "__main__":
    main()
