"""What numbers can be: the range of each physical quantity, and how large a thing may get.

Every door (case files, ``--set``, set files, tables, recipes, Python, options of commands) asks
here, so that a number is refused everywhere or nowhere. Two ranges per quantity: what lies outside
``possible`` is refused, what lies outside ``usual`` is remarked on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from multiscale.errors import MultiscaleError

# --- how large a thing may get --------------------------------------------------------------

MOST_UNKNOWNS = 1_000_000  # of an electrode; of a mesh see mesh.measure.affordable
MOST_PARTICLES = 20_000
LARGEST_WHOLE = 2**31 - 1
MOST_STEPS = 20_000  # of an experiment
MOST_TIMES = 2_000_000  # at which an experiment is stored
MOST_DRAWS = 100_000  # of permutations and resamplings
LARGEST_TOLERANCE = 1e-2
SMALLEST_TOLERANCE = 1e-14  # double precision ends there


@dataclass(frozen=True)
class Quantity:
    """A physical quantity: its unit and what it can be.

    Attributes
    ----------
    words, unit : str
        "a temperature", "K".
    possible, usual : (float, float)
        Refused outside the first, remarked on outside the second.
    open : bool
        The ends of ``possible`` are excluded.
    slips : tuple of (low, high, factor, offset, words)
        Numbers in low..high that another unit explains: times the factor plus the offset they
        are in the right one.
    """

    words: str
    unit: str
    possible: tuple[float, float]
    usual: tuple[float, float] = (-math.inf, math.inf)
    open: bool = False
    slips: tuple[tuple[float, float, float, float, str], ...] = ()

    def allows(self, value: float) -> bool:
        """Whether a number is possible at all; NaN is not."""
        low, high = self.possible
        return low < value < high if self.open else low <= value <= high

    def fault(self, value: float) -> str:
        """What is wrong with a number, as the end of a sentence; empty if nothing is.

        Examples
        --------
        >>> print(TEMPERATURE.fault(25.0).partition(": ")[2])
        is it in degrees Celsius? Then write 298.15
        >>> TEMPERATURE.fault(298.15)
        ''
        """
        if math.isnan(value) or (math.isinf(value) and not self.allows(value)):
            return f"is {value}, not a finite number"
        if self.allows(value):
            return ""
        shown = f"{value:.6g} {self.unit}".strip()
        return f"is {shown}; {self.wanted}{self._hint(value)}"

    def remark(self, value: float) -> str:
        """What is odd about a possible number, as the end of a sentence; empty if nothing is."""
        low, high = self.usual
        if low <= value <= high:
            return ""
        unit = f" {self.unit}" if self.unit else ""
        return f"is {value:g}{unit}, usually {low:g} to {high:g}; is the unit right?"

    @property
    def wanted(self) -> str:
        """The possible range in words."""
        low, high = self.possible
        unit = f" {self.unit}" if self.unit else ""
        if math.isinf(high):
            return f"{self.words} is {'greater than' if self.open else 'at least'} {low:g}{unit}"
        ends = ", ends excluded" if self.open else ""
        return f"{self.words} is between {low:g} and {high:g}{unit}{ends}"

    def _hint(self, value: float) -> str:
        for low, high, factor, offset, words in self.slips:
            if low <= value <= high:
                meant = float(f"{value * factor + offset:.6g}")
                return f": is it in {words}? Then write {meant:g}"
        return ""


_MICROMETRES = (2e-3, 1e4, 1e-6, 0.0, "micrometres")
LENGTH = Quantity("a length of particles", "m", (1e-9, 1e-3), slips=(_MICROMETRES,))
RADIUS = Quantity("a radius of particles", "m", (1e-9, 1e-3), slips=(_MICROMETRES,))
SIZE = Quantity("an element size", "m", (1e-12, 1e-3), slips=(_MICROMETRES,))
DEPTH = Quantity("a depth", "m", (1e-9, 1e-3), slips=(_MICROMETRES,))
CONSTRICTION = Quantity(
    "a constriction", "m", (0.0, 1e-2), slips=((1e-2, 1e5, 1e-6, 0.0, "micrometres"),)
)
FACTOR = Quantity("a factor", "", (1e-12, 1e12))
PIXEL = Quantity(
    "a width of pixels",
    "m",
    (1e-10, 1e-3),
    slips=((1e-2, 0.999, 1e-6, 0.0, "micrometres"), (1.0, 1e5, 1e-9, 0.0, "nanometres")),
)
INTERVAL = Quantity("a time between frames", "s", (1e-6, 1e7))
SCALE = Quantity("a scale", "", (1e-3, 1e3))
TEMPERATURE = Quantity(
    "a temperature",
    "K",
    (200.0, 500.0),
    (200.0, 400.0),
    slips=((-80.0, 199.9, 1.0, 273.15, "degrees Celsius"),),
)
POTENTIAL = Quantity(
    "a potential against lithium",
    "V",
    (-1.0, 10.0),
    (0.0, 6.0),
    slips=((500.0, 6000.0, 1e-3, 0.0, "millivolt"),),
)
CUT_OFF = Quantity(
    "a voltage limit",
    "V",
    (-1.0, 10.0),
    (1.0, 5.5),
    slips=((500.0, 6000.0, 1e-3, 0.0, "millivolt"),),
)
DIFFUSIVITY = Quantity("a diffusivity in a solid", "m2/s", (0.0, 1e-8), (1e-26, 2e-11), open=True)
CONDUCTIVITY = Quantity("a conductivity", "S/m", (0.0, 1e8), (1e-10, 1e5), open=True)
EXCHANGE_CURRENT = Quantity("an exchange current", "A/m2", (0.0, 1e6), (0.0, 1e4), open=True)
ELECTROLYTE_CONDUCTIVITY = Quantity(
    "a conductivity of an electrolyte", "S/m", (0.0, 1e3), (1e-4, 100.0), open=True
)
ELECTROLYTE_DIFFUSIVITY = Quantity(
    "a diffusivity in an electrolyte", "m2/s", (0.0, 1e-6), (1e-14, 1e-7), open=True
)
RESISTANCE = Quantity("a resistance", "Ohm", (0.0, 1e15))
CONTACT_CONDUCTANCE = Quantity("a contact conductance", "S/m2", (0.0, math.inf))
CONCENTRATION = Quantity(
    "a maximum concentration",
    "mol/m3",
    (1e3, 1e6),
    (1e4, 1e5),
    slips=((1.0, 999.0, 1e3, 0.0, "mol/l"),),
)
SALT = Quantity(
    "a concentration of salt",
    "mol/m3",
    (10.0, 2e4),
    (50.0, 5000.0),
    slips=((0.01, 9.99, 1e3, 0.0, "mol/l"),),
)
DENSITY = Quantity(
    "a density", "kg/m3", (100.0, 3e4), (1e3, 1e4), slips=((0.5, 25.0, 1e3, 0.0, "g/cm3"),)
)
SPECIFIC_CAPACITY = Quantity(
    "a specific capacity",
    "A.h/kg",
    (1.0, 5000.0),
    (20.0, 400.0),
    slips=((0.01, 0.99, 1e3, 0.0, "A.h/g"),),
)
MOLAR_VOLUME = Quantity(
    "a molar volume", "m3/mol", (1e-7, 1e-3), (1e-6, 1e-4), slips=((1.0, 100.0, 1e-6, 0.0, "cm3"),)
)
SHARE = Quantity("a share", "", (0.0, 1.0), open=True)
POSITIVE = Quantity("this number", "", (0.0, math.inf), open=True)
TOLERANCE = Quantity("a tolerance", "", (SMALLEST_TOLERANCE, LARGEST_TOLERANCE))
C_RATE = Quantity("a C-rate", "1/h", (1e-6, 1e4))

# In signatures of what case files name; their reader and JSON Schema take the range from there.
Length = Annotated[float, LENGTH]
Radius = Annotated[float, RADIUS]
Size = Annotated[float, SIZE]
Depth = Annotated[float, DEPTH]
Constriction = Annotated[float, CONSTRICTION]


# --- numbers as they come in ----------------------------------------------------------------


def number(
    value: Any,
    what: str,
    error: type[MultiscaleError],
    quantity: Quantity | None = None,
    *,
    infinite: bool = False,
) -> float:
    """A value as a finite number; anything else is refused by name.

    Parameters
    ----------
    value : Any
    what : str
        Its name, the subject of the message.
    error : type
        What is raised.
    quantity : Quantity, optional
        What it must be; otherwise any finite number.
    infinite : bool
        Infinity has a meaning here.

    Examples
    --------
    >>> from multiscale.errors import MeshError
    >>> number(1.0, "radius", MeshError, RADIUS)
    Traceback (most recent call last):
        ...
    multiscale.errors.MeshError: radius is 1 m; a radius of particles is between 1e-09 and \
