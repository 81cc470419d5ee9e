"""List the packages; everything else is declared in pyproject.toml.

Three top-level folders are installed as subpackages of ``multiscale``. Static configuration
can map a folder but cannot search a mapped one, so the search is done here.
"""

from setuptools import find_packages, setup

MAPPED = {
    "multiscale.meshes": "meshes",
    "multiscale.parameter_sets": "parameter_sets",
    "multiscale.validation": "validation",
}

packages = find_packages(include=["multiscale", "multiscale.*"])
for name, folder in MAPPED.items():
    packages += [name, *(f"{name}.{inner}" for inner in find_packages(folder))]

setup(packages=packages)
