"""A few frames of a movie side by side, with their times and a scale bar."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

_SMALLEST = 240  # width of a panel below which frames are enlarged [pixel]
_GAP = 4
_LIT = 0.5  # share of the brightest light below which a change is not drawn
_BARS_M = (0.5e-6, 1e-6, 2e-6, 5e-6, 10e-6, 20e-6, 50e-6, 100e-6)


def write_preview(
    frames: Sequence[tuple[float, NDArray[Any]]], path: Path, pixel_size: float
) -> None:
    """Write a picture of frames, and below each its change against the first.

    Changes are drawn from black (none, or hardly any light in the first frame) to white.

    Parameters
    ----------
    frames : sequence of (time [s], ndarray of uint8 or uint16)
    path : Path
    pixel_size : float
        [m]

    Examples
    --------
    >>> write_preview([(0.0, np.zeros((60, 80), np.uint8))], Path("preview.png"), 130e-9)
    >>> Path("preview.png").is_file()
    True
    """
    rows = [
        [_panel(_shown(frame), f"{time / 3600:.2f} h", pixel_size) for time, frame in frames],
        [_panel(change, "change", pixel_size) for change in _changes([f for _, f in frames])],
    ]
    width, height = (n + _GAP for n in rows[0][0].size)
    page = Image.new("RGB", (len(frames) * width - _GAP, len(rows) * height - _GAP), "white")
    for j, row in enumerate(rows):
        for i, panel in enumerate(row):
            page.paste(panel, (i * width, j * height))
    page.save(path)


def _shown(frame: NDArray[Any]) -> NDArray[np.uint8]:
    return frame if frame.dtype == np.uint8 else (frame // 257).astype(np.uint8)


def _changes(frames: Sequence[NDArray[Any]]) -> list[NDArray[np.uint8]]:
    """Fractional change of every frame against the first, the largest of all in white."""
    gray = [f.mean(axis=2) if f.ndim == 3 else f.astype(float) for f in frames]
    lit = gray[0] > _LIT * np.percentile(gray[0], 99)
    changes = [np.where(lit, g / np.where(lit, gray[0], 1) - 1, 0) for g in gray]
    largest = max(float(np.percentile(np.abs(change), 99.5)) for change in changes)
    share = [np.clip(np.abs(change) / max(largest, 1e-9), 0, 1) for change in changes]
    return [np.rint(255 * s).astype(np.uint8) for s in share]


def _panel(frame: NDArray[np.uint8], words: str, pixel_size: float) -> Image.Image:
    colour = frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2)
    factor = max(1, round(_SMALLEST / frame.shape[1]))
    size = (frame.shape[1] * factor, frame.shape[0] * factor)
    panel = Image.fromarray(colour).resize(size, Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(panel)
    pen.text((6, 4), words, fill="white", font_size=14)
    bar = max((b for b in _BARS_M if b < 0.35 * frame.shape[1] * pixel_size), default=_BARS_M[0])
    length = bar / pixel_size * factor
    right, low = size[0] - 8, size[1] - 8
    pen.rectangle((right - length, low - 3, right, low), fill="white")
    pen.text((right, low - 6), f"{bar * 1e6:g} um", fill="white", font_size=12, anchor="rs")
    return panel
