"""TIFF files of anybody: what they hold, how large, on which scale; hostile ones are refused.

Movies and micrographs open TIFF here, so that limits, codecs, colours, pixel sizes and times of
planes mean the same for both. Metadata are read as they are written: a value that cannot be
understood is named, and never replaced by a guess.
"""

from __future__ import annotations

import logging
import math
import re
import struct
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from multiscale.errors import ImagingError

MAX_PIXELS = 64_000_000  # of a picture: the largest cameras of microscopes have fewer
MAX_VOXELS = 1_000_000_000  # of a volume
MAX_FRAMES = 100_000  # of a movie
MAX_XML_CHARACTERS = 64 * 1024**2
EQUAL = 0.01  # relative difference of the sides of a pixel that counts as none

LENGTH_UNITS_M = {
    "m": 1.0,
    "meter": 1.0,
    "metre": 1.0,
    "dm": 1e-1,
    "cm": 1e-2,
    "centimeter": 1e-2,
    "mm": 1e-3,
    "millimeter": 1e-3,
    "um": 1e-6,
    "micron": 1e-6,
    "microns": 1e-6,
    "micrometer": 1e-6,
    "micrometers": 1e-6,
    "micrometre": 1e-6,
    "nm": 1e-9,
    "nanometer": 1e-9,
    "nanometers": 1e-9,
    "pm": 1e-12,
    "fm": 1e-15,
    "a": 1e-10,
    "å": 1e-10,
    "angstrom": 1e-10,
    "inch": 0.0254,
    "in": 0.0254,
}
TIME_UNITS_S = {
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "ds": 1e-1,
    "cs": 1e-2,
    "ms": 1e-3,
    "msec": 1e-3,
    "us": 1e-6,
    "usec": 1e-6,
    "ns": 1e-9,
    "ks": 1e3,
    "min": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
}
_CASED = {"Mm": 1e6, "Ms": 1e6, "Pm": 1e15, "Ps": 1e15}  # mega and peta: not milli and pico

_PHOTOMETRIC = {
    3: "a palette",
    4: "a transparency mask",
    5: "ink (CMYK)",
    6: "YCbCr",
    8: "CIE L*a*b*",
    32803: "a Bayer pattern",
}
_LOOSE = 65_536  # bytes that a strip may take beyond twice its pixels: more is no compression
_DOCTYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Scale:
    """What a file says of lengths and times.

    Attributes
    ----------
    width, height : float [m] or None
        Of a pixel.
    ratio : float
        Height of a pixel over its width; some files tell it without a unit.
    depth : float [m] or None
        From plane to plane of a volume.
    time : array (count,) [s] or None
        Of the frames; NaN where a frame has none.
    bit_depth : int or None
        Bits of a count.
    problems : tuple of str
        What the file says and nobody can use, each as the start of a sentence.
    """

    width: float | None = None
    height: float | None = None
    ratio: float = 1.0
    depth: float | None = None
    time: NDArray[np.floating] | None = None
    bit_depth: int | None = None
    problems: tuple[str, ...] = ()


def unit_factor(unit: str | None, factors: dict[str, float]) -> float | None:
    """SI factor of a unit as metadata spell it, None if it is unknown.

    Parameters
    ----------
    unit : str or None
        For example ``"µm"``, ``"micron"``, ``"ms"``.
    factors : dict
        ``LENGTH_UNITS_M`` or ``TIME_UNITS_S``.

    Returns
    -------
    float or None

    Examples
    --------
    >>> unit_factor("µm", LENGTH_UNITS_M)
    1e-06
    """
    plain = (unit or "").strip().replace("\\u00B5", "u").replace("µ", "u").replace("μ", "u")
    base = {"m": LENGTH_UNITS_M, "s": TIME_UNITS_S}.get(plain[-1:])
    if plain in _CASED and base is factors:
        return _CASED[plain]
    return factors.get(plain.lower())


def check_size(name: str, rows: int, columns: int, planes: int = 1) -> None:
    """Raise for a picture or volume that is larger than what is read.

    Raises
    ------
    ImagingError
        Naming the size and the limit.

    Examples
    --------
    >>> check_size("a.png", 20_000, 20_000)
    Traceback (most recent call last):
    multiscale.errors.ImagingError: a.png has 20000 x 20000 pixels; pictures of ...
    """
    if rows * columns > MAX_PIXELS:
        raise ImagingError(
            f"{name} has {columns} x {rows} pixels; pictures of at most "
            f"{MAX_PIXELS // 10**6} million pixels are read: crop it, or bin pixels"
        )
    if rows * columns * planes > MAX_VOXELS:
        raise ImagingError(
            f"{name} has {planes} planes of {columns} x {rows} pixels; volumes of at most "
            f"{MAX_VOXELS // 10**9} billion voxels are read: crop it, or take every other plane"
        )


