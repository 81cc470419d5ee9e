"""The two readings of a published lithium diffusivity.

Chemical transport is Fick's law, ``J = -c_max D grad theta``. Thermodynamic transport
multiplies D by the factor that Lun et al. (SI, eqs. 8-12) derive from the chemical
potential, ``J = -c_max (F/RT) theta D (-dU/dtheta) grad theta``. Which of the two a
published D belongs to decides whether Xu et al. (Joule 6, 2535 (2022)) comes out at all.
"""

from __future__ import annotations

import pybamm

from multiscale.errors import ModelError, is_one_of, unknown_name
from multiscale.fem.finite_element import Slope
from multiscale.models.kinetics import FARADAY, GAS_CONSTANT
from multiscale.models.material import diffusivity, open_circuit_potential, temperature

TRANSPORT_FORMS = ("chemical", "thermodynamic")


def check_transport(transport: str) -> None:
    """Raise :class:`ModelError` unless ``transport`` is one of :data:`TRANSPORT_FORMS`."""
    if not is_one_of(transport, TRANSPORT_FORMS):
        raise ModelError(unknown_name("transport form", transport, TRANSPORT_FORMS))


def effective_diffusivity(transport: str, stoichiometry: pybamm.Symbol) -> pybamm.Symbol:
    """Coefficient of ``grad theta`` in the lithium flux divided by ``c_max`` [m2.s-1].

    Parameters
    ----------
    transport : str
        ``"chemical"`` or ``"thermodynamic"``.
    stoichiometry : pybamm.Symbol
        Lithium fraction (1 = lithiated).
    """
    check_transport(transport)
    if transport == "chemical":
        return diffusivity(stoichiometry)
    slope = Slope(open_circuit_potential(stoichiometry), stoichiometry)
    factor = FARADAY / (GAS_CONSTANT * temperature()) * stoichiometry
    return factor * diffusivity(stoichiometry) * (-slope)
