"""Micrographs from files: labels, segmentations and grey values, in two or three dimensions."""

from __future__ import annotations

import math
import warnings
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import ImagingError
from multiscale.tiff import (
    Scale,
    check_page,
    check_size,
    check_square,
    inverted,
    open_tiff,
    scale_of,
)

Image = NDArray[Any]
TIFF = (".tif", ".tiff")
_AXES = {"0": 0, "1": 1, "2": 2, "z": 0, "y": 1, "x": 2}


def read_image(path: str | PathLike[str]) -> Image:
    """Image (rows, columns) or volume (planes, rows, columns) of a file, checked.

    From TIFF (several pages are a volume), ``.npy``, or what Pillow reads (PNG, BMP, JPEG). Of
    colours, equal channels become one and others refuse; an alpha channel that is the same
    everywhere is dropped. Whole numbers or floats, as stored; two values (black and white) become 0
    and 1.

    Raises ImagingError if the file is missing, damaged or empty, or holds colours, transparent
    pixels, several images or NaN.

    Examples
    --------
    >>> np.save("labels.npy", np.eye(3, dtype=np.uint8))
    >>> read_image("labels.npy").shape
    (3, 3)
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist, or is not a file"
        raise ImagingError(f"{path} {what}; name the file of an image (TIFF, PNG, .npy)")
    try:
        image, coloured = _pixels(path)
    except ImagingError:
        raise
    except Exception as error:  # each reader has its own kinds
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ImagingError(
            f"{path.name} cannot be read: {reason}; is the file complete, and an image?"
        ) from error
    return checked_image(image, path.name, coloured)


def _pixels(path: Path) -> tuple[Image, bool]:
    """Values as stored, and whether the last axis holds colours."""
    if path.suffix.lower() == ".npy":
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        rows, columns = (1, 1, *mapped.shape)[-2:]
        check_size(path.name, rows, columns, math.prod(mapped.shape[:-2]))
        return np.array(mapped), False
    if path.suffix.lower() in TIFF:
        return _tiff(path)
    from PIL import Image as Picture

    with warnings.catch_warnings(), Picture.open(path) as picture:
        warnings.simplefilter("error")
        if (count := getattr(picture, "n_frames", 1)) > 1:
            raise ImagingError(f"{path.name} holds {count} pictures; save the one that counts")
        columns, rows = picture.size
        check_size(path.name, rows, columns)
        try:  # height of a pixel over its width, from dots per inch or an aspect
            across, down = picture.info.get("dpi") or picture.info.get("aspect") or (1, 1)
            scale = Scale(ratio=float(across) / float(down))
        except (TypeError, ValueError, ZeroDivisionError):
            scale = Scale()
        check_square(path.name, scale)
        if picture.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
            raise ImagingError(
                f"{path.name} stores {picture.mode}, not brightness; save it as grey"
            )
        palette = picture.mode in ("P", "PA")
        values = np.asarray(picture.convert("RGBA") if palette else picture)
    return values, values.ndim == 3


def _tiff(path: Path) -> tuple[Image, bool]:
    with open_tiff(path) as (file, said):
        size = file.filehandle.size
        for page in file.pages:
            ends = zip(page.dataoffsets, page.databytecounts, strict=False)
            if any(start + length > size for start, length in ends):
                raise ValueError("it ends before its last pixel")
        series = file.series[0]
        _check_series(file.series, path.name)
        pages: list[Any] = [page for page in series.pages if page is not None]
        if len(pages) < len(series.pages) or not pages:
            raise ValueError("a plane is missing")
        for page in pages:
            check_page(page, path.name)
            if inverted(page.keyframe):
                raise ImagingError(
                    f"{path.name} stores white as zero, so that its values are the wrong way "
                    "round; save it with black as zero"
                )
        first = pages[0].keyframe
        check_size(path.name, first.imagelength, first.imagewidth, math.prod(series.shape[:-2]))
        scale = scale_of(file, len(series.pages))
        check_square(path.name, scale)
        if len(series.pages) > 1 and scale.depth and scale.width:
            spacing = Scale(ratio=scale.depth / scale.width)
            check_square(f"{path.name}: the distance of its planes", spacing)
        image = series.asarray()
        if said:
            raise ValueError(said[0])
        return image, "S" in series.axes


def _check_series(series: Any, name: str) -> None:
    """Refuse several images, and channels, of which one would be taken for the image."""
    sizes = [one.keyframe.imagelength * one.keyframe.imagewidth for one in series]
    first, *others = sizes
    if any(4 * other > first for other in others):
        shapes = ", ".join("x".join(map(str, one.shape)) for one in series)
        raise ImagingError(
            f"{name} holds several images ({shapes} pixels), or a smaller copy before the image; "
            "save the one that counts"
        )
    channels = dict(zip(series[0].axes, series[0].shape, strict=True)).get("C", 1)
    if channels > 1:
        raise ImagingError(f"{name} has {channels} channels; save the one that counts")


def stated_size(path: str | PathLike[str]) -> float | None:
    """Width of a pixel [m] that a TIFF file states, None where it states none.

    Examples
    --------
    >>> import tifffile
    >>> section = np.eye(3, dtype="uint8")
    >>> tifffile.imwrite("um.tif", section, imagej=True, resolution=(5, 5), metadata={"unit": "um"})
    >>> stated_size("um.tif")
    2e-07
    """
    path = Path(path)
    if path.suffix.lower() not in TIFF:
        return None
    with open_tiff(path) as (file, _):
        return scale_of(file, 1).width


def checked_image(image: Image, name: str = "the image", coloured: bool = False) -> Image:
    """An image with one number per pixel; see ``read_image``.

    Examples
    --------
    >>> checked_image(np.array([[True, False]])).tolist()
    [[1, 0]]
    """
    image = np.asarray(image)
    if coloured:
        image = _grey(image, name)
    image = image.reshape([n for n in image.shape if n > 1]) if image.ndim > 3 else image
    if image.ndim == 3 and image.shape[0] == 1:
        image = image[0]
    if image.ndim not in (2, 3) or image.size == 0:
        raise ImagingError(
            f"{name} has the shape {image.shape}; a section has two axes and a volume three"
        )
    if image.dtype == bool:
        return image.astype(np.uint8)
    if image.dtype.kind not in "iuf":
        raise ImagingError(f"{name} holds {image.dtype}; pixels are whole numbers or floats")
    if image.dtype.kind == "f":
        wrong = int((~np.isfinite(image)).sum())
        if wrong:
            raise ImagingError(
                f"{name} has {wrong} pixels that are NaN or infinite; replace or crop them"
            )
    return image


def _grey(image: Image, name: str) -> Image:
    """One of three equal channels; an alpha channel must be the same everywhere."""
    axis = -1 if image.shape[-1] in (2, 3, 4) else int(np.argmin(image.shape))
    channels = np.moveaxis(image, axis, 0)
    if len(channels) in (2, 4) and (channels[-1] != channels[-1].flat[0]).any():
        raise ImagingError(
            f"{name} has transparent pixels, whose values nobody sees: flatten it, or save it "
            "without transparency"
        )
    colours = channels[: 1 if len(channels) == 2 else 3]
    if any((colours[0] != other).any() for other in colours[1:]):
        raise ImagingError(
            f"{name} is in colour: save it as grey values, or as an image of labels or phases"
        )
    return colours[0]


def cut_out(image: Image, plane: str | None = None, crop: str | None = None) -> Image:
    """A plane of a volume, and a part of an image.

    Parameters
    ----------
    image : array
        Image or volume.
    plane : str, optional
        ``AXIS:INDEX`` with the axis 0, 1, 2 (or z, y, x): ``"0:125"``.
    crop : str, optional
        ``FIRST:LAST`` per axis, as in Python: ``"0:400,100:500"`` (rows, columns).

    Raises
    ------
    ImagingError
        If a text cannot be read or nothing is left.

    Examples
    --------
    >>> volume = np.zeros((5, 40, 60))
    >>> cut_out(volume, "z:2", "0:10,:30").shape
    (10, 30)
    """
    if plane is not None:
        image = _plane(image, plane)
    if crop is None:
        return image
    parts = crop.split(",")
    try:
        cuts = tuple(slice(*(int(n) if n.strip() else None for n in p.split(":"))) for p in parts)
    except (TypeError, ValueError):
        cuts = ()
    if len(cuts) != image.ndim or any(p.count(":") != 1 for p in parts):
        raise ImagingError(
            f"crop {crop!r}: write FIRST:LAST for each of the {image.ndim} axes, e.g. "
            f"{','.join(['0:200'] * image.ndim)!r}"
        )
    if 0 in image[cuts].shape:
        raise ImagingError(f"crop {crop!r} leaves nothing of an image of shape {image.shape}")
    return image[cuts]


def _plane(image: Image, text: str) -> Image:
    axis, colon, index = text.partition(":")
    if image.ndim != 3:
        raise ImagingError(f"slice {text!r}: the image has two axes already")
    if not colon or axis not in _AXES or not index.strip().lstrip("-").isdigit():
        raise ImagingError(
            f"slice {text!r}: write AXIS:INDEX, with an axis of {', '.join(_AXES)}, e.g. '0:125'"
        )
    length = image.shape[_AXES[axis]]
    if not -length <= int(index) < length:
        raise ImagingError(f"slice {text!r}: axis {axis} has the planes 0 to {length - 1}")
    return np.take(image, int(index), axis=_AXES[axis])
