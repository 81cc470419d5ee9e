"""Material parameters: laws, sets with their sources, and checks before a solve.

Examples
--------
>>> from multiscale import parameters
>>> chosen = parameters.load_set("Xu2022_NMC88")
>>> chosen.sources["Positive particle diffusivity [m2.s-1]"].grade
'C'
>>> cooler = parameters.override(chosen.values, {"Ambient temperature [K]": 273.15})
>>> parameters.check_parameters(cooler).raise_for_errors()
"""

from multiscale.parameters.bpx import BPXContent, BPXElectrode, read_bpx, write_bpx
from multiscale.parameters.check import Finding, ParameterReport, check_parameters
from multiscale.parameters.half_cell import HalfCellOCP, half_cell_ocp
from multiscale.parameters.library import list_sets, load_set, read_set, write_bpx_set, write_set
from multiscale.parameters.own_data import MeasuredLaw, customised, from_table
from multiscale.parameters.sets import ParameterSet, Source, override

__all__ = [
    "BPXContent",
    "BPXElectrode",
    "Finding",
    "HalfCellOCP",
    "MeasuredLaw",
    "ParameterReport",
    "ParameterSet",
    "Source",
    "check_parameters",
    "customised",
    "from_table",
    "half_cell_ocp",
    "list_sets",
    "load_set",
    "override",
    "read_bpx",
    "read_set",
    "write_bpx",
    "write_bpx_set",
    "write_set",
]
