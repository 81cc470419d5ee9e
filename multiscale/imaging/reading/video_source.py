"""MP4 and AVI through PyAV: the times of frames are their presentation times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.reading.sources import Source

MISSING_SHARE = 0.01  # of the frames a container promises; more of them missing is a cut file


def video_source(path: Path) -> Source:
    """A video file; frames are decoded in order, so far frames cost the decoding of earlier ones.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    Source
        With the presentation times, from zero.

    Raises
    ------
    ImagingError
        If PyAV is not installed, or the file holds no readable video.

    Examples
    --------
    >>> video_source(Path("movie.mp4"))
    Traceback (most recent call last):
    multiscale.errors.ImagingError: movie.mp4 cannot be read as video: ...
    """
    av = _av()
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            promised = stream.frames
            time = _presentation_times(container, stream)
    except (av.error.FFmpegError, IndexError) as problem:
        raise ImagingError(
            f"{path.name} cannot be read as video: {problem}. A file that is cut short often lacks "
            "its index; copy it again or convert it from the original."
        ) from problem

    def read(indices: Iterable[int]) -> Iterator[NDArray]:
        return _decode(path, indices, promised)

    return Source(path.name, None, read, time=time, bit_depth=8)


def _av() -> ModuleType:
    try:
        import av
    except ImportError as problem:
        raise ImagingError(
            "Videos need PyAV: pip install 'multiscale-electrode[video]', or save as TIFF."
        ) from problem
    return av


def _presentation_times(container: Any, stream: Any) -> NDArray[np.float64] | None:
    """Presentation times of all frames [s], without decoding them."""
    packets = [packet for packet in container.demux(stream) if packet.size]
    stamps = [packet.pts if packet.pts is not None else packet.dts for packet in packets]
    if not stamps or None in stamps:
        return None
    time = np.sort(np.array(stamps, dtype=float)) * float(stream.time_base)
    return time - time[0]


def _decode(path: Path, indices: Iterable[int], promised: int) -> Iterator[NDArray]:
    """Frames of the given increasing indices as RGB, or gray where the video is gray."""
    with _av().open(str(path)) as container:
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
