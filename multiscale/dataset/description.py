"""``dataset.json``: facts as linked data (schema.org, PROV, BattINFO, CHAMEO), and back.

People state facts in a flat short form, one line per fact (``FACTS``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd

from multiscale.dataset.findings import Finding
from multiscale.dataset.particles_file import DIRECTIONS, csvw_schema
from multiscale.errors import DatasetError, unknown_name
from multiscale.folders import own_version, sha256
from multiscale.text import read_json, read_toml

MEASURED_FROM = ("raw data", "published video", "published panels", "simulation")
LICENCE = "CC-BY-4.0"

DESCRIPTION = "dataset.json"
CELL, ROIS, GEOMETRY = "cell.bdf.csv", "rois.zip", "geometry.json"
FORMAT = "per-particle reaction timings 1.0"
CONTEXT: list[Any] = [
    "https://schema.org/",
    "https://w3id.org/emmo/domain/battery/context",
    {
        "prov": "http://www.w3.org/ns/prov#",
        "csvw": "http://www.w3.org/ns/csvw#",
        "dc": "http://purl.org/dc/terms/",
        "chameo": "https://w3id.org/emmo/domain/characterisation-methodology/chameo#",
        "sha256": "https://schema.org/sha256",
    },
]
_TYPES = {
    "movie": "VideoObject",
    "sample": "BatteryCell",
    "clock": "PropertyValue",
    "instrument": "chameo:OpticalMicroscopy",
    "analysis": "prov:Activity",
    "software": "SoftwareApplication",
}
_KINDS = {
    ".csv": "text/csv",
    ".nc": "application/x-netcdf",
    ".geojson": "application/geo+json",
    ".zip": "application/zip",
    ".html": "text/html",
}
_PERSON = re.compile(
    r"\s*(.+?)\s*\(\s*(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])\s*\)\s*"
)
_HALF_CYCLE = {  # our column -> name in dataset.json
    "half_cycle": "half_cycle",
    "kind": "direction",
    "cycle_count": "cycle_count",
    "start_s": "start_second",
    "duration_s": "duration_second",
    "capacity_Ah": "capacity_ampere_hour",
}


@dataclass(frozen=True)
class Fact:
    """One line of the short form."""

    name: str  # with the unit as its last part
    group: str  # object of ``dataset.json`` in which it stands; empty for the top
    kind: str  # "text", "number", "people"
    meaning: str
    term: str = ""  # name in ``dataset.json`` if another vocabulary has one
    of: str = "both"  # "both", or what only a "measurement" or a "simulation" has

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

    Raises DatasetError, naming the fact, and the valid names or kind.

    Examples
    --------
    >>> checked_facts({"creators": "A. Name (0000-0002-1825-0097)"})["creators"]
    ['A. Name (0000-0002-1825-0097)']
    """
    checked = {}
    for name, value in facts.items():
        if name not in BY_NAME:
            raise DatasetError(unknown_name("fact", name, BY_NAME))
        checked[name] = _checked(value, BY_NAME[name])
    source = checked.get("measured_from")
    if source is not None and source not in MEASURED_FROM:
        raise DatasetError(unknown_name("measured_from", source, MEASURED_FROM))
    return checked


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

    Raises DatasetError if the file is no TOML, or names no fact that exists.

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


