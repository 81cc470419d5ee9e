"""Which reader opens a path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from multiscale.errors import ImagingError
from multiscale.imaging.reading.folder_source import folder_source
from multiscale.imaging.reading.sources import Source
from multiscale.imaging.reading.tiff_source import tiff_source
from multiscale.imaging.reading.video_source import video_source

READERS: dict[str, Callable[[Path], Source]] = {
    ".tif": tiff_source,
    ".tiff": tiff_source,
    ".btf": tiff_source,
    ".mp4": video_source,
    ".m4v": video_source,
    ".mov": video_source,
    ".avi": video_source,
    ".mkv": video_source,
}


def source_of(path: Path) -> Source:
    """Open a movie.

    Parameters
    ----------
    path : pathlib.Path
        A file of one of the kinds in ``READERS``, or a folder of pictures.

    Returns
    -------
    Source

    Raises
    ------
    ImagingError
        If there is no such file, its kind is unknown, or it cannot be read.

    Examples
    --------
    >>> source_of(Path("movie.nd2"))
    Traceback (most recent call last):
    multiscale.errors.ImagingError: movie.nd2: unknown kind '.nd2'; known: .tif, ...
    """
    if path.is_dir():
        return folder_source(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ImagingError(
            f"{path.name}: unknown kind {path.suffix!r}; known: {', '.join(READERS)}, or a folder."
        )
    if not path.is_file():
        raise ImagingError(f"There is no movie {path}.")
    return reader(path)
