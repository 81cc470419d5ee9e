"""Finite elements inside PyBaMM: spaces, sub-meshes, spatial methods and two symbols."""