def check_square(name: str, scale: Scale) -> None:
    """Raise for pixels that are not square: areas and distances would be off by the ratio.

    Examples
    --------
    >>> check_square("a.tif", Scale(width=1e-7, height=2e-7, ratio=2.0))
    Traceback (most recent call last):
    multiscale.errors.ImagingError: a.tif says that a pixel is 1e-07 m wide and 2e-07 m high; ...
    """
    if abs(scale.ratio - 1) <= EQUAL:
        return
    if not math.isfinite(scale.ratio):
        return
    sizes = f"{scale.ratio:.4g} times as high as wide"
    if scale.width and scale.height:
        sizes = f"{scale.width:.4g} m wide and {scale.height:.4g} m high"
    raise ImagingError(
        f"{name} says that a pixel is {sizes}; pixels must be square: resample it (ImageJ: Image > "
        "Scale), or correct what the file says (Image > Properties)"
    )


@contextmanager
def open_tiff(path: Path) -> Iterator[tuple[tifffile.TiffFile, list[str]]]:
    """A TIFF file, looked at before tifffile follows what it says, and what tifffile complains of.

    Raises
    ------
    ImagingError
        If it is no TIFF; holds no picture, more than 100,000, or one that leads back to an
        earlier one; if its OME-XML is malformed, hostile or leads out of the folder; and in place
        of whatever tifffile raises inside.

    Examples
    --------
    >>> tifffile.imwrite("two.tif", np.zeros((2, 8, 8), "uint8"), photometric="minisblack")
    >>> with open_tiff(Path("two.tif")) as (tif, complaints):
    ...     len(tif.pages), complaints
    (2, [])
    """
    _check_pages(path)
    with complaints() as messages:
        try:
            with tifffile.TiffFile(path) as tif:
                ome = tif.ome_metadata if tif.is_ome else None
                if ome:
                    _check_ome(ome, path.name, len(tif.pages))
                yield tif, messages
        except ImagingError:
            raise
        except Exception as problem:  # tifffile raises whatever it stumbles over
            words = " ".join(str(problem).split())[:200] or type(problem).__name__
            raise ImagingError(
                f"{path.name} cannot be read: {words}; is the file complete, and a TIFF?"
            ) from problem


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What tifffile logs; it reports files that are cut short in no other way.

    Examples
    --------
    >>> with complaints() as messages:
    ...     logging.getLogger("tifffile").error("corrupted tag list")
    >>> messages
    ['corrupted tag list']
    """
    messages: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger, handler = logging.getLogger("tifffile"), Keep()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def _check_pages(path: Path) -> None:
    """Follow the chain of pages: quickly, so that no count and no loop can run away."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
            order = {b"II": "<", b"MM": ">"}.get(head[:2])
            if order is None or len(head) < 8:
                raise ImagingError(f"{path.name} cannot be read as TIFF: it is none, or empty.")
            big = head[2:4] in (b"+\0", b"\0+")
            number, entry, offset = ("Q", 20, "Q") if big else ("H", 12, "I")
            size, width = struct.calcsize(number), struct.calcsize(offset)
            start = head[8:16] if big else head[4:8]
            seen: set[int] = set()
            while len(start) == width:
                [place] = struct.unpack(order + offset, start)
                if not place:
                    break
                if place in seen:
                    raise ImagingError(
                        f"{path.name} cannot be read as TIFF: page {len(seen)} leads back to an "
                        "earlier one."
                    )
                if len(seen) >= MAX_FRAMES:
                    raise ImagingError(
                        f"{path.name} holds more than {MAX_FRAMES} pages, the limit; split it."
                    )
                seen.add(place)
                file.seek(place)
                count = file.read(size)
                if len(count) < size:
                    break
                [entries] = struct.unpack(order + number, count)
                if entries > 4096:
                    break  # nonsense: tifffile says so
                file.seek(place + size + entries * entry)
                start = file.read(width)
    except (OSError, OverflowError, ValueError) as problem:
        if isinstance(problem, ImagingError):
            raise
        raise ImagingError(f"{path.name} cannot be read as TIFF: {problem}.") from problem


