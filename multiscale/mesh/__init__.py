"""Particles as finite-element meshes, from files, outlines, images or formulas."""

from multiscale.mesh.measure import Quality
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.mesh.stored import stored_meshes

__all__ = ["ParticleMesh", "Quality", "stored_meshes"]
