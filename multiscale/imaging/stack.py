"""A movie as users hold it: opened from a file or from an array, measured in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from multiscale.errors import ImagingError
from multiscale.imaging.formats import array_source, open_movie
from multiscale.imaging.movie import Movie
from multiscale.imaging.pipeline import measure
from multiscale.text import path_of


class ImageStack(Movie):
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
            open_movie(path_of(path, ImagingError, "a movie")),
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
        return measure(self, half_cycles=half_cycles, rois=rois, **options).timings
