"""What each particle touches: other particles, binder, pore, collector and frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.electrode.image_codes import Codes, faces

BINDER, FRAME = -2, -3  # beside the collector's -1
COVERING = {"binder": BINDER, "pore": 0, "collector": -1, "frame": FRAME}


def face_table(codes: Codes) -> pd.DataFrame:
    """Sides between each particle and each thing it touches.

    Parameters
    ----------
    codes : int array with a margin of one pixel
        Particles from 1, pore 0, collector -1, binder -2, frame of the image -3.

    Returns
    -------
    DataFrame
        ``own``, ``other``, ``faces`` (count), ``size_pixels`` (length or area of the interface:
        the root of the sum of squares of the counts along each axis, exact where it is flat),
        ``axis0``, ``axis1`` ... (middle of the interface, pixel indices).

    Examples
    --------
    >>> codes = np.pad(np.kron([[1], [2]], np.ones((5, 8), int)), 1)
    >>> face_table(codes).query("own == 1 and other == 2")[["faces", "size_pixels"]].values.tolist()
    [[8.0, 8.0]]
    """
    own, other, place = faces(codes)
    lowest = int(codes.min())
    span = int(codes.max()) - lowest + 1
    key, group = np.unique(own.astype(np.int64) * span + (other - lowest), return_inverse=True)
    along = np.abs(place - np.round(place)) > 0.25  # the axis the side is across
    counts = [np.bincount(group, along[:, k], len(key)) for k in range(codes.ndim)]
    number = np.bincount(group, minlength=len(key))
    table = {
        "own": key // span,
        "other": key % span + lowest,
        "faces": number,
        "size_pixels": np.sqrt(np.sum(np.square(counts), axis=0)),
    }
    for k in range(codes.ndim):
        table[f"axis{k}"] = np.bincount(group, place[:, k].astype(float), len(key)) / number
    return pd.DataFrame(table)


def coverage(table: pd.DataFrame, numbers: NDArray[np.int64], least: int) -> pd.DataFrame:
    """Share of the rim or surface of each particle by what it touches; each row sums to 1.

    Touches of fewer than ``least`` sides between particles count as particle all the same; they
    are no contact.
    """
    total = table.groupby("own")["faces"].sum().reindex(numbers)
    columns = {}
    for name, code in COVERING.items():
        part = table[table["other"] == code].set_index("own")["faces"]
        columns[f"{name}_share"] = part.reindex(numbers, fill_value=0) / total
    between = table[table["other"] > 0]
    shared = between.groupby("own")["faces"].sum().reindex(numbers, fill_value=0)
    columns["particle_share"] = shared / total
    firm = between[between["faces"] >= least].groupby("own").size()
    columns["contacts"] = firm.reindex(numbers, fill_value=0)
    columns["faces"] = total
    return pd.DataFrame(columns, index=numbers)
