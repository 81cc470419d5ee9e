"""Stored runs under a virtual microscope."""
