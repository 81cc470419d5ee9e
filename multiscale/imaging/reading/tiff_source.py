"""TIFF, OME-TIFF and ImageJ stacks, read frame by frame."""

from __future__ import annotations

import logging
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import tifffile
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.reading.sources import LENGTH_UNITS_M, TIME_UNITS_S, Source, unit_factor

Times: TypeAlias = NDArray[np.floating] | None

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
    with _tifffile_messages() as messages:
        try:
            with tifffile.TiffFile(path) as tif:
                series = tif.series  # reading the series is what makes tifffile complain
                cut = bool(series) and any(_CUT.search(message) for message in messages)
                layout = _Layout(path, tif, cut)
                time, pixel_size, bit_depth = _metadata(tif)
        except (tifffile.TiffFileError, OSError, IndexError) as problem:
            raise ImagingError(f"{path.name} cannot be read as TIFF: {problem}.") from problem
    return Source(
        path.name,
        layout.count,
        layout.read,
        time=time,
        pixel_size=pixel_size,
        bit_depth=bit_depth,
        whole=not cut,
        notes=layout.notes,
    )


@contextmanager
def _tifffile_messages() -> Iterator[list[str]]:
    """What tifffile logs; it reports files that are cut short in no other way."""
    messages: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger, handler = logging.getLogger("tifffile"), Keep()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


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
        others = len(tif.series) - 1
        self.notes = (f"{path.name} holds {others} more series; the first is read.",) * bool(others)

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
        with _tifffile_messages(), tifffile.TiffFile(self.path) as tif:
            pages: Any = tif.pages if self.count is None else tif.series[0].pages
            for index in indices:
                parts = [pages[index * self.pages + k].asarray() for k in range(self.pages)]
                yield np.stack(parts).reshape(self.shape if self.count else parts[0].shape)


def _named_axes(axes: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Axes of a series; (n, rows, columns, 3) stored as pages of (columns, 3) is colour."""
    if axes.endswith("YX") and len(shape) == 4 and shape[-1] in (3, 4):
        return axes[0] + "YXS", shape
    return axes, shape


def _metadata(tif: Any) -> tuple[Times, float | None, int | None]:
    """Time [s], pixel size [m] and bit depth as far as OME or ImageJ state them."""
    if tif.is_ome and tif.ome_metadata:
        return _ome_metadata(tif.ome_metadata)
    if tif.is_imagej and tif.imagej_metadata:
        return *_imagej_metadata(tif), None
    return None, None, None


def _ome_metadata(text: str) -> tuple[Times, float | None, int | None]:
    pixels = ElementTree.fromstring(text).find(".//{*}Pixels")
    if pixels is None:
        return None, None, None
    bits = pixels.get("SignificantBits")
    length = unit_factor(pixels.get("PhysicalSizeXUnit", "um"), LENGTH_UNITS_M)
    size = pixels.get("PhysicalSizeX")
    pixel_size = float(size) * length if size and length else None
    return _ome_times(pixels), pixel_size, int(bits) if bits else None


def _ome_times(pixels: ElementTree.Element) -> Times:
    """Times of the planes [s]: each plane's own, or multiples of the increment."""
    count = max(int(pixels.get("SizeT", 1)), int(pixels.get("SizeZ", 1)))
    planes = [plane for plane in pixels.findall("{*}Plane") if plane.get("TheC", "0") == "0"]
    planes.sort(key=lambda plane: (int(plane.get("TheT", 0)), int(plane.get("TheZ", 0))))
    given = [plane.get("DeltaT") for plane in planes]
    units = {plane.get("DeltaTUnit", "s") for plane in planes}
    factor = unit_factor(units.pop(), TIME_UNITS_S) if len(units) == 1 else None
    if len(given) == count and all(given) and factor:
        return np.array(given, dtype=float) * factor
    increment = pixels.get("TimeIncrement")
    factor = unit_factor(pixels.get("TimeIncrementUnit", "s"), TIME_UNITS_S)
    return np.arange(count) * float(increment) * factor if increment and factor else None


def _imagej_metadata(tif: Any) -> tuple[Times, float | None]:
    stated = tif.imagej_metadata
    interval = float(stated.get("finterval", 0))
    factor = unit_factor(str(stated.get("tunit", "s")), TIME_UNITS_S)
    count = int(stated.get("images", stated.get("frames", 1)))
    time = np.arange(count) * interval * factor if interval and factor and count > 1 else None
    length = unit_factor(str(stated.get("unit", "")), LENGTH_UNITS_M)
    resolution = tif.pages[0].tags.get("XResolution")
    if length is None or resolution is None or not resolution.value[0]:
        return time, None
    pixels, units = resolution.value
    return time, units / pixels * length
