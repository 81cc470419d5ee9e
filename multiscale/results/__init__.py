"""What a simulation leaves: labelled series, fields, balances, files."""

from multiscale.results.balance import Balance
from multiscale.results.electrode import ElectrodeResults
from multiscale.results.particle import Results

__all__ = ["Balance", "ElectrodeResults", "Results"]
