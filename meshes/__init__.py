"""Stored meshes, their manifest, and the script that rebuilds them."""
