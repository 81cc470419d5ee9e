"""Particles as finite-element meshes, from files, outlines, images or formulas."""

from multiscale.geometry.measure import Quality
from multiscale.geometry.particle_mesh import ParticleMesh
from multiscale.geometry.stored import stored_meshes

__all__ = ["ParticleMesh", "Quality", "stored_meshes"]
