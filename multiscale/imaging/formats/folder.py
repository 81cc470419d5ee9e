"""A folder of numbered pictures as a movie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiscale.errors import ImagingError
from multiscale.imaging.formats import FOLDER, Source, reads, reversed_counts
from multiscale.tiff import (
    MAX_FRAMES,
    check_page,
    check_size,
    check_square,
    inverted,
    open_tiff,
    scale_of,
)

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


@reads(FOLDER)
def folder_source(path: Path) -> Source:
    """Pictures of a folder in the order of their numbers (2 before 10), without times.

    Raises ImagingError if the folder holds no picture, or pictures of several kinds.

    Examples
    --------
    >>> folder_source(Path("."))
    Traceback (most recent call last):
    multiscale.errors.ImagingError: Folder ... holds no picture; known kinds: .png, ...
    """
    try:
        inside = sorted(path.iterdir())
    except OSError as problem:
        raise ImagingError(f"Folder {path} cannot be read: {problem.strerror}.") from problem
    files = [
        file
        for file in inside
        if file.suffix.lower() in PICTURES and not file.name.startswith(".") and not file.is_dir()
    ]
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
    if len(files) > MAX_FRAMES:
        raise ImagingError(f"Folder {path.name} holds {len(files)} pictures; at most {MAX_FRAMES}.")

    def by_number(file: Path) -> list[tuple[int, int | str]]:
        """Numbers by value, the rest by letters."""
        parts = [part for part in re.split(r"([0-9]+)", file.name.lower()) if len(part) < 300]
        return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]

    files.sort(key=by_number)
    order, notes = _numbers(files)
    read = partial(_pictures, files)
    return Source(path.name, len(files), read, order=order, clock=_dates(files), notes=notes)


def _pictures(files: list[Path], indices: Iterable[int]) -> Iterator[NDArray]:
    return (_picture(files[index]) for index in indices)


def _numbers(files: list[Path]) -> tuple[NDArray[np.integer] | None, tuple[str, ...]]:
    """Places of the frames by the one number in the names that varies, counted by its step."""
    groups = [tuple(re.findall(r"[0-9]{1,18}", file.stem)) for file in files]
    if len({len(group) for group in groups}) != 1 or not groups[0]:
        return None, ("The names of the frames are not numbered alike; they follow the alphabet.",)
    table = np.array(groups, dtype=np.int64)
    varying = np.flatnonzero(np.ptp(table, axis=0) > 0)
    if len(varying) > 1 or len(files) == 1:
        several = "Several numbers vary in the names of the frames; they only give the order."
        return None, (several,) * (len(files) > 1)
    numbers = table[:, varying[0]] if len(varying) else np.zeros(len(files), dtype=np.int64)
    steps = np.diff(numbers)
    if steps.min() <= 0:
        twice = int(np.argmin(steps))
        raise ImagingError(
            f"{files[twice].name} and {files[twice + 1].name} have the same number; number the "
            "frames in the order of time."
        )
    step = int(steps.min())
    if (steps % step).any():
        return None, ("The numbers in the names rise unevenly; they only give the order.",)
    return (numbers - numbers[0]) // step, ()


def _dates(files: list[Path]) -> NDArray[np.floating] | None:
    """When the frames were taken by the dates in the pictures [s], if all have one."""
    dates = []
    for file in files:
        try:
            with Image.open(file) as picture:
                exif = picture.getexif()
                date = exif.get_ifd(0x8769).get(0x9003) or exif.get(0x0132)
            dates.append(datetime.strptime(str(date).strip("\0 "), "%Y:%m:%d %H:%M:%S"))
        except Exception:  # a date is welcome, not needed: a damaged picture is seen later
            return None
    return np.array([(date - dates[0]).total_seconds() for date in dates])


def _picture(file: Path) -> NDArray:
    try:
        if file.suffix.lower().startswith(".tif"):
            return _tiff(file)
        with Image.open(file) as picture:
            columns, rows = picture.size
            check_size(file.name, rows, columns)
            grey = {"1": "L", "LA": "L", "La": "L"}.get(picture.mode)
            coloured = picture.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV", "RGBX")
            plain = picture.convert(grey or "RGB") if grey or coloured else picture
            return np.asarray(plain)
    except ImagingError:
        raise
    except Exception as problem:  # each format has its own kinds
        raise OSError(f"{file.name}: {problem}") from problem


def _tiff(file: Path) -> NDArray:
    with open_tiff(file) as (tif, complaints):
        page = tif.pages[0]
        check_page(page, file.name)
        if len(tif.pages) > 1 and tif.series[0].size > page.size:
            raise ImagingError(f"{file.name} holds {len(tif.pages)} pictures; a frame has one each")
        check_square(file.name, scale_of(tif, 1))
        try:
            frame = np.squeeze(page.asarray())
        except Exception as problem:  # tifffile raises whatever it stumbles over
            complaints.append(str(problem) or type(problem).__name__)
        white_is_zero = inverted(page)
    if complaints:
        raise OSError(f"{file.name}: {complaints[0]}")
    return reversed_counts(frame) if white_is_zero else frame
