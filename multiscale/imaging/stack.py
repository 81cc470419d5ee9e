"""A movie as the analysis sees it: gray frames in order, each with its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.reading.clock import checked_pixel_size, frame_times
from multiscale.imaging.reading.readers import source_of
from multiscale.imaging.reading.scan import scan
from multiscale.imaging.reading.selection import frame_groups
from multiscale.imaging.reading.sources import Source, array_source, gray
from multiscale.limits import LARGEST_WHOLE, whole
from multiscale.text import path_of

if TYPE_CHECKING:
    import pandas as pd


class ImageStack:
    """A movie, read frame by frame: memory holds a few frames whatever its length.

    Make one with :meth:`read` (TIFF, OME-TIFF, ImageJ stacks, MP4, AVI, folders of pictures) or
    :meth:`from_frames`. Frames are gray, in camera counts; of colour frames the mean of red, green
    and blue. Black frames, frames with values that are not finite, single copies of the frame
    before, and frames listed as ``dropped`` are left out everywhere and reported in ``notes``.

    Attributes
    ----------
    time : array (n,)
        Time of each frame [s], increasing.
    pixel_size : float
        Width of a pixel [m].
    shape : tuple of int
        (n, rows, columns).
    colour : bool
        Whether the file holds colours.
    bit_depth : int
        Bits that a count takes.
    full_scale : float
        Count of a saturated pixel (of floating-point frames: the greatest value).
    name : str
        File or folder name.
    notes : list of str
        What a reader should know: dropped frames, metadata overruled, saturation.

    Examples
    --------
    >>> frames = np.full((6, 16, 16), 100, "uint8") + np.arange(6, dtype="uint8")[:, None, None]
    >>> stack = ImageStack.from_frames(frames, pixel_size=130e-9, frame_interval=30.0)
    >>> stack
    <ImageStack frames: 6 frames of 16 x 16, 130 nm/px, 0 to 150 s>
    >>> [float(frame.mean()) for frame in stack.frames(0, 4, 2)]
    [100.0, 102.0]
    """

    def __init__(
        self,
        source: Source,
        *,
        frame_interval: float | None,
        pixel_size: float | None,
        bin_frames: int = 1,
        dropped: Sequence[int] = (),
        allow_truncated: bool = False,
        replace_times: bool = False,
    ):
        found = scan(source, allow_truncated)
        self.notes = list(source.notes)
        if found.cut_short:
            self.notes.append(f"The file is cut short; its {found.count} whole frames are read.")
        time = frame_times(source, found.count, frame_interval, self.notes, replace_times)
        self.pixel_size = checked_pixel_size(source, pixel_size, self.notes)
        self._source = source
        self._groups = frame_groups(found, bin_frames, dropped, self.notes)
        self.time = np.array([time[group].mean() for group in self._groups])
        self.shape = (len(self._groups), *found.shape)
        self.colour, self.bit_depth = found.colour, found.bit_depth
        self.full_scale, self.name = found.full_scale, source.name

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        frame_interval: float | None = None,
        pixel_size: float | None = None,
        bin_frames: int = 1,
        dropped: Sequence[int] = (),
        allow_truncated: bool = False,
        replace_times: bool = False,
    ) -> ImageStack:
        """Open a movie and look at every frame once.

        Parameters
        ----------
        path : str or pathlib.Path
            TIFF (also OME and ImageJ), MP4, AVI, or a folder of numbered pictures.
        frame_interval : float, optional
            Time from stored frame to stored frame [s]; needed for videos, whose own times are
            those of the playback. It wins over an interval in the metadata. Times of single
            frames in the metadata are kept where they say more, a gap say; what contradicts
            them is refused.
        pixel_size : float, optional
            Width of a pixel [m]; wins over the metadata.
        bin_frames : int
            Mean of so many stored frames makes one, at their mean time; a remainder is left out.
        dropped : sequence of int
            Indices of stored frames (from 0) to leave out, besides those found.
        allow_truncated : bool
            Take the whole frames of a file that is cut short, instead of refusing it.
        replace_times : bool
            The stated interval counts, whatever times the file holds.

        Returns
        -------
        ImageStack

        Raises
        ------
        ImagingError
            If the file is missing, of unknown kind, cut short, or holds one frame, frames of
            several shapes, or saturated frames; if times or pixel size are unknown or
            implausible.

        Examples
        --------
        >>> import tifffile
        >>> frames = np.arange(512, dtype="uint16").reshape(8, 8, 8)
        >>> tifffile.imwrite("cell.tif", frames, photometric="minisblack")
        >>> stack = ImageStack.read("cell.tif", pixel_size=1e-7, frame_interval=2, bin_frames=4)
        >>> stack.time
        array([ 3., 11.])
        """
        return cls(
            source_of(path_of(path, ImagingError, "a movie")),
            frame_interval=frame_interval,
            pixel_size=pixel_size,
            bin_frames=bin_frames,
            dropped=dropped,
            allow_truncated=allow_truncated,
            replace_times=replace_times,
        )

    @classmethod
    def from_frames(
        cls,
        frames: ArrayLike,
        *,
        pixel_size: float,
        frame_interval: float | None = None,
        time: ArrayLike | None = None,
        bit_depth: int | None = None,
    ) -> ImageStack:
        """A movie that is in memory already.

        Parameters
        ----------
        frames : array (n, rows, columns) or (n, rows, columns, 3)
            Camera counts.
        pixel_size : float
            Width of a pixel [m].
        frame_interval : float, optional
            Time from frame to frame [s]; this or ``time``.
        time : array (n,), optional
            Time of each frame [s].
        bit_depth : int, optional
            Bits of a count, where the type of the array says more, such as 12 in ``uint16``.

        Returns
        -------
        ImageStack

        Raises
        ------
        ImagingError
            As :meth:`read`.

        Examples
        --------
        >>> frames = np.arange(192, dtype="uint8").reshape(3, 8, 8)
        >>> ImageStack.from_frames(frames, pixel_size=1e-7, time=[0, 1, 5]).time
        array([0., 1., 5.])
        """
        source = array_source(np.asarray(frames))
        times = None if time is None else np.asarray(time, dtype=float)
        source = replace(source, time=times, bit_depth=bit_depth)
        return cls(source, frame_interval=frame_interval, pixel_size=pixel_size)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        count, rows, columns = self.shape
        return (
            f"<ImageStack {self.name}: {count} frames of {rows} x {columns}, "
            f"{self.pixel_size * 1e9:g} nm/px, {self.time[0]:g} to {self.time[-1]:g} s>"
        )

    def frames(
        self, start: int = 0, stop: int | None = None, step: int = 1
    ) -> Iterator[NDArray[np.float32]]:
        """Gray frames in order, each read when it is asked for.

        Parameters
        ----------
        start, stop, step : int
            As of a slice; the step must be positive.

        Yields
        ------
        array (rows, columns), float32
            Camera counts.

        Raises
        ------
        ImagingError
            If the step is not positive.

        Examples
        --------
        >>> frames = np.arange(192, dtype="uint8").reshape(3, 8, 8)
        >>> stack = ImageStack.from_frames(frames, pixel_size=1e-7, frame_interval=1)
        >>> [float(frame[0, 0]) for frame in stack.frames()]
        [0.0, 64.0, 128.0]
        """
        for name, end in (("start", start), ("stop", stop)):
            if end is not None:
                whole(end, f"Frames: {name}", ImagingError, -LARGEST_WHOLE)
        if whole(step, "Frames: step", ImagingError, -LARGEST_WHOLE) < 1:
            raise ImagingError(f"Frames are read forwards: step is {step}, must be positive.")
        yield from self.chosen(range(len(self))[slice(start, stop, step)])

    def chosen(self, numbers: Iterable[int]) -> Iterator[NDArray[np.float32]]:
        """Gray frames of increasing numbers, in one pass: a video is decoded once for all."""
        groups = [self._groups[number] for number in numbers]
        raws = self._source.read(int(index) for group in groups for index in group)
        for group in groups:
            mean = gray(next(raws))
            for _ in group[1:]:
                mean += gray(next(raws))
            mean /= len(group)
            yield mean

    def number_of(self, stored: int) -> int:
        """Number of the frame that a stored frame went into; bins and dropped frames count.

        Raises
        ------
        ImagingError
            If the file has no such frame, or it is in none.

        Examples
        --------
        >>> frames = np.arange(192, dtype="uint8").reshape(3, 8, 8)
        >>> ImageStack.from_frames(frames, pixel_size=1e-7, frame_interval=1).number_of(2)
        2
        """
        stored = whole(stored, "The number of a stored frame", ImagingError, -LARGEST_WHOLE)
        for number, group in enumerate(self._groups):
            if stored in group:
                return number
        last = int(self._groups[-1][-1])
        raise ImagingError(
            f"{self.name} has no frame {stored + 1} that is used; its frames, counted from 1, go "
            f"to {last + 1}."
        )

    def frame(self, index: int) -> NDArray[np.float32]:
        """One gray frame.

        Parameters
        ----------
        index : int
            Number of the frame; negative numbers count from the end.

        Returns
        -------
        array (rows, columns), float32
            Camera counts.

        Raises
        ------
        ImagingError
            If there is no such frame.

        Examples
        --------
        >>> frames = np.arange(192, dtype="uint8").reshape(3, 8, 8)
        >>> stack = ImageStack.from_frames(frames, pixel_size=1e-7, frame_interval=1)
        >>> stack.frame(-1).max()
        np.float32(191.0)
        """
        whole(index, f"{self.name}: the number of a frame", ImagingError, -LARGEST_WHOLE)
        if not -len(self) <= index < len(self):
            raise ImagingError(f"{self.name} has no frame {index}; it has 0 to {len(self) - 1}.")
        index %= len(self)
        return next(self.frames(index, index + 1))

    def reaction_timings(
        self,
        half_cycles: pd.DataFrame | None = None,
        *,
        rois: Any = None,
        **options: Any,
    ) -> pd.DataFrame:
        """Reaction timings of the particles in the movie.

        Parameters
        ----------
        half_cycles : pandas.DataFrame, optional
            From :func:`multiscale.analysis.half_cycles.half_cycles`, on the clock of the movie.
            Without it the movie is one charge.
        rois : optional
            Regions of interest; without them particles are found automatically.
        **options
            Handed on to :func:`multiscale.imaging.pipeline.measure`.

        Returns
        -------
        pandas.DataFrame
            As :func:`multiscale.reaction_timings` gives.

        Raises
        ------
        ImagingError
            If no particle is found or the regions do not fit.
        """
        from multiscale.imaging.pipeline import measure

        return measure(self, half_cycles=half_cycles, rois=rois, **options).timings
