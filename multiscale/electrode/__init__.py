"""Electrodes as tables: particles, nodes and contacts, from rules, packings, images and files."""
