"""Units as people write them in headers, and what turns numbers in them into SI.

One function for every table and every name with a unit in it. Not pint: a header says ``cm2/s``,
``cm^2 s⁻¹``, ``mA cm-2``, ``V vs. Li/Li+`` or ``test_time_second``, which pint reads only after
most of what stands here has rewritten it; what is left is a table of twenty units.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiscale.errors import MultiscaleError

Dimension = tuple[int, ...]
_AXES = ("m", "kg", "s", "A", "K", "mol")


@dataclass(frozen=True)
class Unit:
    """What a number in this unit is in SI: ``factor * number + offset``.

    Attributes
    ----------
    factor, offset : float
        The offset is that of degrees Celsius, 0 for every other unit.
    dimension : tuple of int, shape (6,)
        Powers of m, kg, s, A, K, mol.
    """

    factor: float
    dimension: Dimension
    offset: float = 0.0


def _unit(factor: float, **powers: int) -> Unit:
    return Unit(factor, tuple(powers.get(axis, 0) for axis in _AXES))


_VOLT = {"m": 2, "kg": 1, "s": -3, "A": -1}
_OHM = {"m": 2, "kg": 1, "s": -3, "A": -2}
_SIEMENS = {axis: -power for axis, power in _OHM.items()}
_JOULE = {"m": 2, "kg": 1, "s": -2}
# Symbol -> unit and the prefixes it may carry. Not every prefix with every unit: a header in
# capitals, "Current (MA)", is not in megaampere.
_SMALL = "fpnumk"
_KNOWN: dict[str, tuple[Unit, str]] = {
    "m": (_unit(1, m=1), "fpnumcdk"),
    "g": (_unit(1e-3, kg=1), "numk"),
    "s": (_unit(1, s=1), "fpnum"),
    "A": (_unit(1, A=1), _SMALL),
    "K": (_unit(1, K=1), "m"),
    "mol": (_unit(1, mol=1), "numk"),
    "V": (_unit(1, **_VOLT), "numk"),
    "Ohm": (_unit(1, **_OHM), "numkMG"),
    "S": (_unit(1, **_SIEMENS), "pnumk"),
    "C": (_unit(1, A=1, s=1), "numk"),
    "Ah": (_unit(3600, A=1, s=1), "numk"),
    "J": (_unit(1, **_JOULE), "numkM"),
    "Wh": (_unit(3600, **_JOULE), "numkM"),
    "eV": (_unit(1.602176634e-19, **_JOULE), "mk"),
    "W": (_unit(1, m=2, kg=1, s=-3), "numkM"),
    "F": (_unit(1, m=-2, kg=-1, s=4, A=2), "pnum"),
    "Pa": (_unit(1, m=-1, kg=1, s=-2), "mkMG"),
    "bar": (_unit(1e5, m=-1, kg=1, s=-2), "m"),
    "N": (_unit(1, m=1, kg=1, s=-2), "numkM"),
    "Hz": (_unit(1, s=-1), "mkMG"),
    "L": (_unit(1e-3, m=3), "numcd"),
    "l": (_unit(1e-3, m=3), "numcd"),
    "M": (_unit(1e3, m=-3, mol=1), "num"),
    "min": (_unit(60, s=1), ""),
    "h": (_unit(3600, s=1), ""),
    "d": (_unit(86400, s=1), ""),
    "degC": (Unit(1.0, (0, 0, 0, 0, 1, 0), 273.15), ""),
    "Å": (_unit(1e-10, m=1), ""),
    "%": (_unit(1e-2), ""),
}
_PREFIXES = {
    **{"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1},
    **{"k": 1e3, "M": 1e6, "G": 1e9},
}
# What may be written as one word: "Sm-1", "mAcm-2"; not "MA", "dV".
_FIRST = ("S", "mS", "uS", "A", "mA", "uA", "V", "mV", "W", "mW", "mol", "J")
_SECOND = ("m", "cm", "mm", "h", "g", "kg", "s", "K", "L")
# Words, compared without case; a plural s may follow.
_WORDS = {
    **dict.fromkeys(("second", "sec"), "s"),
    **{
        "millisecond": "ms",
        "min": "min",
        "minute": "min",
        "hour": "h",
        "hr": "h",
        "std": "h",
        "day": "d",
    },
    **dict.fromkeys(("ampere", "amp"), "A"),
    **{"milliampere": "mA", "milliamp": "mA", "microampere": "uA", "microamp": "uA"},
    **{"volt": "V", "millivolt": "mV", "ohm": "Ohm", "siemen": "S", "coulomb": "C"},
    **{"amp-hr": "Ah", "amp-hour": "Ah", "watt-hr": "Wh", "watt-hour": "Wh"},
    **{"metre": "m", "meter": "m", "micron": "um", "micrometre": "um", "micrometer": "um"},
    **{"kelvin": "K", "celsius": "degC", "percent": "%", "angstrom": "Å", "watt": "W"},
    **{"joule": "J", "kohm": "kOhm"},
}
_SPELLINGS = str.maketrans(
    {
        **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True)),
        **dict.fromkeys("µμ", "u"),
        **dict.fromkeys("·⋅∙×*•", "."),
        **dict.fromkeys("−‐‑–", "-"),
        **dict.fromkeys("∕⁄", "/"),
        **dict.fromkeys("{}\u00a0\u202f\u2009", " "),
        **{"Ω": "Ohm", "\u2126": "Ohm", "\u212b": "Å", "\u2103": "degC", "º": "°", "˚": "°"},
    }
)
_FACTOR = re.compile(r"([A-Za-zÅ%]+(?:-(?:hr|hour)s?)?)\s*(?:\^?\(?\s*([+-]?\d+)\)?)?")
_NONE = ("", "-", "1", "#", "none", "n/a", "a.u.")


def parse_unit(text: str) -> Unit | None:
    """A unit in any spelling, or None if it is none.

    Products by a space, a point, ``*`` or nothing after an exponent; quotients by ``/``; exponents
    as ``2``, ``^2``, ``**2`` or ``²``; ``vs. Li/Li+`` behind a volt is left away.

    Examples
    --------
    >>> [f"{parse_unit(u).factor:g}" for u in ("cm^2 s⁻¹", "m².s-1", "mS/cm", "mA cm-2", "µm")]
    ['0.0001', '1', '0.1', '10', '1e-06']
    >>> parse_unit("weeks") is None
    True
    """
    return _parsed(text.strip())


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> Unit | None:
    if len(text) > 60:
        return None
    plain = text.translate(_SPELLINGS).replace("..", "^").strip()  # ** is now ..
    if plain.casefold() in _NONE:
        return Unit(1.0, (0,) * 6)
    plain = re.sub(r"(?i)°\s*C\b|\bdeg\.?\s*C\b|\bgrad\s*C\b", "degC", plain)
    plain = re.sub(r"(?i)^(m?V)\s*(?:\(.*\)|vs\b.*|v\.?s\.?.*|\(?rel.*)$", r"\1", plain)
    word = plain.casefold().rstrip(".")
    for known in (word, word.removesuffix("s")):
        if known in _WORDS:
            return _one(_WORDS[known])
    return _product(plain)


def _product(text: str) -> Unit | None:
    """Value of ``a b-1/c.d``; what follows a ``/``, or a bracket behind it, divides."""
    factor, dimension, sign = 1.0, np.zeros(6, dtype=int), 1
    place, depth, offset, found = 0, 0, 0.0, 0
    while place < len(text):
        char = text[place]
        if char in " .^" or (char == "1" and found == 0):
            place += 1
        elif char == "/":
            sign, place = -1, place + 1
        elif char == "(":
            depth, place = depth + 1, place + 1
        elif char == ")":
            depth, sign, place = depth - 1, 1, place + 1
        else:
            match = _FACTOR.match(text, place)
            parts = _token(match[1]) if match else None
            if match is None or parts is None:
                return None
            power = sign * int(match[2] or 1)
            if abs(power) > 9:
                return None
            *first, last = parts
            for unit, exponent in [*((one, sign) for one in first), (last, power)]:
                factor *= unit.factor**exponent
                dimension += exponent * np.array(unit.dimension)
                offset = unit.offset if power == 1 else 0.0  # a step of 1 °C is one of 1 K
            found += 1
            place = match.end()
            if not depth:
                sign = 1
    if not found or depth:
        return None
    alone = found == 1 and offset != 0 and factor == 1.0
    return Unit(factor, tuple(dimension.tolist()), offset if alone else 0.0)


def _one(symbol: str) -> Unit | None:
    if symbol in _KNOWN:
        return _KNOWN[symbol][0]
    unit, prefixes = _KNOWN.get(symbol[1:], (None, ""))
    if unit is None or symbol[0] not in prefixes:
        return None
    return Unit(_PREFIXES[symbol[0]] * unit.factor, unit.dimension)


def _token(symbol: str) -> list[Unit] | None:
    """Units that are written as one word: one, or two without anything between (``Sm-1``)."""
    one = _one(symbol)
    if one is not None:
        return [one]
    word = symbol.casefold()
    for known in (word, word.removesuffix("s")):
        if known in _WORDS:
            spelt = _one(_WORDS[known])
            return None if spelt is None else [spelt]
    for i in range(1, len(symbol)):
        if symbol[:i] in _FIRST and symbol[i:] in _SECOND:
            return [one for one in (_one(symbol[:i]), _one(symbol[i:])) if one is not None]
    return None


# What is measured -> its SI unit, and units to propose.
KINDS = {
    "voltage": ("V", "V, mV"),
    "diffusivity": ("m2/s", "m2/s, cm2/s"),
    "conductivity": ("S/m", "S/m, S/cm, mS/cm"),
    "time": ("s", "s, ms, min, h, d"),
    "current": ("A", "A, mA, uA, nA"),
    "length": ("m", "m, mm, um, nm"),
    "number": ("1", "no unit, %"),
}


def to_si(
    values: ArrayLike,
    unit: str | None,
    kind: str,
    what: str,
    error: type[MultiscaleError] = MultiscaleError,
) -> NDArray[np.float64]:
    """Numbers in SI, from those in a unit that measures the same.

    Parameters
    ----------
    values : array_like
    unit : str or None
        As in a header.
    kind : str
        A kind of ``KINDS``, or the SI unit itself, for example ``"S/m2"``.
    what : str
        Whose numbers they are, for messages.
    error : type
        Class to raise.

    Raises
    ------
    MultiscaleError
        If there is no unit, or one that measures something else.

    Examples
    --------
    >>> to_si([1.0, 2.0], "cm2/s", "diffusivity", "column 'D'").tolist()
    [0.0001, 0.0002]
    >>> float(to_si(25, "° C", "K", "column 'T'"))
    298.15
    """
    si, choices = KINDS.get(kind, (kind, kind))
    article = f"a {kind}" if kind in KINDS else "this"
    if unit is None or (not unit.strip() and si != "1"):
        raise error(f"{what} has no unit; {article} can be in {choices}")
    found, wanted = parse_unit(unit), parse_unit(si)
    if wanted is None:
        raise error(f"{what}: {si!r} is not a unit that is known here")
    if found is None or found.dimension != wanted.dimension:
        raise error(f"{what} is in {unit!r}; {article} can be in {choices}")
    if found.offset == wanted.offset:
        return np.asarray(values, dtype=float) * (found.factor / wanted.factor)
    # to Kelvin, or back to degrees Celsius
    return (
        np.asarray(values, dtype=float) * found.factor + found.offset - wanted.offset
    ) / wanted.factor


def split_unit(header: str) -> tuple[str, str | None]:
    """Name and unit of a header; the unit is None if it gives none.

    ``Current [mA]``, ``Current (mA)``, ``Current/mA``, ``Current / mA``, ``Current, mA``,
    ``current_mA``, ``D / cm2/s``; and ``diffusivity_m2_s``, where the second unit divides.

    Examples
    --------
    >>> split_unit("Voltage / V"), split_unit("D [cm2/s]"), split_unit("Ecell")
    (('Voltage', 'V'), ('D', 'cm2/s'), ('Ecell', None))
    >>> split_unit("Q charge/discharge/mA.h"), split_unit("diffusivity_m2_s")
    (('Q charge/discharge', 'mA.h'), ('diffusivity', 'm2/s'))
    """
    text = " ".join(header.split())
    match = re.fullmatch(r"(.*?)\s*(?:\[([^\[\]]*)\]|\(((?:[^()]|\([^()]*\))*)\))\s*\.?", text)
    if match and match[1].strip(" ,/"):
        inside = match[2] if match[2] is not None else match[3]
        return match[1].strip(" ,/"), inside.strip()
    name = re.sub(r"\s+(?:vs|versus)\b\.?\s*[\w+/()]+(\s*\+)?", "", text, flags=re.IGNORECASE)
    places = [i for i, char in enumerate(name) if char == "/" and i]
    for place in places:
        if parse_unit(name[place + 1 :]) is not None and name[place + 1 :].strip(" -"):
            return name[:place].strip(), name[place + 1 :].strip()
    before, comma, after = name.rpartition(",")
    if comma and before.strip() and after.strip() and parse_unit(after) is not None:
        return before.strip(), after.strip()
    head, *parts = name.split("_")
    for first in range(len(parts)):
        over = "/".join(parts[first:])
        if head and all(parts[first:]) and not parts[first].isdigit() and parse_unit(over):
            return "_".join([head, *parts[:first]]), over
    before, slash, after = name.partition(" / ")
    if slash and before.strip() and after.strip():
        return before.strip(), after.strip()
    return name.strip(), None
