"""An electrode in motion, with voltage and current."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image


def electrode_frames(
    results: Any, times: Sequence[float] | NDArray[np.float64], quantity: str = "delithiation"
) -> list[Image.Image]:
    """The frames of :func:`animate_electrode` as Pillow images, for a slider."""
    raise NotImplementedError


def animate_electrode(
    results: Any,
    path: str | PathLike[str],
    n_frames: int = 60,
    quantity: str = "delithiation",
    times: ArrayLike | None = None,
    seconds: float = 8.0,
) -> Path:
    """Write an animated GIF of the electrode beside voltage and current."""
    raise NotImplementedError
