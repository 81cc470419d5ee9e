"""TIFF, OME-TIFF and ImageJ stacks, read frame by frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.reading.sources import Source, reversed_counts
from multiscale.tiff import check_page, check_square, complaints, inverted, open_tiff, scale_of

_CUT = re.compile("invalid page offset|invalid value offset|corrupted tag list")


def tiff_source(path: Path) -> Source:
    """A multi-page TIFF; time and pixel size from OME or ImageJ metadata.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    Source

    Raises
    ------
    ImagingError
        If it is no TIFF, or holds several channels or depths besides the times.

    Examples
    --------
    >>> tifffile.imwrite("movie.tif", np.zeros((4, 8, 8), "uint8"), photometric="minisblack")
    >>> tiff_source(Path("movie.tif")).count
    4
    """
    with open_tiff(path) as (tif, messages):
        series = tif.series  # reading the series is what makes tifffile complain
        if not series:
            raise ImagingError(f"{path.name} cannot be read as TIFF: it holds no picture.")
        cut = any(_CUT.search(message) for message in messages)
        layout = _Layout(path, tif, cut)
        scale = scale_of(tif, layout.count or len(tif.pages))
        check_square(path.name, scale)
    size = (scale.width * scale.height) ** 0.5 if scale.width and scale.height else scale.width
    return Source(
        path.name,
        layout.count,
        layout.read,
        time=scale.time,
        pixel_size=size,
        bit_depth=scale.bit_depth,
        problems=scale.problems,
        whole=not cut,
        notes=layout.notes,
    )


class _Layout:
    """How the frames of a series lie in the file."""

    def __init__(self, path: Path, tif: tifffile.TiffFile, cut: bool):
        series = tif.series[0]
        self.path, self.offset = path, series.dataoffset
        self.dtype = series.dtype.newbyteorder(tif.byteorder)
        axes, shape = _named_axes(series.axes, series.shape)
        first = min(axes.index(axis) for axis in "CSYX" if axis in axes)
        self.axes, self.shape = axes[first:], shape[first:]
        self._check(dict(zip(axes, shape, strict=True)))
        promised = int(np.prod(shape[:first], dtype=int))
        self.pages = max(len(series.pages) // promised, 1)
        self.count = None if cut and promised == 1 else promised
        first_page = next((page for page in series.pages if page is not None), None)
        if first_page is None or first_page.keyframe is None:
            raise ImagingError(f"{path.name} cannot be read as TIFF: its first page is missing.")
        check_page(first_page, path.name)
        self.inverted = inverted(first_page.keyframe)
        self.singles = _single_pages(tif) if promised == 1 else None
        if self.singles:
            self.count, self.offset = len(self.singles), None
        others = len(tif.series) - (len(self.singles) if self.singles else 1)
        notes = [f"{path.name} holds {others} more series; the first is read."] * bool(others)
        if axes.startswith("Z") and promised > 1:
            notes.append(f"{path.name} stores its frames as depths (Z); they are taken as times.")
        self.notes = tuple(notes)

    def _check(self, size: dict[str, int]) -> None:
        both = size.get("T", 1) > 1 and size.get("Z", 1) > 1
        inside = set(self.axes) - set("CSYX")
        if both or inside or size.get("C", 3) not in (1, 3, 4) or {"C", "S"} <= set(self.axes):
            layout = ", ".join(f"{axis}: {length}" for axis, length in size.items())
            raise ImagingError(
                f"{self.path.name} holds more than times and colours ({layout}); save one channel "
                "and one depth."
            )

    def read(self, indices: Iterable[int]) -> Iterator[NDArray]:
        """Frames as stored, colours last."""
        frames = self._paged(indices) if self.offset is None else self._contiguous(indices)
        for frame in frames:
            if self.inverted:
                frame = reversed_counts(frame)
            colour = next((self.axes.index(axis) for axis in "CS" if axis in self.axes), None)
            yield frame if colour is None else np.moveaxis(frame, colour, -1)

    def _contiguous(self, indices: Iterable[int]) -> Iterator[NDArray]:
        values, start = int(np.prod(self.shape)), self.offset or 0
        with self.path.open("rb") as file:
            for index in indices:
                file.seek(start + index * values * self.dtype.itemsize)
                frame = np.fromfile(file, self.dtype, values)
                if len(frame) < values:
                    raise EOFError(f"the file ends inside frame {index}")
                yield frame.reshape(self.shape)

    def _paged(self, indices: Iterable[int]) -> Iterator[NDArray]:
        with complaints(), tifffile.TiffFile(self.path) as tif:
            pages: Any = tif.pages if self.count is None else tif.series[0].pages
            if self.singles:
                pages = [tif.pages[k] for k in self.singles]
            for index in indices:
                try:
                    stored = [pages[index * self.pages + k] for k in range(self.pages)]
                except IndexError as problem:
                    raise EOFError(f"the file has no frame {index}") from problem
                if None in stored:
                    raise EOFError(f"the plane of frame {index} is missing")
                for page in stored:
                    check_page(page, self.path.name)
                try:
                    parts = [page.asarray() for page in stored]
                except Exception as problem:  # tifffile raises whatever it stumbles over
                    raise EOFError(str(problem) or type(problem).__name__) from problem
                yield np.stack(parts).reshape(self.shape if self.count else parts[0].shape)


def _single_pages(tif: Any) -> list[int] | None:
    """Pages of a movie whose frames were written one by one: each is a series of its own."""
    if len(tif.series) < 2 or any(len(series.pages) != 1 for series in tif.series):
        return None
    first = tif.series[0]
    alike = [one for one in tif.series if (one.shape, one.dtype) == (first.shape, first.dtype)]
    return [one.pages[0].index for one in alike] if len(alike) > 1 else None


def _named_axes(axes: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Axes of a series; (n, rows, columns, 3) stored as pages of (columns, 3) is colour."""
    if axes.endswith("YX") and len(shape) == 4 and shape[-1] in (3, 4):
        return axes[0] + "YXS", shape
    return axes, shape
