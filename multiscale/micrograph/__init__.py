"""From a micrograph to particles, contacts, meshes and an electrode.

Labels, segmentations and grey values, in two or three dimensions; see ``docs/micrograph.md``.
"""

from multiscale.micrograph.micrograph import Micrograph
from multiscale.micrograph.phases import Recipe
from multiscale.micrograph.reading import cut_out, read_image

__all__ = ["Micrograph", "Recipe", "cut_out", "read_image"]