def check_page(page: Any, name: str) -> None:
    """Raise for a picture that is too large, in colours that are no brightness, or not decodable.

    Parameters
    ----------
    page : tifffile.TiffPage or tifffile.TiffFrame
    name : str
        What messages call it.

    Raises
    ------
    ImagingError
        Naming the size and the limit, the kind of colour, or the compression and what it needs.
    """
    own, page = page, page.keyframe  # what pages have in common stands in their keyframe
    check_size(name, page.imagelength, page.imagewidth, max(page.imagedepth, 1))
    if page.samplesperpixel > 64:
        raise ImagingError(f"{name} has {page.samplesperpixel} channels in a pixel; at most 4")
    kind = int(page.photometric)
    grey = False
    if kind == 3 and page.colormap is not None:  # a palette that maps rising numbers to greys
        palette = np.asarray(page.colormap).astype(int)
        step = np.diff(palette, axis=-1)
        grey = bool((palette == palette[0]).all() and step.min() > 0 and np.ptp(step) <= 2)
    if kind in _PHOTOMETRIC and not grey:
        raise ImagingError(
            f"{name} stores {_PHOTOMETRIC[kind]}, not brightness; save it as grey or RGB"
        )
    for table, code, what in (
        (tifffile.TIFF.DECOMPRESSORS, page.compression, "is compressed with"),
        (tifffile.TIFF.UNPREDICTORS, page.predictor, "is predicted by"),
    ):
        try:
            table[code]
        except (KeyError, ValueError, ImportError):
            word = getattr(code, "name", code)
            raise ImagingError(
                f"{name} {what} {word}, which needs the package imagecodecs "
                "(pip install 'multiscale-electrode[codecs]'); or save it uncompressed"
            ) from None
    if page.compression != 1 and page.dtype is not None:
        across = (page.imagelength, page.imagewidth)
        if page.is_tiled:
            across = (page.tilelength, page.tilewidth)
        elif page.rowsperstrip:
            across = (min(page.rowsperstrip, page.imagelength), page.imagewidth)
        raw = across[0] * across[1] * page.dtype.itemsize * page.samplesperpixel
        most = max(own.databytecounts, default=0)
        if across[0] * across[1] > MAX_PIXELS or most > 2 * raw + _LOOSE:
            raise ImagingError(
                f"{name} holds {most} compressed bytes for {raw} of pixels: it is damaged, or "
                "would unpack to more than it says"
            )


def inverted(page: Any) -> bool:
    """Whether white is stored as zero."""
    return int(page.photometric) == 0


# --- scale and times ------------------------------------------------------------------------


def scale_of(tif: Any, count: int) -> Scale:
    """Lengths and times that a TIFF file states: OME, ImageJ, or the resolution of the page.

    Parameters
    ----------
    tif : tifffile.TiffFile
        Opened by :func:`open_tiff`.
    count : int
        Frames of it.

    Returns
    -------
    Scale

    Examples
    --------
    >>> frame, per_cm = np.zeros((8, 8), "uint8"), (1e5, 5e4)
    >>> tifffile.imwrite("a.tif", frame, resolution=per_cm, resolutionunit=3)
    >>> with open_tiff(Path("a.tif")) as (tif, _):
    ...     found = scale_of(tif, 1)
    >>> print(f"{found.width:g} {found.height:g}")
    1e-07 2e-07
    """
    if tif.is_ome and tif.ome_metadata:
        return _ome_scale(tif, count)
    if tif.is_imagej and tif.imagej_metadata:
        return _imagej_scale(tif, count)
    width, height = _resolution(tif.pages[0])
    unit = tif.pages[0].tags.get("ResolutionUnit")
    factor = {2: 0.0254, 3: 0.01}.get(int(unit.value) if unit else 2)
    if width is None or height is None:
        return Scale()
    if factor is None or width * factor > 5e-6:  # of a printer, a screen: the ratio counts alone
        return Scale(ratio=height / width)
    return Scale(width=width * factor, height=height * factor, ratio=height / width)


def _resolution(page: Any) -> tuple[float | None, float | None]:
    """Width and height of a pixel in units of the resolution."""
    found = []
    for name in ("XResolution", "YResolution"):
        tag = page.tags.get(name)
        try:
            pixels, units = tag.value
            found.append(units / pixels if pixels > 0 and units > 0 else None)
        except (AttributeError, TypeError, ValueError):
            found.append(None)
    return found[0], found[1]


