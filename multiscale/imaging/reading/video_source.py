"""MP4 and AVI through PyAV; their times are those of the playback, not of the measurement."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.reading.sources import Source
from multiscale.tiff import MAX_FRAMES, check_size

UNEVEN = 0.5  # of the usual time from frame to frame
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
        Without times: a video has those of its playback only.

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
            check_size(path.name, int(stream.height or 0), int(stream.width or 0))
            shown = _presentation_times(container, stream)
    except ImagingError:
        raise
    except Exception as problem:  # FFmpeg has errors of many kinds
        raise ImagingError(
            f"{path.name} cannot be read as video: {problem}. A file that is cut short often lacks "
            "its index; copy it again or convert it from the original."
        ) from problem

    def read(indices: Iterable[int]) -> Iterator[NDArray]:
        return _decode(path, indices, promised)

    steps = np.diff(shown) if shown is not None and len(shown) > 1 else np.array([np.nan])
    usual = float(np.median(steps))
    notes: tuple[str, ...] = ()
    if np.any(np.abs(steps / usual - 1) > UNEVEN):
        notes = (
            f"{path.name} is played at uneven intervals, {steps.min():.4g} to {steps.max():.4g} s; "
            "its frames are taken as equally far apart in time.",
        )
    return Source(path.name, None, read, bit_depth=8, playback=usual, notes=notes)


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
