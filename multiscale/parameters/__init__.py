"""Material parameters: laws, sets with their sources, and checks before a solve.

Examples
--------
>>> from multiscale import parameters
>>> chosen = parameters.load_set("Xu2022_NMC88")
>>> chosen.sources["Positive particle diffusivity [m2.s-1]"].grade
'C'
"""

from multiscale.parameters.registry import ParameterSet, list_sets, load_set
from multiscale.parameters.sources import Source

__all__ = ["ParameterSet", "Source", "list_sets", "load_set"]
