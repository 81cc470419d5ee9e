"""MP4, AVI and other videos through PyAV; their times are those of the playback only."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.formats import Footage, Source, reads, writes
from multiscale.tiff import MAX_FRAMES, check_size

UNEVEN = 0.5  # of the usual time from frame to frame
MISSING_SHARE = 0.01  # of the frames a container promises; more of them missing is a cut file


@reads(".mp4", ".m4v", ".mov", ".avi", ".mkv")
def video_source(path: Path) -> Source:
    """A video file, without times: it has those of its playback only.

    Frames are decoded in order, so far frames cost the decoding of earlier ones.

    Raises ImagingError if PyAV is not installed, or the file holds no readable video.

    Examples
    --------
    >>> video_source(Path("movie.mp4"))
    Traceback (most recent call last):
    multiscale.errors.ImagingError: movie.mp4 cannot be read as video: ...
    """
    av = _av("Videos need PyAV", "save as TIFF")
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            promised = stream.frames
            check_size(path.name, int(stream.height or 0), int(stream.width or 0))
            shown = _presentation_times(container, stream)
    except ImagingError:
        raise
    except Exception as problem:  # FFmpeg has errors of many kinds
        raise ImagingError(
            f"{path.name} cannot be read as video: {problem}. A file that is cut short often lacks "
            "its index; copy it again or convert it from the original."
        ) from problem

    steps = np.diff(shown) if shown is not None and len(shown) > 1 else np.array([np.nan])
    usual = float(np.median(steps))
    notes: tuple[str, ...] = ()
    if np.any(np.abs(steps / usual - 1) > UNEVEN):
        notes = (
            f"{path.name} is played at uneven intervals, {steps.min():.4g} to {steps.max():.4g} s; "
            "its frames are taken as equally far apart in time.",
        )
    read = partial(_decoded, path, promised)
    return Source(path.name, None, read, bit_depth=8, playback=usual, notes=notes)


def _decoded(path: Path, promised: int, indices: Iterable[int]) -> Iterator[NDArray]:
    """Frames as RGB, or gray where the video is gray."""
    av = _av("Videos need PyAV", "save as TIFF")
    with av.open(str(path)) as container:
        decoded = enumerate(container.decode(container.streams.video[0]), start=1)
        wanted = iter(indices)
        index, done = next(wanted, None), 0
        for done, frame in decoded:
            if index == done - 1:
                form = "gray" if frame.format.name.startswith("gray") else "rgb24"
                yield frame.to_ndarray(format=form)
                index = next(wanted, None)
            if index is None:
                return
        if done < promised * (1 - MISSING_SHARE):
            raise EOFError(f"the video ends after {done} of {promised} frames")


def _av(need: str, instead: str) -> ModuleType:
    try:
        import av
    except ImportError as problem:
        raise ImagingError(
            f"{need}: pip install 'multiscale-electrode[video]', or {instead}."
        ) from problem
    return av


def _presentation_times(container: Any, stream: Any) -> NDArray[np.float64] | None:
    """Presentation times of all frames [s], without decoding them."""
    packets = (packet for packet in container.demux(stream) if packet.size)
    stamps = [
        packet.pts if packet.pts is not None else packet.dts
        for packet in itertools.islice(packets, MAX_FRAMES + 1)
    ]
    if len(stamps) > MAX_FRAMES:
        raise ImagingError(f"The video holds more than {MAX_FRAMES} frames, the limit; cut it.")
    if not stamps or None in stamps:
        return None
    time = np.sort(np.array(stamps, dtype=float)) * float(stream.time_base)
    return time - time[0]


@writes(".mp4")
def write_mp4(footage: Footage, path: Path) -> None:
    """H.264, 25 frames a second; the first frame interval and the pixel size as a comment."""
    av = _av("MP4 needs PyAV", "write .ome.tif")
    if footage.first.dtype != np.uint8:
        raise ImagingError(
            f"MP4 holds 8 bits; these frames are {footage.first.dtype}. Write .ome.tif."
        )
    time, (rows, columns) = footage.time, footage.first.shape[:2]
    with av.open(str(path), "w", format="mp4") as container:
        interval = f"{time[1] - time[0]:g} s" if len(time) > 1 else "unknown"
        container.metadata["comment"] = (
            f"frame interval {interval}; pixel size {footage.pixel_size * 1e9:g} nm"
        )
        stream = container.add_stream("libx264", rate=25, options={"crf": str(footage.quality)})
        stream.height, stream.width = rows + rows % 2, columns + columns % 2
        stream.pix_fmt = "yuv420p"
        # H.264 wants even numbers of rows and columns: the last ones are repeated
        even = ((0, rows % 2), (0, columns % 2), (0, 0))
        for frame in footage.frames:
            colour = frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2)
            picture = np.ascontiguousarray(np.pad(colour, even, mode="edge"))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