def describe(
    facts: Mapping[str, Any], half_cycles: pd.DataFrame, excluded: pd.DataFrame
) -> dict[str, Any]:
    """The content of ``dataset.json``, but for the list of files.

    Unknown facts are null, and listed under ``missing``; nothing is invented. ``facts`` are in the
    short form of :data:`FACTS`; half-cycles have the columns half_cycle, kind, cycle_count, start_s
    (in BDF test time), duration_s, capacity_Ah if known; ``excluded`` has particle and reason.
    """
    facts = checked_facts(facts)
    simulated = facts.get("measured_from") == "simulation"
    description: dict[str, Any] = {"@context": CONTEXT, "@type": "Dataset", "conformsTo": FORMAT}
    for fact in FACTS:
        if fact.of not in ("both", "simulation" if simulated else "measurement"):
            continue
        part = description
        if fact.group:
            part = description.setdefault(fact.group, {"@type": _TYPES[fact.group]})
        part[fact.key] = facts.get(fact.name)
    description["creator"] = []
    for creator in facts.get("creators") or []:
        match = _PERSON.fullmatch(creator)
        person = {"name": match[1], "@id": f"https://orcid.org/{match[2]}"} if match else {}
        description["creator"].append({"@type": "Person", "name": creator.strip()} | person)
    description["missing"] = missing_facts(facts)
    description["half_cycles"] = _rows(half_cycles.rename(columns=_HALF_CYCLE))
    description["excluded"] = _rows(excluded)
    description["tables"] = [
        {"@type": "csvw:Table", "url": "particles.csv", "tableSchema": csvw_schema()}
    ]
    description["prov:wasGeneratedBy"] = {
        "@type": "prov:Activity",
        "prov:wasAssociatedWith": {
            "@type": "prov:SoftwareAgent",
            "name": "multiscale-electrode",
            "version": own_version(),
        },
    }
    return description


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON objects, NaN as null."""
    return json.loads(table.to_json(orient="records", double_precision=15))


def with_files(description: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The description with every file of the folder, its size and its SHA-256."""
    listed = dict(description)
    listed["distribution"] = [
        {
            "@type": "DataDownload",
            "contentUrl": path.relative_to(folder).as_posix(),
            "encodingFormat": _KINDS.get(path.suffix, "application/octet-stream"),
            "contentSize": path.stat().st_size,
            "sha256": sha256(path),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != DESCRIPTION
    ]
    return listed


def write_description(description: Mapping[str, Any], folder: Path) -> Path:
    """Write ``dataset.json``."""
    path = folder / DESCRIPTION
    text = json.dumps(description, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read_description(path: Path) -> dict[str, Any]:
    """The content of ``dataset.json``.

    Raises DatasetError if it is no JSON object, or beyond the limits of
    :func:`multiscale.text.read_json`.
    """
    return read_json(path, "a description", DatasetError)


def facts_of(description: Mapping[str, Any]) -> dict[str, Any]:
    """The short form of a description; what is null or elsewhere is left out."""
    facts = {}
    for fact in FACTS:
        group = description.get(fact.group) if fact.group else description
        value = group.get(fact.key) if isinstance(group, Mapping) else None
        if value is not None and fact.kind != "people":
            facts[fact.name] = value
    creators = description.get("creator") or []
    people = creators if isinstance(creators, list) else [creators]
    names = []
    for person in people:
        known = person if isinstance(person, Mapping) else {"name": person}
        orcid = str(known.get("@id", "")).removeprefix("https://orcid.org/")
        names.append(f"{known.get('name', '')} ({orcid})" if orcid else str(known.get("name", "")))
    return facts | ({"creators": names} if names else {})


def rows_in(description: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Rows of a table in a description; what is none is left out, and named by the schema."""
    rows = description.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def half_cycles_in(description: Mapping[str, Any]) -> pd.DataFrame:
    """Half-cycles of a description; empty if it holds none.

    Rows without a direction and a whole number of the cycle are left out: the schema names them.
    """
    rows = rows_in(description, "half_cycles")
    table = pd.DataFrame(rows).rename(columns={new: old for old, new in _HALF_CYCLE.items()})
    if not {"kind", "cycle_count"} <= set(table):
        return pd.DataFrame(columns=list(_HALF_CYCLE))
    if "half_cycle" not in table:
        table["half_cycle"] = range(len(table))
    table = table.reindex(columns=list(_HALF_CYCLE)).astype(object)
    known = [isinstance(kind, str) and kind in DIRECTIONS for kind in table["kind"]]
    table = table[known]
    for name in table.columns.drop("kind"):
        numbers = [value if type(value) in (int, float) else None for value in table[name]]
        table[name] = pd.Series(numbers, index=table.index, dtype=float)
    counted = (table[["half_cycle", "cycle_count"]] % 1 == 0).all(axis=1)
    table = table[counted].drop_duplicates(["cycle_count", "kind"]).reset_index(drop=True)
    return table.astype({"half_cycle": int, "cycle_count": int})


def schema() -> dict[str, Any]:
    """The JSON Schema of ``dataset.json``, as shipped.

    Examples
    --------
    >>> schema()["title"]
    'Per-particle reaction timings'
    """
    return json.loads(files(__package__).joinpath("dataset.schema.json").read_text("utf-8"))


def check_description(description: Mapping[str, Any]) -> Iterator[Finding]:
    """What the schema finds, and which facts are missing."""
    validator = jsonschema.Draft202012Validator(schema())
    for fault in sorted(validator.iter_errors(description), key=lambda fault: fault.json_path):
        path = fault.json_path.removeprefix("$").lstrip(".") or None
        # the two ends of a message: jsonschema quotes the whole of what is wrong
        text = fault.message
        text = text if len(text) <= 240 else f"{text[:120]} ... {text[-110:]}"
        yield Finding("error", DESCRIPTION, text, column=path)
    missing = missing_facts(facts_of(description))
    if missing:
        message = f"does not tell: {', '.join(missing)}"
        yield Finding("remark", DESCRIPTION, message)
