"""Movies on disk: OME-TIFF with times and pixel size, or H.264 in MP4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import ImagingError

Frames = Iterable[NDArray[Any]]


def write_movie(
    frames: Frames,
    path: str | PathLike[str],
    *,
    time: ArrayLike,
    pixel_size: float,
    quality: int = 18,
) -> Path:
    """Write frames as they come; the file appears when it is complete.

    Parameters
    ----------
    frames : iterable of ndarray of uint8 or uint16, shape (rows, columns[, 3])
        One per time, all alike; 8 bits for MP4.
    path : path
        Ends in ``.ome.tif``, ``.ome.tiff`` or ``.mp4``; MP4 needs the extra ``video``.
    time : array_like, shape (n,)
        [s]; OME-TIFF keeps it as DeltaT of every plane. MP4 plays 25 frames a second and keeps
        the first frame interval as a comment.
    pixel_size : float
        [m]
    quality : int
        Constant rate factor of H.264, 0 (lossless) to 51.

    Returns
    -------
    Path

    Raises
    ------
    ImagingError
        For another extension, frames that do not fit the times or each other, or a missing PyAV.

    Examples
    --------
    >>> frames = np.zeros((3, 8, 8, 3), np.uint8)
    >>> write_movie(frames, "movie.ome.tif", time=[0, 30, 60], pixel_size=130e-9).name
    'movie.ome.tif'
    """
    path, times = Path(path), np.asarray(time, dtype=float)
    writer = _writer(path)
    checked = _checked(frames, len(times))
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        writer(checked, part, times, pixel_size, quality)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _writer(path: Path) -> Callable[..., None]:
    name = path.name.lower()
    if name.endswith((".ome.tif", ".ome.tiff")):
        return _write_ome_tiff
    if name.endswith(".mp4"):
        return _write_mp4
    raise ImagingError(f"{path.name}: a movie's name ends in .ome.tif, .ome.tiff or .mp4.")


def _checked(frames: Frames, n: int) -> Iterator[NDArray[Any]]:
    """The frames, refused where they differ from the first or from the number of times."""
    first: NDArray[Any] | None = None
    count = 0
    for count, given in enumerate(frames, start=1):
        frame = np.asarray(given)
        first = frame if first is None else first
        if (frame.shape, frame.dtype) != (first.shape, first.dtype):
            raise ImagingError(f"Frame {count - 1} differs from the first in shape or type.")
        if count > n:
            break
        yield frame
    if count != n:
        raise ImagingError(f"There are {n} times, but {'more' if count > n else count} frames.")


def _with_first(frames: Iterator[NDArray[Any]]) -> tuple[NDArray[Any], Iterator[NDArray[Any]]]:
    first = next(frames, None)
    if first is None:
        raise ImagingError("A movie needs at least one frame.")

    def all_frames() -> Iterator[NDArray[Any]]:
        yield first
        yield from frames

    return first, all_frames()


def _write_ome_tiff(
    frames: Iterator[NDArray[Any]],
    path: Path,
    time: NDArray[np.float64],
    pixel_size: float,
    quality: int,
) -> None:
    first, frames = _with_first(frames)
    colour = first.ndim == 3
    micrometre = {f"PhysicalSize{axis}": pixel_size * 1e6 for axis in "XY"}
    units = {f"PhysicalSize{axis}Unit": "µm" for axis in "XY"}
    planes = {"DeltaT": time.tolist(), "DeltaTUnit": ["s"] * len(time)}
    with tifffile.TiffWriter(path, ome=True, bigtiff=True) as file:
        file.write(
            frames,
            shape=(len(time), *first.shape),
            dtype=first.dtype,
            photometric="rgb" if colour else "minisblack",
            metadata={"axes": "TYXS" if colour else "TYX", "Plane": planes} | micrometre | units,
        )


def _write_mp4(
    frames: Iterator[NDArray[Any]],
    path: Path,
    time: NDArray[np.float64],
    pixel_size: float,
    quality: int,
) -> None:
    try:
        import av
    except ImportError as error:
        raise ImagingError(
            "MP4 needs PyAV: pip install 'multiscale-electrode[video]', or write .ome.tif."
        ) from error
    first, frames = _with_first(frames)
    if first.dtype != np.uint8:
        raise ImagingError(f"MP4 holds 8 bits; these frames are {first.dtype}. Write .ome.tif.")
    with av.open(str(path), "w", format="mp4") as container:
        interval = f"{time[1] - time[0]:g} s" if len(time) > 1 else "unknown"
        container.metadata["comment"] = (
            f"frame interval {interval}; pixel size {pixel_size * 1e9:g} nm"
        )
        stream = container.add_stream("libx264", rate=25, options={"crf": str(quality)})
        stream.height, stream.width = (n + n % 2 for n in first.shape[:2])
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(_even(frame), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _even(frame: NDArray[Any]) -> NDArray[Any]:
    """RGB with even numbers of rows and columns, as H.264 wants them; the last ones repeated."""
    colour = frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2)
    rows, columns = (n % 2 for n in frame.shape[:2])
    return np.ascontiguousarray(np.pad(colour, ((0, rows), (0, columns), (0, 0)), mode="edge"))
