"""Particle-resolved battery electrode models on finite-element meshes, solved by PyBaMM.

The names in ``__all__`` are the public interface. Each is loaded on first use, so that importing
the package is quick and silent.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiscale.geometry.particle_mesh import ParticleMesh
    from multiscale.models.single_particle import SingleParticleModel
    from multiscale.models.surface import BlockedSurface, ButlerVolmer, ImposedFlux
    from multiscale.parameters.check import check_parameters
    from multiscale.results import Results

    __version__: str

__all__ = [
    "BlockedSurface",
    "ButlerVolmer",
    "ImposedFlux",
    "ParticleMesh",
    "Results",
    "SingleParticleModel",
    "check_parameters",
]

_HOME = {
    "BlockedSurface": "multiscale.models.surface",
    "ButlerVolmer": "multiscale.models.surface",
    "ImposedFlux": "multiscale.models.surface",
    "ParticleMesh": "multiscale.geometry.particle_mesh",
    "Results": "multiscale.results",
    "SingleParticleModel": "multiscale.models.single_particle",
    "check_parameters": "multiscale.parameters.check",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("multiscale-electrode")
    if name not in _HOME:
        from multiscale.errors import unknown_name

        raise AttributeError(unknown_name("name in multiscale", name, __all__))
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
