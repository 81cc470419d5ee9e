"""A folder of numbered pictures as a movie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from multiscale.errors import ImagingError
from multiscale.imaging.reading.sources import Source

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


def folder_source(path: Path) -> Source:
    """Pictures of a folder in the order of their numbers (2 before 10).

    Parameters
    ----------
    path : pathlib.Path
        The folder; the kind of picture that occurs most often in it is read.

    Returns
    -------
    Source
        Without times: give the frame interval.

    Raises
    ------
    ImagingError
        If the folder holds no picture, or pictures of several kinds.

    Examples
    --------
    >>> folder_source(Path("."))
    Traceback (most recent call last):
    multiscale.errors.ImagingError: Folder ... holds no picture; known kinds: .png, ...
    """
    files = [file for file in path.iterdir() if file.suffix.lower() in PICTURES]
    if not files:
        raise ImagingError(
            f"Folder {path.name or path} holds no picture; known kinds: {', '.join(PICTURES)}."
        )
    kinds = sorted({file.suffix.lower() for file in files})
    if len(kinds) > 1:
        raise ImagingError(
            f"Folder {path.name} holds pictures of several kinds ({', '.join(kinds)}); "
            "leave one kind in it."
        )
    files.sort(key=_natural)

    def read(indices: Iterable[int]) -> Iterator[NDArray]:
        return (_picture(files[index]) for index in indices)

    return Source(path.name, len(files), read)


def _natural(file: Path) -> list[tuple[int, int | str]]:
    """Sorting key: numbers by value, the rest by letters."""
    parts = re.split(r"(\d+)", file.name.lower())
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts]


def _picture(file: Path) -> NDArray:
    try:
        if file.suffix.lower().startswith(".tif"):
            return np.squeeze(tifffile.imread(file))
        with Image.open(file) as picture:
            plain = picture.convert("RGB") if picture.mode in ("P", "CMYK", "YCbCr") else picture
            return np.asarray(plain)
    except (OSError, ValueError, SyntaxError) as problem:
        raise OSError(f"{file.name}: {problem}") from problem