def _imagej_scale(tif: Any, count: int) -> Scale:
    stated, problems = tif.imagej_metadata, []

    def positive(key: str) -> float | None:
        value = stated.get(key, 0)
        if isinstance(value, int | float) and (value == 0 or 0 < value < math.inf):
            return float(value) or None
        problems.append(f"states {key}={value!r}, which is not a positive number")
        return None

    def factor(unit: Any, units: dict[str, float], key: str) -> float | None:
        known = unit_factor(str(unit), units)
        if known is None and str(unit).lower() not in ("", "pixel", "pixels", "none"):
            problems.append(f"states {key} in the unit {unit!r}, which is not known")
        return known

    width, height = _resolution(tif.pages[0])
    unit = stated.get("unit", "")
    across = factor(unit, LENGTH_UNITS_M, "lengths")
    down = factor(stated.get("yunit", unit), LENGTH_UNITS_M, "lengths")
    ratio = height / width if height and width else 1.0
    if across and down:
        ratio *= down / across
    interval, spacing = positive("finterval"), positive("spacing")
    second = factor(stated.get("tunit", "s"), TIME_UNITS_S, "times") if interval else None
    third = unit_factor(str(stated.get("zunit", unit)), LENGTH_UNITS_M)
    return Scale(
        width=width * across if width and across else None,
        height=height * down if height and down else None,
        ratio=ratio,
        depth=spacing * third if spacing and third else None,
        time=np.arange(count) * interval * second if interval and second and count > 1 else None,
        problems=tuple(dict.fromkeys(problems)),
    )


def ome_root(text: str, name: str) -> ElementTree.Element:
    """The root of an OME-XML text; document types and entities are refused.

    Raises
    ------
    ImagingError
        If it is malformed, too long, or defines entities.

    Examples
    --------
    >>> ome_root("<OME><Image/></OME>", "a.ome.tif").tag
    'OME'
    """
    if len(text) > MAX_XML_CHARACTERS:
        raise ImagingError(f"The OME-XML of {name} has {len(text)} characters; at most 64 MiB")
    if _DOCTYPE.search(text):
        raise ImagingError(
            f"The OME-XML of {name} defines a document type or entities, which OME never does; "
            "save it again, or as plain TIFF"
        )
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as problem:
        raise ImagingError(
            f"The OME-XML of {name} is malformed ({problem}); save it again, or as plain TIFF"
        ) from problem


def _whole(element: ElementTree.Element, key: str, default: int | None, name: str) -> int:
    """A whole number of an attribute, 0 to what is read at most."""
    text = element.get(key)
    try:
        value = int(text) if text is not None else default
    except ValueError:
        value = None
    if value is None or not 0 <= value <= 10**9:
        raise ImagingError(
            f"The OME-XML of {name} says {key} = {(text or '')[:40]!r}, which is not a whole "
            "number that fits; save it again, or as plain TIFF"
        )
    return value


def _check_ome(text: str, name: str, pages: int) -> None:
    """What tifffile would follow blindly: sizes, counts of planes, names of other files."""
    root = ome_root(text, name)
    promised = 0
    for pixels in root.iter():
        if not (isinstance(pixels.tag, str) and pixels.tag.rpartition("}")[2] == "Pixels"):
            continue
        order = pixels.get("DimensionOrder", "")
        if sorted(order) != sorted("XYZCT"):
            raise ImagingError(
                f"The OME-XML of {name} says DimensionOrder = {order[:40]!r}; valid: XYZCT and "
                "the like"
            )
        sizes = {axis: _whole(pixels, f"Size{axis}", None, name) for axis in "XYZCT"}
        for axis, size in sizes.items():
            if size < 1:
                raise ImagingError(f"The OME-XML of {name} says Size{axis} = 0")
        planes = sizes["Z"] * sizes["C"] * sizes["T"]
        if planes > MAX_FRAMES:
            raise ImagingError(
                f"The OME-XML of {name} promises {planes} planes; at most {MAX_FRAMES}"
            )
        check_size(name, sizes["Y"], sizes["X"])
        for data in pixels.iter():
            tag = data.tag.rpartition("}")[2] if isinstance(data.tag, str) else ""
            if tag == "TiffData":
                for axis in "TCZ":
                    _whole(data, f"First{axis}", 0, name)
                _whole(data, "IFD", 0, name)
                single = 1 if data.get("IFD") is not None else 0
                several = _whole(data, "NumPlanes", single, name)
                promised += _whole(data, "PlaneCount", several, name) or pages
            elif tag == "UUID":
                other = data.get("FileName", "")
                if re.search(r"[/\\\0]|^\.\.", other):
                    raise ImagingError(
                        f"The OME-XML of {name} leads to another file, {other[:80]!r}; save it as "
                        "one file"
                    )
            elif tag == "Channel":
                _whole(data, "SamplesPerPixel", 1, name)
    if promised > 2 * MAX_FRAMES:
        raise ImagingError(f"The OME-XML of {name} lists {promised} planes; at most {MAX_FRAMES}")


