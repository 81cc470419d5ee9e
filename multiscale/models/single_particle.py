"""One particle of any shape against a lithium electrode.

Sign: positive current discharges (lithium enters the particle). The stoichiometry theta is
the lithium fraction, 1 = fully lithiated.
"""

from __future__ import annotations

import numpy as np
import pybamm
from numpy.typing import ArrayLike

from multiscale.errors import ModelError
from multiscale.fem.domains import Trace
from multiscale.limits import short
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.external_circuit import add_external_circuit, add_voltage
from multiscale.models.kinetics import FARADAY, butler_volmer
from multiscale.models.material import (
    counter_overpotential,
    electronic_conductivity,
    exchange_current_density,
    open_circuit_potential,
    temperature,
)
from multiscale.models.particle_mesh_model import DOMAIN, ParticleMeshModel
from multiscale.models.surface import BlockedSurface, ButlerVolmer, ImposedFlux
from multiscale.models.transport import check_transport, effective_diffusivity
from multiscale.parameters import names

# unit of the unknown potentials: an absolute tolerance of 1e-6 then means a nanovolt
MILLIVOLT = 1e-3


class SingleParticleModel(ParticleMeshModel):
    """Lithium, and optionally electrons, in one particle on a finite-element mesh.

    Parameters
    ----------
    mesh : ParticleMesh
        The particle. Its facet group ``"surface"`` reacts; all others are closed, but for
        ``contact`` if given.
    transport : str, optional
        ``"thermodynamic"`` (default, Lun et al., SI, eq. 10) or ``"chemical"`` (Fick):
        which flux law the diffusivity belongs to.
    surface : ImposedFlux or ButlerVolmer, optional
        What drives the surface. Default: ``ImposedFlux()``.
    blocked : BlockedSurface, optional
        A part of the surface that passes less current.
    contact : str, optional
        Facet group through which electrons enter. If given, the potential inside the
        particle is resolved with its electronic conductivity and the surface must be
        ``ButlerVolmer``; otherwise the particle is an equipotential (Lun et al.).
    anisotropy : array_like, shape (dimension, dimension), optional
        Constant tensor that multiplies the diffusivity, for example
        ``np.diag([1, 1, 0])`` for no diffusion along c.

    Raises
    ------
    ModelError
        For options that do not go together, before anything is computed.

    Examples
    --------
    >>> import multiscale as ms
    >>> model = SingleParticleModel(ms.ParticleMesh.load("disk_2um"))
    >>> "Particle stoichiometry" in model.variables
    True
    """

    def __init__(
        self,
        mesh: ParticleMesh,
        transport: str = "thermodynamic",
        surface: ImposedFlux | ButlerVolmer | None = None,
        blocked: BlockedSurface | None = None,
        contact: str | None = None,
        anisotropy: ArrayLike | None = None,
    ):
        if not isinstance(mesh, ParticleMesh):
            raise ModelError(f"mesh must be a ParticleMesh, not {short(mesh)}")
        if contact is not None and not isinstance(contact, str):
            raise ModelError(f"contact must be the name of a facet group, not {short(contact)}")
        groups = ["surface"] if contact is None else ["surface", contact]
        super().__init__(f"Single particle on {mesh.name}", mesh, groups, blocked)
        check_transport(transport)
        self.transport = transport
        self.surface = ImposedFlux() if surface is None else surface
        self.contact = contact
        self.anisotropy = _checked_tensor(anisotropy, mesh)
        self._check_options()
        self._write_equations()

    def _check_options(self) -> None:
        if not isinstance(self.surface, ImposedFlux | ButlerVolmer):
            raise ModelError(
                f"surface must be ImposedFlux() or ButlerVolmer(), not {self.surface!r}"
            )
        if self.contact is None:
            return
        self.mesh.facets(self.contact)
        if self.contact == "surface":
            raise ModelError("contact must be another facet group than the reacting 'surface'.")
        if isinstance(self.surface, ImposedFlux):
            raise ModelError(
                "A resolved potential (contact=...) needs surface=ButlerVolmer(): an imposed "
                "flux does not depend on the potential."
            )

    # --- equations --------------------------------------------------------------------

    def _write_equations(self) -> None:
        # unknown
        theta = pybamm.Variable("Particle stoichiometry", domain=DOMAIN, bounds=(0, 1.01))
        c_max = pybamm.Parameter(names.MAXIMUM_CONCENTRATION)
        self.variables["Particle stoichiometry"] = theta
        current = add_external_circuit(self, self.mesh.volume, self.mesh.area("surface"))

        # reaction
        if isinstance(self.surface, ImposedFlux):
            interfacial = self._impose_flux(theta, current)
        else:
            interfacial = self._react(theta, current, c_max)

        # lithium
        diffusivity = self._tensor(effective_diffusivity(self.transport, theta))
        self.rhs[theta] = pybamm.div(diffusivity * pybamm.grad(theta))
        inward = -interfacial / (FARADAY * c_max)
        self.boundary_conditions[theta] = {"surface": (inward, "Neumann")}
        self.initial_conditions[theta] = pybamm.PrimaryBroadcast(
            pybamm.Parameter(names.INITIAL_STOICHIOMETRY), DOMAIN
        )
        self._add_outputs(theta, interfacial, c_max)

    def _impose_flux(self, theta: pybamm.Symbol, current: pybamm.Symbol) -> pybamm.Symbol:
        """Anodic current density at the surface points for a given current (Lun eqs. 13-15)."""
        reactivity = self.reactivity()
        surface_mean = pybamm.BoundaryValue(theta, "surface")
        add_voltage(self, open_circuit_potential(surface_mean))
        return -current * reactivity / self.over_facets(reactivity)

    def _react(
        self, theta: pybamm.Symbol, current: pybamm.Symbol, c_max: pybamm.Symbol
    ) -> pybamm.Symbol:
        """Butler-Volmer at the surface points; adds the potential and the voltage."""
        theta_surface = Trace(theta, "surface")
        excess, equilibrium = self._excess_potential(c_max)
        at_surface = equilibrium + (Trace(excess, "surface") if self.contact else excess)
        interfacial = self.reactivity() * butler_volmer(
            exchange_current_density(theta_surface),
            at_surface - open_circuit_potential(theta_surface),
            pybamm.Parameter(names.TRANSFER_COEFFICIENT),
            temperature(),
        )
        terminal = self._close_circuit(excess, equilibrium, interfacial, current)
        assert isinstance(self.surface, ButlerVolmer)
        counter = counter_overpotential(
            self.surface.counter_electrode, current, self.mesh.area("surface")
        )
        add_voltage(self, terminal - counter)
        return interfacial

    def _excess_potential(self, c_max: pybamm.Symbol) -> tuple[pybamm.Variable, pybamm.Symbol]:
        """Unknown part of the potential, and the equilibrium potential it is counted from.

        A solver's relative tolerance times 4 V is 40 microvolt, which at a fast reaction is a
        per cent of the current. Counted from the equilibrium at the mean stoichiometry, which
        the charge passed tells, the unknown is small and its tolerance with it.
        """
        domain = DOMAIN if self.contact else []
        excess = pybamm.Variable(
            "Particle potential minus equilibrium [V]", domain=domain, scale=MILLIVOLT
        )
        self.initial_conditions[excess] = (
            pybamm.PrimaryBroadcast(0, DOMAIN) if self.contact else pybamm.Scalar(0)
        )
        gained = self.variables["Discharge capacity [A.h]"] * 3600 / FARADAY
        mean = pybamm.Parameter(names.INITIAL_STOICHIOMETRY) + gained / (c_max * self.mesh.volume)
        equilibrium = open_circuit_potential(mean)
        shift = pybamm.PrimaryBroadcast(equilibrium, DOMAIN) if self.contact else equilibrium
        self.variables["Particle potential [V]"] = shift + excess
        self.variables["Particle potential minus equilibrium [V]"] = excess
        return excess, equilibrium

    def _close_circuit(
        self,
        excess: pybamm.Variable,
        equilibrium: pybamm.Symbol,
        interfacial: pybamm.Symbol,
        current: pybamm.Symbol,
    ) -> pybamm.Symbol:
        """Electrons: equipotential, or conducted from the contact. Returns the potential
        of the positive terminal [V]."""
        reacted = self.over_facets(interfacial)
        # in units of the 1C current, so that solver tolerances mean the same for any size
        one_c = self.param.Q
        if self.contact is None:
            self.algebraic[excess] = (reacted + current) / one_c
            return equilibrium + excess
        terminal = pybamm.Variable("Terminal potential minus equilibrium [V]", scale=MILLIVOLT)
        conductance = pybamm.Parameter(names.CONTACT_CONDUCTANCE)
        contact_current = conductance * (terminal - Trace(excess, self.contact))
        conductivity = electronic_conductivity(self.variables["Particle stoichiometry"])
        # finite elements divide every row by its share of the volume
        scale = self.mesh.volume / one_c
        self.algebraic[excess] = pybamm.div(conductivity * scale * pybamm.grad(excess))
        self.boundary_conditions[excess] = {
            "surface": (-interfacial * scale, "Neumann"),
            self.contact: (contact_current * scale, "Neumann"),
        }
        self.algebraic[terminal] = (
            self.over_facets(contact_current, self.contact) + current
        ) / one_c
        self.initial_conditions[terminal] = pybamm.Scalar(0)
        self.variables["Terminal potential minus equilibrium [V]"] = terminal
        return equilibrium + terminal

    def _tensor(self, diffusivity: pybamm.Symbol) -> pybamm.Symbol:
        if self.anisotropy is None:
            return diffusivity
        return pybamm.TensorField(
            [
                [
                    value * diffusivity if value else pybamm.PrimaryBroadcast(0, DOMAIN)
                    for value in row
                ]
                for row in self.anisotropy
            ]
        )

    # --- outputs ----------------------------------------------------------------------

    def _add_outputs(
        self, theta: pybamm.Symbol, interfacial: pybamm.Symbol, c_max: pybamm.Symbol
    ) -> None:
        volume = self.mesh.volume
        mean = self.over_volume(theta) / volume
        centre = pybamm.BoundaryValue(theta, "centre")
        edge = pybamm.BoundaryValue(theta, "surface")
        at_surface = Trace(theta, "surface")
        variance = self.over_volume((theta - mean) ** 2) / volume
        start = pybamm.Parameter(names.INITIAL_STOICHIOMETRY)
        self.variables |= {
            "Average particle stoichiometry": mean,
            "Centre particle stoichiometry": centre,
            "Average particle surface stoichiometry": edge,
            "Particle surface stoichiometry": at_surface,
            "Particle heterogeneity (centre minus edge)": centre - edge,
            "Particle heterogeneity (rms)": pybamm.sqrt(variance),
            "Interfacial current density [A.m-2]": interfacial,
            "Total interfacial current [A]": self.over_facets(interfacial),
            "Particle current [A]": -self.over_facets(interfacial),
            "Particle lithium gained [mol]": c_max * volume * (mean - start),
            "Lithium gained [mol]": c_max * volume * (mean - start),
            "Largest lithium content [mol]": c_max * volume,
            "Charge passed [C]": self.variables["Discharge capacity [A.h]"] * 3600,
        }
        full = 1.0 if isinstance(self.surface, ImposedFlux) else 1.01
        self.events += [
            pybamm.Event("Surface is empty of lithium", pybamm.min(at_surface)),
            pybamm.Event("Surface is full of lithium", full - pybamm.max(at_surface)),
        ]

    def check_well_posedness(self, post_discretisation: bool = False) -> None:
        """Refuse a voltage or power control where nothing links current and voltage."""
        controlled = any(
            getattr(variable, "name", "") == "Current variable [A]" for variable in self.algebraic
        )
        if controlled and isinstance(self.surface, ImposedFlux):
            raise ModelError(
                "A voltage hold (or power, resistance) needs surface=ButlerVolmer(): with an "
                "imposed flux the voltage does not answer to the current."
            )
        super().check_well_posedness(post_discretisation)


def _checked_tensor(anisotropy: ArrayLike | None, mesh: ParticleMesh) -> np.ndarray | None:
    if anisotropy is None:
        return None
    try:
        tensor = np.asarray(anisotropy, dtype=float)
    except (TypeError, ValueError) as error:  # ragged, or no numbers
        raise ModelError(f"anisotropy is not a table of numbers: {short(anisotropy)}") from error
    if tensor.shape != (mesh.dimension, mesh.dimension):
        raise ModelError(
            f"anisotropy has shape {tensor.shape}; this {mesh.dimension}D mesh needs "
            f"({mesh.dimension}, {mesh.dimension})."
        )
    if not np.isfinite(tensor).all() or not tensor.any():
        raise ModelError(f"anisotropy must be finite and not all zero, not {tensor.tolist()}")
    if not np.allclose(tensor, tensor.T) or np.linalg.eigvalsh(tensor).min() < 0:
        raise ModelError("anisotropy must be symmetric with no negative principal value.")
    return tensor
