"""How PyBaMM discretises a model whose sub-meshes bring their own points."""

from __future__ import annotations

from typing import Any

import pybamm


class MeshModel(pybamm.BaseModel):
    """Base class of models on finite-element meshes, facet points and tables.

    A subclass gives ``default_submesh_types`` and ``default_spatial_methods``.
    """

    @property
    def default_geometry(self) -> dict[str, Any]:
        """One placeholder coordinate per domain: the sub-meshes bring their own points."""
        return {domain: {"x": {"position": 0}} for domain in self.default_submesh_types}

    @property
    def default_var_pts(self) -> dict[str, Any]:
        """None: the sub-meshes know how many points they have."""
        return {}
