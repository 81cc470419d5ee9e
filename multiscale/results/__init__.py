"""What a simulation leaves: labelled series, fields, balances, files."""

from multiscale.results.balance import Balance
from multiscale.results.results import ElectrodeResults, Results

__all__ = ["Balance", "ElectrodeResults", "Results"]
