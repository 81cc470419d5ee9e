"""What a microscope would see of a layered oxide, as far as a formula can say."""

from __future__ import annotations

from typing import TypeVar, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from multiscale.errors import AnalysisError

Values = TypeVar("Values", float, NDArray[np.float64], xr.DataArray)


def surface_brightness(
    stoichiometry: Values, pristine: float | Values, width: float = 0.12
) -> Values:
    """Brightness gain of a particle from the lithium content of its surface, 0 to nearly 1.

    ``1 - exp(-(pristine - stoichiometry)/width)``: rises fast with the first lithium removed
    and saturates. A stand-in of ours, measured by nobody: the shape says that reflectance
    saturates and that the microscope sees the surface; the width was chosen, and timings on
    this signal change with it. Give the content of the visible surface (of a disk, the upper
    half of its rim), not the mean of the particle.

    Parameters
    ----------
    stoichiometry : float, array or DataArray
        Lithium fraction of the surface [-].
    pristine : float, array or DataArray
        Lithium fraction at which the brightness is zero [-]; broadcast.
    width : float
        Lithium removed for 63 % of the full gain [-].

    Raises
    ------
    AnalysisError
        If the width is not positive.

    Examples
    --------
    >>> surface_brightness(np.array([1.0, 0.88, 0.4]), 1.0).round(3)
    array([0.   , 0.632, 0.993])
    """
    if not width > 0:
        raise AnalysisError(f"width must be positive; got {width}.")
    return cast(Values, 1 - np.exp(-(pristine - stoichiometry) / width))
