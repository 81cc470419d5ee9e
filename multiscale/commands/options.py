"""What options take: checked before their command runs, and given once."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from multiscale.errors import MultiscaleError
from multiscale.limits import LARGEST_WHOLE, Quantity, short


class Parser(argparse.ArgumentParser):
    """A parser that refuses an option given twice, where the last would silently win."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.register("action", None, _Once)
        self.given: set[argparse.Action] = set()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As :class:`argparse.ArgumentParser`; nothing has been given yet."""
        self.given.clear()
        return super().parse_known_args(args, namespace)

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:
            file.write(message)  # fails where the output is full; argparse would not tell
        else:
            super()._print_message(message, file)


class _Once(argparse.Action):
    """Store a value; a second one for the same option is an error."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        if option is not None and self in parser.given:
            several = self.nargs in ("+", "*")
            raise argparse.ArgumentError(
                self, "given twice; name all after one" if several else "given twice"
            )
        parser.given.add(self)
        setattr(namespace, self.dest, values)


def file(text: str) -> Path:
    """Type of an option that is a file to read: a folder is refused before anything is read."""
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{short(text)} is a folder; a file is needed here")
    return Path(text)


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
