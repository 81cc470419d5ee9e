"""A parameter set as text for a terminal."""

from __future__ import annotations

import shutil
import textwrap
from typing import Any

from multiscale.parameters import ParameterSet
from multiscale.parameters.sets import GRADES, number


def parameter_table(chosen: ParameterSet, width: int | None = None) -> str:
    """Name, value, grade and source of every entry of a set.

    Parameters
    ----------
    chosen : ParameterSet
    width : int, optional
        Columns of text; that of the terminal by default.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> print(parameter_table(load_set("Lun_NMC88"), width=90).splitlines()[0])
    Lun_NMC88: Single-crystal Ni88, aged particles with a rock-salt layer (Lun)
    """
    columns = width or max(shutil.get_terminal_size((100, 24)).columns, 60)
    lines = [f"{chosen.name}: {chosen.title}", f"Transport: {chosen.transport}", ""]
    for name, source in sorted(chosen.sources.items()):
        lines.append(f"{source.grade}  {name} = {entry_in_words(chosen, name)}")
        where = f"{source.citation}, {source.where}; {source.kind}: {source.method}"
        if source.valid_range is not None:
            low, high = source.valid_range
            where += f"; data from {low:g} to {high:g} {source.argument}"
        indent = " " * 5
        lines += textwrap.wrap(where, columns, initial_indent=indent, subsequent_indent=indent)
    lines += ["", *(f"{grade}: {meaning}" for grade, meaning in GRADES.items())]
    return "\n".join(lines)


def entry_in_words(chosen: ParameterSet, name: str) -> str:
    """A number, or which law it is.

    Examples
    --------
    >>> from multiscale.parameters import load_set
    >>> entry_in_words(load_set("Lun_NMC88"), "Upper voltage cut-off [V]")
    '4.3'
    """
    entry: Any = chosen.values[name]
    if callable(entry):
        return f"law {getattr(entry, '__name__', type(entry).__name__)}"
    value = number(chosen.values, name)
    return "derived from the geometry" if value is None else f"{value:g}"
