"""Particle-resolved battery electrode models on finite-element meshes, solved by PyBaMM.

The names in ``__all__`` are the public interface. Each is loaded on first use, so that importing
the package is quick and silent. Material laws and sets are in ``multiscale.parameters``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiscale.analysis.comparison import compare_timings
    from multiscale.analysis.timings import reaction_timings
    from multiscale.dataset import DataPackage, check_package, read_package
    from multiscale.electrode.geometry import ElectrodeGeometry
    from multiscale.imaging.stack import ImageStack
    from multiscale.mesh.particle_mesh import ParticleMesh
    from multiscale.models.electrode import ElectrodeModel
    from multiscale.models.fidelity import Lumped, Radial, Resolved
    from multiscale.models.single_particle import SingleParticleModel
    from multiscale.models.surface import BlockedSurface, ButlerVolmer, ImposedFlux
    from multiscale.parameters.check import check_parameters
    from multiscale.results import ElectrodeResults, Results

    __version__: str

__all__ = [
    "BlockedSurface",
    "ButlerVolmer",
    "DataPackage",
    "ElectrodeGeometry",
    "ElectrodeModel",
    "ElectrodeResults",
    "ImageStack",
    "ImposedFlux",
    "Lumped",
    "ParticleMesh",
    "Radial",
    "Resolved",
    "Results",
    "SingleParticleModel",
    "check_package",
    "check_parameters",
    "compare_timings",
    "reaction_timings",
    "read_package",
]

_HOME = {
    "BlockedSurface": "multiscale.models.surface",
    "ButlerVolmer": "multiscale.models.surface",
    "DataPackage": "multiscale.dataset",
    "ElectrodeGeometry": "multiscale.electrode.geometry",
    "ElectrodeModel": "multiscale.models.electrode",
    "ElectrodeResults": "multiscale.results",
    "ImageStack": "multiscale.imaging.stack",
    "ImposedFlux": "multiscale.models.surface",
    "Lumped": "multiscale.models.fidelity",
    "ParticleMesh": "multiscale.mesh.particle_mesh",
    "Radial": "multiscale.models.fidelity",
    "Resolved": "multiscale.models.fidelity",
    "Results": "multiscale.results",
    "SingleParticleModel": "multiscale.models.single_particle",
    "check_package": "multiscale.dataset",
    "check_parameters": "multiscale.parameters.check",
    "compare_timings": "multiscale.analysis.comparison",
    "reaction_timings": "multiscale.analysis.timings",
    "read_package": "multiscale.dataset",
}

_ROOMS = {  # so that `ms.parameters.from_table` needs no import
    "cases": "multiscale.cases",
    "parameters": "multiscale.parameters",
    "suite": "multiscale.cases",  # until it was one engine
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("multiscale-electrode")
    if name in _ROOMS:
        return importlib.import_module(_ROOMS[name])
    if name not in _HOME:
        from multiscale.errors import unknown_name

        raise AttributeError(unknown_name("name in multiscale", name, __all__))
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
