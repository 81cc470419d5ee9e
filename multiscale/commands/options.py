"""Numbers on the command line: what an option takes is checked before its command runs."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from multiscale.errors import MultiscaleError
from multiscale.limits import LARGEST_WHOLE, Quantity, short


def quantity(kind: Quantity) -> Callable[[str], float]:
    """Type of an option that is a physical quantity.

    Examples
    --------
    >>> from multiscale.limits import RADIUS
    >>> quantity(RADIUS)("5e-6")
    5e-06
    """

    def read(text: str) -> float:
        value = _number(text)
        if fault := kind.fault(value):
            raise argparse.ArgumentTypeError(fault)
        return value

    return read


def between(low: float = -math.inf, high: float = math.inf) -> Callable[[str], float]:
    """Type of an option that is a finite number from ``low`` to ``high``.

    Examples
    --------
    >>> between(0)("1.5")
    1.5
    """

    def read(text: str) -> float:
        value = _number(text)
        if not math.isfinite(value) or not low <= value <= high:
            span = f" of at least {low:g}" if math.isinf(high) else f" from {low:g} to {high:g}"
            span = "" if math.isinf(low) and math.isinf(high) else span
            raise argparse.ArgumentTypeError(f"must be a finite number{span}, not {short(text)}")
        return value

    return read


def count(least: int = 0, most: int = LARGEST_WHOLE) -> Callable[[str], int]:
    """Type of an option that is a whole number.

    Examples
    --------
    >>> count(1)("3")
    3
    """

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            span = f"of at least {least}" if most == LARGEST_WHOLE else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"must be a whole number {span}, not {short(text)}")
        return value

    return read


def _number(text: str) -> float:
    try:
        return float(text)
    except (ValueError, MultiscaleError):
        raise argparse.ArgumentTypeError(f"must be a number, not {short(text)}") from None