0.001 m: is it in micrometres? Then write 1e-06
    """
    found = _as_float(value)
    if found is None:
        raise error(f"{what} must be a number, not {short(value)}")
    if math.isnan(found) or (math.isinf(found) and not infinite):
        raise error(f"{what} is {short(value)}, not a finite number")
    if quantity is not None and (fault := quantity.fault(found)):
        raise error(f"{what} {fault}")
    return found


def whole(
    value: Any,
    what: str,
    error: type[MultiscaleError],
    least: int = 0,
    most: int = LARGEST_WHOLE,
) -> int:
    """A value as a whole number between two ends; anything else is refused by name.

    Examples
    --------
    >>> from multiscale.errors import MeshError
    >>> whole(20.0, "n", MeshError, 1)
    20
    >>> whole(True, "n", MeshError, 1)
    Traceback (most recent call last):
        ...
    multiscale.errors.MeshError: n must be a whole number of at least 1, not True
    """
    found = _as_float(value)
    if (
        found is None
        or not math.isfinite(found)
        or found != int(found)
        or not (least <= found <= most)
    ):
        span = f" from {least} to {most}"
        if most == LARGEST_WHOLE:
            span = "" if least == -LARGEST_WHOLE else f" of at least {least}"
        raise error(f"{what} must be a whole number{span}, not {short(value)}")
    return int(value)


def numbers(
    values: Any,
    what: str,
    error: type[MultiscaleError],
    quantity: Quantity | None = None,
    *,
    length: int | None = None,
) -> list[float]:
    """A list of finite numbers (no nested lists), of a length if one is given.

    Examples
    --------
    >>> from multiscale.errors import MeshError
    >>> numbers((1, 2.5), "direction", MeshError)
    [1.0, 2.5]
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise error(f"{what} must be a list of numbers, not {short(values)}")
    found = [number(v, f"{what}, no. {i}", error, quantity) for i, v in enumerate(values, start=1)]
    if length is not None and len(found) != length:
        raise error(f"{what} must be {length} numbers, not {len(found)}")
    return found


def check_count(count: float, what: str, most: int, error: type[MultiscaleError]) -> None:
    """Refuse what would be too large to build, saying how large and where the limit is.

    Examples
    --------
    >>> from multiscale.errors import MeshError
    >>> check_count(3e12, "the electrode has {} particles", MOST_PARTICLES, MeshError)
    Traceback (most recent call last):
        ...
    multiscale.errors.MeshError: the electrode has 3e+12 particles; the limit is 20000
    """
    if not count <= most:
        raise error(f"{what.format(f'{count:.3g}')}; the limit is {most}")


def short(value: Any, most: int = 60) -> str:
    """A value for a message, cut off where it is long."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**most:
        return "a whole number of more than 60 digits"
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _as_float(value: Any) -> float | None:
    if isinstance(value, bool | np.bool_ | str | bytes | complex) or value is None:
        return None
    if isinstance(value, np.ndarray) and value.ndim:
        return None
    try:
        return float(value)
    except OverflowError:  # a whole number beyond the range of floats
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        return None
