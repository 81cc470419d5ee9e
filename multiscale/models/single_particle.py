"""One particle of any shape against a lithium electrode.

Sign: positive current discharges (lithium enters the particle). The stoichiometry theta is
the lithium fraction, 1 = fully lithiated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm
from numpy.typing import ArrayLike

from multiscale.errors import ModelError
from multiscale.fem.domains import (
    ElementSubMesh,
    FacetQuadrature,
    FacetSubMesh,
    Trace,
    facet_domain,
)
from multiscale.fem.finite_element import FiniteElement
from multiscale.fem.space import FiniteElementSpace, space_of
from multiscale.limits import DEPTH, RADIUS, number, short
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.material import (
    FARADAY,
    butler_volmer,
    check_transport,
    counter_overpotential,
    effective_diffusivity,
    electronic_conductivity,
    exchange_current_density,
    open_circuit_potential,
    temperature,
)
from multiscale.models.mesh_model import (
    DOMAIN,
    MILLIVOLT,
    MeshModel,
    add_external_circuit,
    add_voltage,
)
from multiscale.models.surface import BlockedSurface, ButlerVolmer, ImposedFlux
from multiscale.parameters import names

MOST_FACTORED_IN_3D = 1000


class SingleParticleModel(MeshModel):
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
        super().__init__(name=f"Single particle on {mesh.name}")
        # Geometry has no scale; physics has one, and the equations of a mesh in micrometres that
        # are taken for metres would be solved all the same.
        extent = float(np.ptp(mesh.mesh.p, axis=1).max()) / (1 if mesh.dimension == 1 else 2)
        number(extent, f"The radius of the mesh {mesh.name!r}", ModelError, RADIUS)
        if mesh.depth is not None:
            number(mesh.depth, f"The depth of the mesh {mesh.name!r}", ModelError, DEPTH)
        if blocked is not None:  # refuses a particle without a side, before anything is solved
            blocked.reactivity(space_of(mesh).facets("surface"))
        check_transport(transport)
        self.mesh = mesh
        self.transport = transport
        self.surface = ImposedFlux() if surface is None else surface
        self.blocked = blocked
        self.contact = contact
        # facet groups through which something flows
        self.groups = ["surface"] if contact is None else ["surface", contact]
        self.anisotropy = _checked_tensor(anisotropy, mesh)
        if not isinstance(self.surface, ImposedFlux | ButlerVolmer):
            raise ModelError(
                f"surface must be ImposedFlux() or ButlerVolmer(), not {self.surface!r}"
            )
        if contact is not None:
            mesh.facets(contact)
            if contact == "surface":
                raise ModelError("contact must be another facet group than the reacting 'surface'.")
            if isinstance(self.surface, ImposedFlux):
                raise ModelError(
                    "A resolved potential (contact=...) needs surface=ButlerVolmer(): an imposed "
                    "flux does not depend on the potential."
                )
        self._write_equations()

    # --- equations --------------------------------------------------------------------

    def _write_equations(self) -> None:
        # unknown
        theta = pybamm.Variable("Particle stoichiometry", domain=DOMAIN, bounds=(0, 1.01))
        c_max = pybamm.Parameter(names.MAXIMUM_CONCENTRATION)
        start = pybamm.Parameter(names.INITIAL_STOICHIOMETRY)
        self.variables["Particle stoichiometry"] = theta
        volume = self.mesh.volume
        current = add_external_circuit(self, volume, self.mesh.area("surface"))
        at_surface = Trace(theta, "surface")
        edge = pybamm.BoundaryValue(theta, "surface")

        # reaction: anodic current density at the surface points
        if isinstance(self.surface, ImposedFlux):  # of a given current (Lun et al., eqs. 13-15)
            reactivity = self.reactivity()
            add_voltage(self, open_circuit_potential(edge))
            interfacial = -current * reactivity / self.over_facets(reactivity)
        else:
            interfacial = self._react(theta, current, c_max)

        # lithium
        diffusivity = effective_diffusivity(self.transport, theta)
        if self.anisotropy is not None:
            closed = pybamm.PrimaryBroadcast(0, DOMAIN)
            diffusivity = pybamm.TensorField(
                [[d * diffusivity if d else closed for d in row] for row in self.anisotropy]
            )
        self.rhs[theta] = pybamm.div(diffusivity * pybamm.grad(theta))
        inward = -interfacial / (FARADAY * c_max)
        self.boundary_conditions[theta] = {"surface": (inward, "Neumann")}
        self.initial_conditions[theta] = pybamm.PrimaryBroadcast(start, DOMAIN)

        # outputs
        mean = self.over_volume(theta) / volume
        centre = pybamm.BoundaryValue(theta, "centre")
        variance = self.over_volume((theta - mean) ** 2) / volume
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

    def _react(
        self, theta: pybamm.Symbol, current: pybamm.Symbol, c_max: pybamm.Symbol
    ) -> pybamm.Symbol:
        """Butler-Volmer at the surface points, the potential and the voltage.

        A solver's relative tolerance times 4 V is 40 microvolt, which at a fast reaction is a
        per cent of the current. Counted from the equilibrium at the mean stoichiometry, which
        the charge passed tells, the unknown potential is small and its tolerance with it.
        """
        contact = self.contact
        excess = pybamm.Variable(
            "Particle potential minus equilibrium [V]",
            domain=DOMAIN if contact else [],
            scale=MILLIVOLT,
        )
        self.initial_conditions[excess] = (
            pybamm.PrimaryBroadcast(0, DOMAIN) if contact else pybamm.Scalar(0)
        )
        gained = self.variables["Discharge capacity [A.h]"] * 3600 / FARADAY
        mean = pybamm.Parameter(names.INITIAL_STOICHIOMETRY) + gained / (c_max * self.mesh.volume)
        equilibrium = open_circuit_potential(mean)
        shift = pybamm.PrimaryBroadcast(equilibrium, DOMAIN) if contact else equilibrium
        self.variables["Particle potential [V]"] = shift + excess
        self.variables["Particle potential minus equilibrium [V]"] = excess

        theta_surface = Trace(theta, "surface")
        at_surface = equilibrium + (Trace(excess, "surface") if contact else excess)
        interfacial = self.reactivity() * butler_volmer(
            exchange_current_density(theta_surface),
            at_surface - open_circuit_potential(theta_surface),
            pybamm.Parameter(names.TRANSFER_COEFFICIENT),
            temperature(),
        )

        # electrons, in units of the 1C current, so that tolerances mean the same for any size
        one_c = self.param.Q
        if contact is None:  # an equipotential
            self.algebraic[excess] = (self.over_facets(interfacial) + current) / one_c
            terminal = excess
        else:  # conducted from the contact
            terminal = pybamm.Variable("Terminal potential minus equilibrium [V]", scale=MILLIVOLT)
            conductance = pybamm.Parameter(names.CONTACT_CONDUCTANCE)
            entering = conductance * (terminal - Trace(excess, contact))
            # finite elements divide every row by its share of the volume
            scale = self.mesh.volume / one_c
            conductivity = electronic_conductivity(theta)
            self.algebraic[excess] = pybamm.div(conductivity * scale * pybamm.grad(excess))
            self.boundary_conditions[excess] = {
                "surface": (-interfacial * scale, "Neumann"),
                contact: (entering * scale, "Neumann"),
            }
            self.algebraic[terminal] = (self.over_facets(entering, contact) + current) / one_c
            self.initial_conditions[terminal] = pybamm.Scalar(0)
            self.variables["Terminal potential minus equilibrium [V]"] = terminal

        assert isinstance(self.surface, ButlerVolmer)
        area = self.mesh.area("surface")
        counter = counter_overpotential(self.surface.counter_electrode, current, area)
        add_voltage(self, equilibrium + terminal - counter)
        return interfacial

    def reactivity(self) -> pybamm.Symbol:
        """Reactivity at the surface points: 1 bare, less where blocked."""
        return pybamm.SpatialVariable("reactivity", domain=facet_domain(DOMAIN, "surface"))

    def over_facets(self, integrand: pybamm.Symbol, group: str = "surface") -> pybamm.Symbol:
        """Integral over a facet group."""
        position = pybamm.SpatialVariable("x", domain=facet_domain(DOMAIN, group))
        return pybamm.Integral(integrand, position)

    def over_volume(self, integrand: pybamm.Symbol) -> pybamm.Symbol:
        """Integral over the particle."""
        return pybamm.Integral(integrand, pybamm.SpatialVariable("x", domain=DOMAIN))

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

    # --- how PyBaMM discretises them ---------------------------------------------------

    @property
    def space(self) -> FiniteElementSpace:
        """Finite-element space of the particle."""
        return space_of(self.mesh)

    @property
    def labels(self) -> list[str]:
        """Names of the particles: one."""
        return [self.mesh.name]

    @property
    def default_submesh_types(self) -> dict[str, Any]:
        """Generators of the finite-element unknowns and the facet points."""
        space = space_of(self.mesh)
        submeshes = {DOMAIN: pybamm.MeshGenerator(ElementSubMesh, {"space": space})}
        for group in self.groups:
            points = space.facets(group)
            reactivity = np.ones(len(points.weights))
            if self.blocked and group == "surface":
                reactivity = self.blocked.reactivity(points)
            submeshes[facet_domain(DOMAIN, group)] = pybamm.MeshGenerator(
                FacetSubMesh, {"quadrature": points, "fields": {"reactivity": reactivity}}
            )
        return submeshes

    @property
    def default_spatial_methods(self) -> dict[str, pybamm.SpatialMethod]:
        """Finite elements inside, quadrature on the facets."""
        methods: dict[str, pybamm.SpatialMethod] = {DOMAIN: FiniteElement()}
        for group in self.groups:
            methods[facet_domain(DOMAIN, group)] = FacetQuadrature()
        return methods

    @property
    def starting_method(self) -> pybamm.BaseSolver | None:
        """As of every model, but a resolved potential is left to IDAKLU: quicker, and its
        current can spread over the particle."""
        return None if len(self.groups) > 1 else super().starting_method

    @property
    def solver_options(self) -> dict[str, Any]:
        """IDAKLU options for the size and kind of the problem.

        Large 3D particles are solved iteratively, see :func:`iterative_options`; a resolved
        potential is too badly conditioned for that and stays with sparse factors.
        """
        large = self.mesh.dimension == 3 and space_of(self.mesh).n_unknowns > MOST_FACTORED_IN_3D
        resolved = len(self.groups) > 1
        options: dict[str, Any] = {}
        if self.algebraic:
            # the currents through algebraic unknowns are as exact as Newton's last step
            options["nonlinear_convergence_coefficient"] = 0.01
        if large and not resolved:
            options |= iterative_options(self.mesh.order, with_potential=bool(self.algebraic))
        elif not self.algebraic:
            # rather a new factorisation than many slow steps with an old one: a quarter faster
            options["max_nonlinear_iterations"] = 4
        return options


def iterative_options(order: int, with_potential: bool) -> dict[str, Any]:
    """IDAKLU options for large 3D particles: GMRES instead of sparse factors.

    Factors of a tetrahedral mesh fill in and cost a hundred times more. With P1 elements and
    an imposed flux the scaled sum of rows is an eigenvector of the Jacobian, so lithium is
    conserved to rounding however loosely GMRES is stopped; otherwise it must be stopped late.
    """
    tolerance = 1e-7 if order == 2 else 1e-5 if with_potential else 5e-3
    return {
        "linear_solver": "SUNLinSol_SPGMR",
        "jacobian": "matrix-free",
        "preconditioner": "none",
        "linsol_max_iterations": 50,
        "epsilon_linear_tolerance": tolerance,
        # the solver's own start-up of algebraic unknowns needs a direct linear solver
        "calc_ic": not with_potential,
    }


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