def _ome_scale(tif: Any, count: int) -> Scale:
    pixels = ome_root(tif.ome_metadata, "the file").find(".//{*}Pixels")
    if pixels is None:
        return Scale()
    problems: list[str] = []
    width, height, depth = (_ome_length(pixels, f"PhysicalSize{a}", problems) for a in "XYZ")
    ratio = height / width if height and width else 1.0
    bits: int | None = None
    if "SignificantBits" in pixels.keys():  # noqa: SIM118  (an Element is no mapping)
        stated = pixels.get("SignificantBits", "")
        bits = int(stated) if stated.isdecimal() and 1 <= int(stated[:9]) <= 64 else None
        if bits is None:
            problems.append(
                f"states SignificantBits = {stated[:40]!r}, which is not a number of bits"
            )
    planes = math.prod(int(pixels.get(f"Size{axis}", 1)) for axis in "TZ")
    page = tif.pages[0]
    if planes * int(pixels.get("SizeC", 1)) < len(tif.pages):
        held = f"promises {planes} frames, and holds {len(tif.pages)} pages"
        problems.append(f"{held}: the rest is not read")
    said = (int(pixels.get("SizeX", 0)), int(pixels.get("SizeY", 0)))
    if said != (page.imagewidth, page.imagelength):
        problems.append(
            f"states pictures of {said[0]} x {said[1]} pixels, and holds {page.imagewidth} x "
            f"{page.imagelength}"
        )
    time = _ome_times(pixels, count, problems)
    told = tuple(dict.fromkeys(problems))
    return Scale(width or height, height, ratio, depth, time, bits, told)


def _ome_length(element: ElementTree.Element, key: str, problems: list[str]) -> float | None:
    return _ome_value(element, key, "um", LENGTH_UNITS_M, problems, positive=True)


def _ome_value(
    element: ElementTree.Element,
    key: str,
    unit: str,
    units: dict[str, float],
    problems: list[str],
    positive: bool = False,
) -> float | None:
    """An attribute with its unit in SI; None, and what is wrong, where it has none."""
    text = element.get(key)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (positive and value <= 0):
        problems.append(f"states {key} = {text[:40]!r}, which is no {'positive ' * positive}number")
        return None
    unit = element.get(f"{key}Unit", unit)
    factor = unit_factor(unit, units)
    if factor is None:
        problems.append(f"states {key} in the unit {unit[:40]!r}, which is not known")
        return None
    return value * factor


def _ome_times(
    pixels: ElementTree.Element, count: int, problems: list[str]
) -> NDArray[np.floating] | None:
    """Times of the planes [s]: each plane's own, NaN where one has none; or by the increment."""
    along = "TheT" if int(pixels.get("SizeT", 1)) > 1 else "TheZ"
    time = np.full(count, math.nan)
    seen: set[int] = set()
    for plane in pixels.findall("{*}Plane"):
        if plane.get("TheC", "0") != "0":
            continue
        place = plane.get(along, "0")
        if not place.isdecimal() or int(place[:12]) in seen:
            problems.append(f"lists the plane {along} = {place[:40]!r} twice, or by no number")
            return None
        index = int(place[:12])
        seen.add(index)
        own = _ome_value(plane, "DeltaT", "s", TIME_UNITS_S, problems)
        if own is not None and index < count:
            time[index] = own
    step = _ome_value(pixels, "TimeIncrement", "s", TIME_UNITS_S, problems, positive=True)
    known = np.isfinite(time)
    if known.all() and count > 1:
        found = float(np.median(np.diff(time)))
        if step is not None and abs(found / step - 1) > EQUAL:
            problems.append(
                f"states TimeIncrement = {step:g} s, its planes {found:g} s: the planes count"
            )
        return time
    if known.any():
        if step is not None:
            grid = time[known][0] + (np.arange(count) - np.flatnonzero(known)[0]) * step
            if np.abs(time - grid)[known].max() <= 0.5 * step:
                return grid
        lost = int(np.argmin(known))
        problems.append(f"states times of {known.sum()} of {count} frames, none of frame {lost}")
        return time
    return np.arange(count) * step if step is not None else None
