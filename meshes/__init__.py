"""Stored particle meshes, and the script that rebuilds them."""
