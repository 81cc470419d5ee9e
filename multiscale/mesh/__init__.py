"""Particles as finite-element meshes, from files, outlines, images or formulas."""

from multiscale.mesh.files import stored_meshes
from multiscale.mesh.measure import Quality
from multiscale.mesh.particle_mesh import ParticleMesh

__all__ = ["ParticleMesh", "Quality", "stored_meshes"]
