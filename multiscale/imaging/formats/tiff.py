"""TIFF, OME-TIFF and ImageJ stacks, read frame by frame; OME-TIFF is written too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.formats import Footage, Source, reads, reversed_counts, writes
from multiscale.tiff import check_page, check_square, complaints, inverted, open_tiff, scale_of

_CUT = re.compile("invalid page offset|invalid value offset|corrupted tag list")


@reads(".tif", ".tiff", ".btf")
def tiff_source(path: Path) -> Source:
    """A multi-page TIFF; time and pixel size from OME or ImageJ metadata.

    Raises ImagingError if it is no TIFF, or holds several channels or depths besides the times.

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

    def __init__(self, path: Path, tif: Any, cut: bool):
        series = tif.series[0]
        self.path, self.offset = path, series.dataoffset
        self.dtype = series.dtype.newbyteorder(tif.byteorder)
        axes, shape = series.axes, series.shape
        if axes.endswith("YX") and len(shape) == 4 and shape[-1] in (3, 4):
            axes = axes[0] + "YXS"  # pages of (columns, 3): colour
        first = min(axes.index(axis) for axis in "CSYX" if axis in axes)
        self.axes, self.shape = axes[first:], shape[first:]
        size = dict(zip(axes, shape, strict=True))
        both = size.get("T", 1) > 1 and size.get("Z", 1) > 1
        inside = set(self.axes) - set("CSYX")
        if both or inside or size.get("C", 3) not in (1, 3, 4) or {"C", "S"} <= set(self.axes):
            layout = ", ".join(f"{axis}: {length}" for axis, length in size.items())
            raise ImagingError(
                f"{path.name} holds more than times and colours ({layout}); save one channel and "
                "one depth."
            )
        promised = int(np.prod(shape[:first], dtype=int))
        self.pages = max(len(series.pages) // promised, 1)
        self.count = None if cut and promised == 1 else promised
        first_page = next((page for page in series.pages if page is not None), None)
        if first_page is None or first_page.keyframe is None:
            raise ImagingError(f"{path.name} cannot be read as TIFF: its first page is missing.")
        check_page(first_page, path.name)
        self.inverted = inverted(first_page.keyframe)
        self.singles: list[int] = []
        if promised == 1 and all(len(one.pages) == 1 for one in tif.series):
            # frames that were written one by one: each is a series of its own
            kind = (series.shape, series.dtype)
            alike = [one for one in tif.series if (one.shape, one.dtype) == kind]
            self.singles = [one.pages[0].index for one in alike] if len(alike) > 1 else []
        if self.singles:
            self.count, self.offset = len(self.singles), None
        others = len(tif.series) - max(len(self.singles), 1)
        notes = [f"{path.name} holds {others} more series; the first is read."] * bool(others)
        if axes.startswith("Z") and promised > 1:
            notes.append(f"{path.name} stores its frames as depths (Z); they are taken as times.")
        self.notes = tuple(notes)

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


@writes(".ome.tif", ".ome.tiff")
def write_ome_tiff(footage: Footage, path: Path) -> None:
    """Times as DeltaT of every plane, the pixel size in micrometres."""
    colour, n = footage.first.ndim == 3, len(footage.time)
    micrometre = {f"PhysicalSize{axis}": footage.pixel_size * 1e6 for axis in "XY"}
    units = {f"PhysicalSize{axis}Unit": "µm" for axis in "XY"}
    planes = {"DeltaT": footage.time.tolist(), "DeltaTUnit": ["s"] * n}
    with tifffile.TiffWriter(path, ome=True, bigtiff=True) as file:
        file.write(
            footage.frames,
            shape=(n, *footage.first.shape),
            dtype=footage.first.dtype,
            photometric="rgb" if colour else "minisblack",
            metadata={"axes": "TYXS" if colour else "TYX", "Plane": planes} | micrometre | units,
        )
