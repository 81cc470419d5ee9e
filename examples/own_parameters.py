"""A table of one's own in place of a law, and a titration that measures it back.

The diffusivity of a set is replaced by a measured table; the particle is then titrated on the
computer, and eq. 1 of Lun et al. has to find the table again where its conditions hold.
"""

from __future__ import annotations

import pybamm

import multiscale as ms
from multiscale.analysis.cycler import Record
from multiscale.analysis.gitt_record import Sample, titration

RADIUS = 1e-6
TABLE = {"stoichiometry": [0.4, 0.7, 0.9], "D [cm2/s]": [4e-13, 1.5e-13, 8e-14]}


def own_set() -> ms.parameters.ParameterSet:
    """The Ni88 set with the table in place of its diffusivity; Fick's, as a table is."""
    law = ms.parameters.from_table(TABLE, "diffusivity", citation="invented for this example")
    base = ms.parameters.load_set("Xu2022_NMC88")
    return ms.parameters.customised(base, "own", law, transport="chemical")


def titrate(chosen: ms.parameters.ParameterSet) -> tuple[Record, tuple[float, float]]:
    """Ten short pulses at C/40 on a sphere; the record, and its first and last stoichiometry."""
    values = chosen.values.copy()
    values["Positive electrode initial stoichiometry"] = 0.85
    mesh = ms.ParticleMesh.radial(RADIUS, 81, grading=8.0)
    model = ms.SingleParticleModel(mesh, transport=chosen.transport)
    steps = ["Charge at C/40 for 6 minutes", "Rest for 12 hours"] * 10
    sim = pybamm.Simulation(
        model,
        parameter_values=values,
        experiment=pybamm.Experiment(["Rest for 1 minute", *steps], period="20 seconds"),
        solver=model.solver(1e-8, 1e-8),
    )
    results = ms.Results(sim.solve())
    current = -results.series("Current [A]")  # in a record, a positive current charges
    record = Record(results.times, current, results.series("Voltage [V]"), "simulated")
    sto = results.series("Average particle stoichiometry")
    return record, (float(sto[0]), float(sto[-1]))


def main() -> dict[str, float]:
    """Largest relative error of the diffusivity among the valid pulses, and their number."""
    chosen = own_set()
    ms.check_parameters(chosen.values).raise_for_errors()
    record, theta = titrate(chosen)
    table = titration(record, Sample.of_particles(RADIUS, "sphere", theta))
    valid = table[table["valid"]]
    law = chosen.values["Positive particle diffusivity [m2.s-1]"]
    error = valid["diffusivity_m2_s"] / law(valid["stoichiometry"].to_numpy()) - 1
    assert len(valid) >= 3
    assert error.abs().max() < 0.2, "within a fifth where the conditions hold"
    return {"largest error": float(error.abs().max()), "valid pulses": float(len(valid))}


if __name__ == "__main__":
    print(main())
