"""Errors of the package: each names the culprit and says what would have worked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST, _MOST = 80, 200  # characters of a name, and names, that a message shows


class MultiscaleError(Exception):
    """Base class of every error raised on purpose by this package."""


class MeshError(MultiscaleError, ValueError):
    """A particle mesh, a facet group or an outline cannot be used."""


class GeometryError(MultiscaleError, ValueError):
    """Particles, wiring and contacts do not make up an electrode."""


class ParameterError(MultiscaleError, ValueError):
    """A parameter is missing, misspelt, out of range or not a number."""


class ModelError(MultiscaleError, ValueError):
    """A model cannot be built from the options it was given."""


class CaseError(MultiscaleError, ValueError):
    """A case file, a variant or an override cannot be used."""


class ResultsError(MultiscaleError, ValueError):
    """A stored or computed result does not hold what was asked of it."""


class AnalysisError(MultiscaleError, ValueError):
    """A signal, a record or a table cannot be analysed."""


class ImagingError(MultiscaleError, ValueError):
    """A movie, a micrograph or regions drawn in them cannot be used."""


class DatasetError(MultiscaleError, ValueError):
    """A data package does not hold what its description promises."""


class ConservationError(MultiscaleError, ArithmeticError):
    """Lithium or charge is not conserved to the stated tolerance."""


def is_one_of(name: object, choices: Iterable[str]) -> bool:
    """Whether something is a name among others; arrays, lists and whatever else are none.

    Examples
    --------
    >>> is_one_of("sphere", ("sphere", "slab")), is_one_of(["sphere"], {"sphere": 3})
    (True, False)
    """
    return isinstance(name, str) and name in choices


def unknown_name(kind: str, name: object, choices: Iterable[str]) -> str:
    """Message for a name that does not exist, with the nearest one that does.

    Parameters
    ----------
    kind : str
        What the name stands for, for example ``"variable"``.
    name : str
        The name as given; of anything else the message says that it is no name.
    choices : iterable of str
        The names that exist.

    Returns
    -------
    str
        One sentence, with the nearest name if there is one and all valid ones.

    Examples
    --------
    >>> unknown_name("facet group", "surfaces", ["contact", "surface"])
    "Unknown facet group 'surfaces'; did you mean 'surface'? Valid: 'contact', 'surface'"
    """
    valid = sorted(choices)
    more = f" and {len(valid) - _MOST} more" if len(valid) > _MOST else ""
    shown = ", ".join(map(repr, valid[:_MOST])) or "none"
    if not isinstance(name, str):
        given = repr(name) if len(repr(name)) <= _LONGEST else type(name).__name__
        return f"The {kind} must be a name, not {given}. Valid: {shown}{more}"
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
    nearest = difflib.get_close_matches(name, valid, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else "."
    return f"Unknown {kind} {name!r}{hint} Valid: {shown}{more}"
