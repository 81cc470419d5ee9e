"""A movie as the analysis sees it: gray frames in order, each with its time.

One look at all frames on opening tells which can be used: frames that are black, repeated, cut off
or saturated are left out or refused, and times and pixel size are checked against each other.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.imaging.formats import Source
from multiscale.limits import LARGEST_WHOLE, whole
from multiscale.tiff import check_size

BLACK = 0.02  # of the typical brightness: a frame below it is black
REPEATED_SHARE = 0.1  # frames equal to the one before count as dropped if they are this rare
SATURATION_NOTE = 0.01  # share of a frame's pixels
SATURATION_LIMIT = 0.1
_COUNTS = {2**bits - 1: bits for bits in (8, 10, 12, 14, 16)}  # greatest count -> bit depth
_SHIFTED = (65472, 65520, 65532)  # greatest counts of 10, 12, 14 bits in the upper ones of 16

PIXEL_SIZE_RANGE_M = (1e-9, 1e-4)
INTERVAL_RANGE_S = (1e-6, 1e6)
LONGEST_S = 1e9  # of a movie: thirty years
JITTER = 0.5  # of an interval: frames that are off by less have no wrong place
CONTRADICTION = 0.01  # relative difference between the metadata and what is stated


class Movie:
    """Frames read one by one: memory holds a few, whatever the length of the movie.

    What :class:`multiscale.imaging.stack.ImageStack` is for every step of the analysis; the
    attributes are described there.
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
        seen = _scan(source, allow_truncated)
        self.notes = list(source.notes)
        if seen.cut_short:
            self.notes.append(f"The file is cut short; its {seen.count} whole frames are read.")
        time = _frame_times(source, seen.count, frame_interval, self.notes, replace_times)
        self.pixel_size = _pixel_size(source, pixel_size, self.notes)
        self._source = source
        kept = _kept(source.name, seen, dropped, self.notes)
        self._groups = _bins(source.name, kept, bin_frames, self.notes)
        self.time = np.array([time[group].mean() for group in self._groups])
        self.shape = (len(self._groups), *seen.shape)
        self.colour, self.bit_depth = seen.colour, seen.bit_depth
        self.full_scale, self.name = seen.full_scale, source.name

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        count, rows, columns = self.shape
        return (
            f"<{type(self).__name__} {self.name}: {count} frames of {rows} x {columns}, "
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
        >>> from multiscale.imaging.stack import ImageStack
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
        yield from self.frames_at(range(len(self))[slice(start, stop, step)])

    def frames_at(self, numbers: Iterable[int]) -> Iterator[NDArray[np.float32]]:
        """Gray frames of increasing numbers, in one pass: a video is decoded once for all."""
        groups = [self._groups[number] for number in numbers]
        raws = self._source.read(int(index) for group in groups for index in group)
        for group in groups:
            mean = _gray(next(raws))
            for _ in group[1:]:
                mean += _gray(next(raws))
            mean /= len(group)
            yield mean

    def frame(self, index: int) -> NDArray[np.float32]:
        """One gray frame, (rows, columns) of camera counts.

        Parameters
        ----------
        index : int
            Number of the frame; negative numbers count from the end.

        Raises
        ------
        ImagingError
            If there is no such frame.

        Examples
        --------
        >>> from multiscale.imaging.stack import ImageStack
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

    def number_of(self, stored: int) -> int:
        """Number of the frame that a stored frame went into; bins and dropped frames count.

        Raises ImagingError if the file has no such frame, or it is in none.

        Examples
        --------
        >>> from multiscale.imaging.stack import ImageStack
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


def _gray(raw: NDArray) -> NDArray[np.float32]:
    """Camera counts: the mean of red, green and blue; a fourth channel (opacity) is ignored."""
    if raw.ndim == 2:
        return raw.astype(np.float32)
    total = raw[..., 0].astype(np.float32)
    total += raw[..., 1]
    total += raw[..., 2]
    total /= 3
    return total


# --- one look at every frame: what is missing, black, repeated or saturated -------------


@dataclass(frozen=True)
class _Scan:
    """What a pass over all stored frames tells; arrays hold one value each."""

    count: int  # frames that can be read
    cut_short: bool  # whether the file promises more
    shape: tuple[int, int]
    colour: bool
    bit_depth: int  # 32 or 64 for floating point
    full_scale: float  # count of a saturated pixel; the greatest value for floating point
    black: NDArray[np.bool_]
    repeated: NDArray[np.bool_]  # exact copies of the frame before
    bad: NDArray[np.bool_]  # values that are not finite
    saturated_share: NDArray[np.float64]  # of the pixels


def _scan(source: Source, allow_truncated: bool) -> _Scan:
    """Look at every frame once; refuse what cannot be read, or differs in shape or type."""
    looks: list[tuple[float, float, float, int]] = []  # mean, maximum, share at it, checksum
    shape: tuple[int, ...] = ()
    dtype = np.dtype(np.uint8)
    problem: Exception | None = None
    indices = itertools.count() if source.count is None else range(source.count)
    try:
        for raw in source.read(indices):
            if looks and raw.shape != shape:
                raise ImagingError(
                    f"{source.name}: frame {len(looks)} has the shape {raw.shape}, frame 0 "
                    f"{shape}; all frames need one shape."
                )
            if looks and raw.dtype != dtype:
                raise ImagingError(
                    f"{source.name}: the counts of frame {len(looks)} are of the type {raw.dtype}, "
                    f"those of frame 0 {dtype}; all frames need one type."
                )
            check_size(source.name, *raw.shape[:2])
            looks.append(_look(raw))
            shape, dtype = raw.shape, raw.dtype
    except ImagingError:
        raise
    except Exception as stopped:  # each reader raises whatever it stumbles over
        problem = stopped
    cut_short = problem is not None or not source.whole
    if cut_short and not (allow_truncated and looks):
        total = f" of {source.count}" if source.count else ""
        why = f"; frame {len(looks)} cannot be read ({problem})" if problem else ""
        raise ImagingError(
            f"{source.name} is cut short or damaged: {len(looks)}{total} frames are whole{why}. "
            "Copy the file again, or take the whole frames (allow_truncated=True, "
            "--allow-truncated)."
        )
    if len(looks) < 2:
        raise ImagingError(
            f"{source.name} holds {len(looks)} frame{'s' * (len(looks) != 1)}; a movie needs at "
            "least two."
        )
    mean, top, top_share, checksum = map(np.array, zip(*looks, strict=True))
    bad = ~np.isfinite(mean)
    if bad.all():
        raise ImagingError(f"{source.name}: every frame holds values that are not finite.")
    if np.median(mean[~bad]) <= 0:
        raise ImagingError(
            f"{source.name}: the counts are zero or negative on the whole; they need a background "
            "above zero, as a camera gives them."
        )
    black = ~bad & (mean <= BLACK * np.median(mean[~bad]))
    repeated = np.zeros(len(looks), dtype=bool)
    repeated[1:] = (checksum[1:] == checksum[:-1]) & ~black[1:]
    if repeated.mean() > REPEATED_SHARE:  # a movie at rest and without noise
        repeated[:] = False
    greatest = top[~bad].max()
    if dtype.kind == "f":
        bits, full_scale, share = 8 * dtype.itemsize, greatest, np.zeros(len(looks))
    else:
        bits = source.bit_depth or _COUNTS.get(int(greatest), 8 * dtype.itemsize)
        if greatest > 2**bits - 1:  # what the file says of its bits is wrong
            bits = 8 * dtype.itemsize
        full_scale = min(float(2**bits - 1), float(np.iinfo(dtype).max))
        if dtype == np.uint16 and int(greatest) in _SHIFTED:
            full_scale = float(greatest)
        share = np.where(top >= full_scale, top_share, 0.0)
    return _Scan(
        count=len(looks),
        cut_short=cut_short,
        shape=(shape[0], shape[1]),
        colour=len(shape) == 3,
        bit_depth=bits,
        full_scale=full_scale,
        black=black,
        repeated=repeated,
        bad=bad,
        saturated_share=share,
    )


def _look(raw: NDArray) -> tuple[float, float, float, int]:
    """Mean, maximum, share of the pixels at the maximum, checksum."""
    if raw.ndim not in (2, 3) or (raw.ndim == 3 and raw.shape[-1] not in (3, 4)):
        raise ImagingError(
            f"A frame needs the shape (rows, columns) or (rows, columns, 3); got {raw.shape}."
        )
    if raw.dtype.kind not in "uif" or not raw.size:
        raise ImagingError(f"Frames of the type {raw.dtype} are not brightness.")
    pixels = raw[..., :3] if raw.ndim == 3 else raw
    mean, top = float(pixels.mean()), float(pixels.max())
    share = np.count_nonzero(pixels == pixels.max()) / pixels.size if np.isfinite(mean) else 0.0
    return mean, top, share, zlib.crc32(np.ascontiguousarray(raw).data)


def _kept(name: str, seen: _Scan, dropped: Sequence[int], notes: list[str]) -> NDArray[np.bool_]:
    """Stored frames that are used; the notes say why others are not. Saturation is refused."""
    listed = np.zeros(seen.count, dtype=bool)
    for index in dropped:
        if not 0 <= index < seen.count:
            raise ImagingError(
                f"Dropped frame {index} is not in {name}; it has 0 to {seen.count - 1}."
            )
        listed[index] = True
    reasons = {
        "listed": listed,
        "black": seen.black,
        "not finite": seen.bad,
        "copies of the frame before": seen.repeated,
    }
    lost = np.any(list(reasons.values()), axis=0)
    if lost.any():
        why = "; ".join(
            f"{reason}: {_numbers(np.flatnonzero(frames))}"
            for reason, frames in reasons.items()
            if frames.any()
        )
        notes.append(f"{lost.sum()} of {seen.count} frames are dropped ({why}).")
    share = np.where(lost, 0, seen.saturated_share)
    worst = int(np.argmax(share))
    if share[worst] > SATURATION_LIMIT:
        frames = np.flatnonzero(share > SATURATION_LIMIT)
        raise ImagingError(
            f"{name} is saturated: {share[worst]:.0%} of the pixels of frame {worst} are at "
            f"full scale, and more than {SATURATION_LIMIT:.0%} of {len(frames)} frames "
            f"({_numbers(frames)}). Expose less, or leave single frames out with dropped=(...)."
        )
    if share[worst] > SATURATION_NOTE:
        notes.append(f"Up to {share[worst]:.1%} of the pixels (frame {worst}) are saturated.")
    return ~lost


def _bins(
    name: str, kept: NDArray[np.bool_], bin_frames: int, notes: list[str]
) -> list[NDArray[np.int_]]:
    """Indices of the stored frames whose mean is each frame."""
    if bin_frames < 1 or bin_frames != int(bin_frames):
        raise ImagingError(f"bin_frames is {bin_frames!r}; it must be a positive whole number.")
    bins, remainder = divmod(len(kept), int(bin_frames))
    if remainder:
        notes.append(f"The last {remainder} frames do not fill a bin of {bin_frames}; left out.")
    starts = np.arange(bins) * int(bin_frames)
    groups = [start + np.flatnonzero(kept[start : start + int(bin_frames)]) for start in starts]
    groups = [group for group in groups if group.size]
    if len(groups) < 2:
        dropped = " ".join(notes) or "none is dropped"
        raise ImagingError(
            f"{name}: {kept.sum()} of {len(kept)} frames can be used ({dropped.rstrip('.')}), "
            f"in bins of {bin_frames} they make {len(groups)}; a movie needs at least two."
        )
    return groups


def _numbers(indices: NDArray[np.int_], most: int = 8) -> str:
    shown = ", ".join(str(index) for index in indices[:most])
    return f"{shown}, ..." if len(indices) > most else shown


# --- when frames were taken and how large a pixel is: metadata, or what the user states -


def _frame_times(
    source: Source,
    count: int,
    frame_interval: float | None,
    notes: list[str],
    replace_times: bool,
) -> NDArray[np.floating]:
    """Times of all frames [s], shape (count,).

    Where a file has times of its own and an interval is stated as well, the two must tell the
    same. A stated interval replaces one that the file states for all frames, and a note says so.
    Times of single frames that do not follow the stated interval are never replaced without
    ``replace_times``: they hold what an interval cannot, such as frames that were lost.
    """
    if frame_interval is not None:
        least, most = INTERVAL_RANGE_S
        if not (least <= frame_interval <= most):
            raise ImagingError(
                f"frame_interval is {frame_interval!r}; it must be positive [s], from {least:g} "
                f"to {most:g} s."
            )
        return _stated_times(source, count, float(frame_interval), notes, replace_times)
    if replace_times:
        raise ImagingError("What shall replace the times of the file? Give frame_interval as well.")
    if source.playback is not None:
        raise ImagingError(
            f"{source.name} is a video: its times are those of the playback, {source.playback:.4g} "
            "s from frame to frame, not of the measurement. Give the real time from frame to frame "
            "in seconds (frame_interval=..., --frame-interval)."
        )
    if source.time is None:
        raise ImagingError(
            f"{source.name} states no times; give the frame interval in seconds "
            f"(frame_interval=..., --frame-interval).{_why(source)}"
        )
    if len(source.time) < count:
        raise ImagingError(
            f"{source.name} states {len(source.time)} times for {count} frames; give "
            "frame_interval, the time from frame to frame [s]."
        )
    time = np.asarray(source.time[:count], dtype=float)
    unknown = ~np.isfinite(time)
    if unknown.any():
        raise ImagingError(
            f"{source.name} states no time of frame {int(np.argmax(unknown))}, and times of "
            f"{(~unknown).sum()} of {count} frames; give frame_interval, the time from frame to "
            "frame [s]."
        )
    later = np.diff(time) > 0
    if not later.all():
        bad = int(np.argmin(later)) + 1
        raise ImagingError(
            f"{source.name}: frame {bad} is at {time[bad]:g} s, frame {bad - 1} at "
            f"{time[bad - 1]:g} s; times must increase. Give frame_interval and "
            "replace_times=True (--frame-interval, --replace-times) to replace them."
        )
    if time[-1] - time[0] > LONGEST_S:
        raise ImagingError(
            f"{source.name} says that it lasts {time[-1] - time[0]:g} s; is the unit of its times "
            "right?"
        )
    notes += [f"{source.name} {problem}." for problem in source.problems]
    return time


def _why(source: Source) -> str:
    return f" It {'; it '.join(source.problems)}." if source.problems else ""


def _stated_times(
    source: Source, count: int, interval: float, notes: list[str], replace_times: bool
) -> NDArray[np.floating]:
    """The stated times, those of the file where they say more, or an error."""
    grid = np.arange(count) * interval
    if source.order is not None and len(source.order) >= count and not replace_times:
        places = source.order[:count]
        grid = (places - places[0]) * interval
        if len(places) and places[-1] - places[0] != count - 1:
            after = int(np.argmax(np.diff(places) > 1))
            notes.append(
                f"By the numbers in the names {places[-1] - places[0] + 1 - count} frames are "
                f"missing, the first after frame {after}; the times leave room for them "
                "(--replace-times: they do not)."
            )
    notes += [f"{source.name} {problem}." for problem in source.problems]
    if replace_times:
        return grid
    if source.playback is None and source.clock is not None and len(source.clock) >= count:
        since = source.clock[:count] - source.clock[0]
        wrong = np.abs(since - (grid - grid[0])) > max(2.0, interval) + CONTRADICTION * grid[-1]
        if wrong.any():
            worst = int(np.argmax(wrong))
            raise ImagingError(
                f"{source.name}: frame {worst} was stored {since[worst]:g} s after the first by "
                f"its date, {grid[worst] - grid[0]:g} s by the stated interval of {interval:g} s. "
                "Are frames missing, or in another order? If the dates are wrong, let the interval "
                "replace them (replace_times=True, --replace-times)."
            )
    stored = np.asarray(source.time if source.time is not None else [], dtype=float)[:count]
    known = np.isfinite(stored)
    if known.sum() < 2:
        return grid
    first = int(np.argmax(known))
    away = stored - stored[first] - (grid - grid[first])[: len(stored)]
    away = np.abs(np.where(known, away, 0.0))
    if away.max() <= JITTER * interval:
        return grid
    steps = np.diff(stored[known]) / np.diff(np.flatnonzero(known))
    usual = float(np.median(steps))
    even = usual > 0 and np.abs(steps / usual - 1).max() <= CONTRADICTION
    if even and abs(usual / interval - 1) > CONTRADICTION:
        notes.append(
            f"The stated frame interval of {interval:g} s is used; the file says {usual:g} s."
        )
        return grid
    worst = int(np.argmax(away > JITTER * interval))
    where = (
        f"frame {worst} is at {stored[worst] - stored[first]:g} s by the file, at "
        f"{grid[worst] - grid[first]:g} s by the stated interval of {interval:g} s"
    )
    complete = known.all() and len(stored) == len(grid) and np.all(np.diff(stored) > 0)
    if complete and abs(usual / interval - 1) <= CONTRADICTION:
        notes.append(
            f"The file's own times of the frames are kept: {where} (--replace-times: the stated "
            "interval counts)."
        )
        return stored
    raise ImagingError(
        f"{source.name}: {where}. Leave the interval out, so that the times of the file count, or "
        "let it replace them (replace_times=True, --replace-times)."
    )


def _pixel_size(source: Source, stated: float | None, notes: list[str]) -> float:
    """Width of a pixel [m]: as the user states it, or by the metadata."""
    size = stated if stated is not None else source.pixel_size
    if size is None:
        raise ImagingError(
            f"{source.name} states no pixel size; give it in metres (pixel_size=..., --pixel-size)."
            f"{_why(source)}"
        )
    least, most = PIXEL_SIZE_RANGE_M
    if not least <= size <= most:
        origin = "A pixel_size" if stated is not None else f"The pixel size in {source.name}"
        range_m = f"not between {least:g} and {most:g} m"
        for factor, unit in ((1e-6, "um"), (1e-9, "nm")):
            if 1e-8 <= size * factor <= 1e-5:
                hint = f"{range_m}: is {size * factor:g} m ({size:g} {unit}) meant?"
                break
        else:
            hint = f"{range_m}; give it in metres, for example 130e-9."
        raise ImagingError(f"{origin} of {size:g} m is {hint}")
    of_file = source.pixel_size
    if stated is not None and of_file and abs(of_file / stated - 1) > CONTRADICTION:
        notes.append(f"The given pixel size of {stated:g} m is used; the file says {of_file:g} m.")
    return float(size)
