"""How PyBaMM discretises a model whose sub-meshes bring their own points."""

from __future__ import annotations

from typing import Any

import pybamm

from multiscale.errors import ModelError
from multiscale.limits import TOLERANCE, number

# Steps this small, this many in a row, are a standstill: IDAKLU would go on for ever, in compiled
# code that no interrupt reaches. First steps are as small, but grow within dozens.
STANDSTILL = {"num_steps_no_progress": 2000, "t_no_progress": 1e-4}


class MeshModel(pybamm.BaseModel):
    """Base class of models on finite-element meshes, facet points and tables.

    A subclass gives ``default_submesh_types`` and ``default_spatial_methods``, and may give
    its own tolerances and ``solver_options``.
    """

    default_rtol = 1e-5
    default_atol = 1e-6

    @property
    def default_geometry(self) -> dict[str, Any]:
        """One placeholder coordinate per domain: the sub-meshes bring their own points."""
        return {domain: {"x": {"position": 0}} for domain in self.default_submesh_types}

    @property
    def default_var_pts(self) -> dict[str, Any]:
        """None: the sub-meshes know how many points they have."""
        return {}

    @property
    def solver_options(self) -> dict[str, Any]:
        """Options of IDAKLU that suit the model."""
        return {}

    @property
    def starting_method(self) -> pybamm.BaseSolver | None:
        """What finds the algebraic unknowns at the start of a step.

        Newton's method that may shorten its first step a million times: a pristine or a full
        surface hardly reacts, and the exponentials of the reaction overshoot.
        """
        if not self.algebraic:
            return None
        return pybamm.NonlinearSolver(rtol=1e-8, atol=1e-8, max_iter=300, max_backtracks=60)

    @property
    def default_solver(self) -> pybamm.BaseSolver:
        """IDAKLU at the model's default tolerances."""
        return self.solver()

    def solver(
        self, rtol: float | None = None, atol: float | None = None, **options: Any
    ) -> pybamm.IDAKLUSolver:
        """IDAKLU with the model's options at other tolerances.

        Parameters
        ----------
        rtol, atol : float, optional
            Relative and absolute tolerance; the defaults keep time errors below those of the
            default meshes.
        **options
            Further IDAKLU options, over those of the model.
        """
        rtol = self.default_rtol if rtol is None else rtol
        atol = self.default_atol if atol is None else atol
        return pybamm.IDAKLUSolver(
            rtol=number(rtol, "rtol", ModelError, TOLERANCE),
            atol=number(atol, "atol", ModelError, TOLERANCE),
            root_method=self.starting_method,
            # the laws say themselves how they go on beyond their tables
            on_extrapolation="ignore",
            options=STANDSTILL | self.solver_options | options,
        )
