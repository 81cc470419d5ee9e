"""What a package tells about itself: a flat short form, one line per fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiscale.errors import DatasetError, unknown_name
from multiscale.toml_text import read_toml

MEASURED_FROM = ("raw data", "published video", "published panels", "simulation")
LICENCE = "CC-BY-4.0"


@dataclass(frozen=True)
class Fact:
    """One line of the short form.

    Attributes
    ----------
    name : str
        With the unit as its last part.
    group : str
        Object of ``dataset.json`` in which it stands; empty for the top.
    kind : {"text", "number", "people"}
    meaning : str
    term : str
        Name in ``dataset.json`` if another vocabulary has one.
    of : str
        "both", or what only a "measurement" or a "simulation" has.
    """

    name: str
    group: str
    kind: str
    meaning: str
    term: str = ""
    of: str = "both"

    @property
    def key(self) -> str:
        """Name in ``dataset.json``."""
        return self.term or self.name


def _measured(name: str, group: str, kind: str, meaning: str) -> Fact:
    return Fact(name, group, kind, meaning, of="measurement")


FACTS = (
    Fact("title", "", "text", "What was measured, in a line", "name"),
    Fact("description", "", "text", "A paragraph"),
    Fact("creators", "", "people", "Names, with ORCID: 'A. Name (0000-0000-0000-0000)'", "creator"),
    Fact("licence", "", "text", f"Of the data; {LICENCE} is suggested", "license"),
    Fact("measured_from", "", "text", f"One of {', '.join(MEASURED_FROM)}"),
    _measured("movie_doi", "movie", "text", "DOI of the movie"),
    _measured("movie_name", "movie", "text", "File name of the movie"),
    _measured("movie_sha256", "movie", "text", "SHA-256 of the movie"),
    Fact("material", "sample", "text", "Active material"),
    _measured("electrode_recipe", "sample", "text", "Composition and making of the electrode"),
    _measured("cell", "sample", "text", "Kind of cell, counter electrode"),
    _measured("electrolyte", "sample", "text", "Composition"),
    Fact("temperature_celsius", "sample", "number", "Of the cell"),
    Fact("c_rate_per_hour", "sample", "number", "C-rate"),
    _measured("camera_clock_offset_second", "clock", "number", "Movie time 0 in BDF test time"),
    _measured("camera_clock_offset_u_second", "clock", "number", "Its standard uncertainty"),
    _measured("objective", "instrument", "text", "Objective"),
    _measured("numerical_aperture", "instrument", "number", "Of the objective"),
    _measured("wavelength_nanometre", "instrument", "number", "Of the light"),
    _measured("pixel_size_micrometre", "instrument", "number", "In the plane of the sample"),
    _measured("exposure_second", "instrument", "number", "Of one frame"),
    _measured("frame_interval_second", "instrument", "number", "Between frames as analysed"),
    _measured("binning_frames", "instrument", "number", "Frames averaged into one"),
    _measured("bit_depth", "instrument", "number", "Bits per channel"),
    _measured("gamma", "instrument", "number", "Of the camera; 1 is linear"),
    _measured("drift_method", "analysis", "text", "How the drift was found"),
    _measured("drift_rms_pixel", "analysis", "number", "Root mean square of the drift"),
    _measured("drift_u_pixel", "analysis", "number", "Standard uncertainty of the drift"),
    _measured("lamp_method", "analysis", "text", "How the lamp was corrected"),
    _measured("lamp_wander", "analysis", "number", "Of the background that is left, as a share"),
    _measured("roi_source", "analysis", "text", "Outlines: hand or automatic, and by whom"),
    Fact("state_levels", "analysis", "text", "Rule for the levels before and after"),
    Fact("estimator", "analysis", "text", "How times were read from a trace"),
    Fact("estimator_version", "analysis", "text", "Software and version"),
    _measured(
        "calibration", "analysis", "text", "Of intensity to lithium; 'none' if there is none"
    ),
    Fact("software", "software", "text", "Code, version and model", "name", "simulation"),
    Fact("parameter_set", "software", "text", "Name of the parameters", of="simulation"),
)
BY_NAME = {fact.name: fact for fact in FACTS}


def checked_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts, each of a known name and its kind.

    Raises
    ------
    DatasetError
        Naming the fact, and the valid names or kind.

    Examples
    --------
    >>> checked_facts({"creators": "A. Name (0000-0002-1825-0097)"})["creators"]
    ['A. Name (0000-0002-1825-0097)']
    """
    found = {}
    for name, value in facts.items():
        if name not in BY_NAME:
            raise DatasetError(unknown_name("fact", name, BY_NAME))
        found[name] = _checked(value, BY_NAME[name])
    source = found.get("measured_from")
    if source is not None and source not in MEASURED_FROM:
        raise DatasetError(unknown_name("measured_from", source, MEASURED_FROM))
    return found


def _checked(value: Any, fact: Fact) -> Any:
    if value is None:
        return None
    if fact.kind == "people":
        people = [value] if isinstance(value, str) else list(value)
        if not all(isinstance(person, str) and person.strip() for person in people):
            raise DatasetError(f"{fact.name} is a list of names; got {value!r}")
        return people
    if fact.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DatasetError(f"{fact.name} is a number; got {value!r}")
        return value
    return str(value)


def read_facts(path: str | Path) -> dict[str, Any]:
    """Facts from a TOML file with one line for each, for example ``material = "NMC811"``.

    Raises
    ------
    DatasetError
        If the file is no TOML, or names no fact that exists.

    Examples
    --------
    >>> path = Path("about.toml")
    >>> _ = path.write_text('title = "A charge"')
    >>> read_facts(path)
    {'title': 'A charge'}
    """
    return checked_facts(read_toml(path, DatasetError))


def missing_facts(facts: Mapping[str, Any]) -> list[str]:
    """Names of facts that ought to be known and are not."""
    kind = "simulation" if facts.get("measured_from") == "simulation" else "measurement"
    return [
        fact.name for fact in FACTS if fact.of in ("both", kind) and facts.get(fact.name) is None
    ]
