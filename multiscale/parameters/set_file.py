"""Parameter sets as files: a TOML with its tables beside it."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pybamm

from multiscale.errors import ParameterError, unknown_name
from multiscale.parameters import names
from multiscale.parameters.bpx import read_bpx
from multiscale.parameters.columns import column, read_columns
from multiscale.parameters.overrides import override
from multiscale.parameters.own_data import MeasuredLaw, checked_points
from multiscale.parameters.registry import ParameterSet, load_set
from multiscale.parameters.sources import Source
from multiscale.parameters.tables import MonotoneTable

FORMAT = "multiscale parameter set 1"
TRANSPORTS = ("thermodynamic", "chemical")
_KEYS = ("format", "title", "base", "bpx", "transport", "values", "tables", "sources")
_TABLE_KEYS = ("file", "columns", "log10", "below", "above")


def read_set(path: str | Path) -> ParameterSet:
    """A parameter set from a ``.toml``; its name is that of the file.

    Parameters
    ----------
    path : path
        As :func:`write_set` leaves it: ``values`` are numbers, ``tables`` name a CSV beside the
        file, ``bpx`` a BPX file beside it (see :func:`~multiscale.parameters.read_bpx`), and
        ``base`` is the set that every other entry comes from.

    Raises
    ------
    ParameterError
        If the file is not there, is no such set, or names an entry that does not exist.
    """
    path = Path(path)
    content = _content(path)
    base = _base(path, content)
    transport = content.get("transport", base.transport if base else None)
    if transport not in TRANSPORTS:
        raise ParameterError(
            f"{path.name}: transport is {transport!r}; say which flux the diffusivity belongs to: "
            f"{' or '.join(map(repr, TRANSPORTS))}"
        )
    given = content.get("sources", {})
    changes: dict[str, Any] = {}
    sources: dict[str, Source] = dict(base.sources) if base else {}
    for name, value in content.get("values", {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ParameterError(f"{path.name}: {name!r} is {value!r}, not a number")
        changes[name] = float(value)
        sources[name] = _source(path, name, given.get(name, {}))
    for name, described in content.get("tables", {}).items():
        law = _law(path, name, described, given.get(name, {}))
        changes[name], sources[name] = law, law.source
    try:
        values = override(base.values if base else pybamm.ParameterValues({}), changes)
    except ParameterError as error:
        raise ParameterError(f"{path.name}: {error}") from error
    return ParameterSet(path.stem, content.get("title", path.stem), values, sources, transport)


def _base(path: Path, content: Mapping[str, Any]) -> ParameterSet | None:
    base = load_set(content["base"]) if "base" in content else None
    if "bpx" not in content:
        return base
    return read_bpx(path.parent / content["bpx"], base).parameter_set


def _content(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ParameterError(f"There is no parameter set file {path}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path.name} is not a TOML file: {error}") from error
    if content.get("format") != FORMAT:
        raise ParameterError(f'{path.name} is not a parameter set: it needs format = "{FORMAT}"')
    for key in content:
        if key not in _KEYS:
            raise ParameterError(f"{path.name}: {unknown_name('key', key, _KEYS)}")
    return content


def _law(path: Path, name: str, described: Mapping[str, Any], given: Any) -> MeasuredLaw:
    for key in described:
        if key not in _TABLE_KEYS:
            raise ParameterError(f"{path.name}, {name!r}: {unknown_name('key', key, _TABLE_KEYS)}")
    if "file" not in described:
        raise ParameterError(f"{path.name}, {name!r}: which file? Say file = ...")
    file = path.parent / described["file"]
    found = read_columns(file)
    chosen = described.get("columns", list(found)[:2])
    x, y = (column(found, header, file.name) for header in chosen)
    x, y = checked_points(x, y, file.name)
    table = MonotoneTable(
        x.tolist(),
        y.tolist(),
        described.get("log10", False),
        described.get("below", "straight"),
        described.get("above", "straight"),
    )
    return MeasuredLaw(name, table, _source(path, name, given, table.valid_range))


def _source(
    path: Path, name: str, given: Mapping[str, Any], valid: tuple[float, float] | None = None
) -> Source:
    described: dict[str, Any] = {
        "citation": f"file {path.name}",
        "where": "no source given",
        "grade": "C",
        "kind": "assumed",
        "method": "stated by the author of the file",
        "valid_range": valid,
    }
    described |= given
    if isinstance(described["valid_range"], list):
        described["valid_range"] = tuple(described["valid_range"])
    try:
        return Source(**described)
    except (TypeError, ParameterError) as error:
        raise ParameterError(f"{path.name}, source of {name!r}: {error}") from error


def write_set(
    path: str | Path,
    laws: Mapping[str, MeasuredLaw],
    *,
    base: str,
    title: str,
    transport: str,
    numbers: Mapping[str, tuple[float, Source]] | None = None,
) -> Path:
    """Write laws and numbers as a parameter-set file, with a CSV per law beside it.

    Parameters
    ----------
    path : path
        Ends in ``.toml``; the folder is made if it is not there.
    laws : mapping of str to MeasuredLaw
        By entry of the set.
    base : str
        Set that every other entry comes from.
    title : str
    transport : {"thermodynamic", "chemical"}
        Flux that the diffusivity belongs to.
    numbers : mapping of str to (float, Source), optional

    Examples
    --------
    >>> import tempfile
    >>> from multiscale.parameters.own_data import from_table
    >>> law = from_table({"x": [0.4, 0.9], "D [m2/s]": [4e-16, 1e-17]}, "diffusivity",
    ...                  citation="our titration")
    >>> path = write_set(Path(tempfile.mkdtemp()) / "mine.toml", law.entry, base="Xu2022_NMC88",
    ...                  title="Ours", transport="chemical")
    >>> read_set(path).sources[law.name].citation
    'our titration'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = numbers or {}
    head = {"format": FORMAT, "title": title, "base": base, "transport": transport}
    lines = [f"{key} = {_toml(value)}" for key, value in head.items()]
    lines += ["", "[values]"] if numbers else []
    lines += [f"{_toml(name)} = {value!r}" for name, (value, _) in numbers.items()]
    for name, law in laws.items():
        file = f"{path.stem}_{_slug(name)}.csv"
        _write_table(path.parent / file, name, law)
        table = {"file": file, "log10": law.table.log10}
        table |= {"below": law.table.below, "above": law.table.above}
        lines += _section("tables", name, table)
    sources = {name: law.source for name, law in laws.items()}
    sources |= {name: source for name, (_, source) in numbers.items()}
    for name, source in sources.items():
        lines += _section("sources", name, {k: v for k, v in vars(source).items() if v})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_bpx_set(path: str | Path, bpx: str | Path, base: ParameterSet | None = None) -> Path:
    """Write a parameter-set file that reads a BPX file, which is copied beside it.

    Parameters
    ----------
    path : path
        Ends in ``.toml``; the folder is made if it is not there.
    bpx : path
        The BPX file (.json).
    base : ParameterSet, optional
        Set that every entry comes from which BPX has no field for.

    Raises
    ------
    ParameterError
        If the BPX file cannot be read, or the set does not end in ``.toml``.
    """
    path, bpx = Path(path), Path(bpx)
    if path.suffix != ".toml":
        raise ParameterError(f"A set file ends in .toml; got {path.name!r}")
    found = read_bpx(bpx, base)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / bpx.name
    if beside.resolve() != bpx.resolve():
        shutil.copyfile(bpx, beside)
    head = {"format": FORMAT, "title": found.parameter_set.title, "bpx": bpx.name}
    head |= {"base": base.name} if base else {}
    head |= {"transport": found.parameter_set.transport}
    lines = [f"{key} = {_toml(value)}" for key, value in head.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _slug(name: str) -> str:
    known = {names.OCP: "ocp", names.DIFFUSIVITY: "diffusivity", names.CONDUCTIVITY: "conductivity"}
    return known.get(name) or name.partition(" [")[0].replace(" ", "_").lower()


def _section(kind: str, name: str, content: Mapping[str, Any]) -> list[str]:
    return ["", f"[{kind}.{_toml(name)}]", *(f"{k} = {_toml(v)}" for k, v in content.items())]


def _toml(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _write_table(path: Path, name: str, law: MeasuredLaw) -> None:
    rows = np.column_stack([law.table.x, law.table.y])
    head = f"# {law.source.citation}; {law.source.where}\nstoichiometry,{name.replace(',', ' ')}\n"
    body = "".join(f"{x:.10g},{y:.10g}\n" for x, y in rows)
    path.write_text(head + body, encoding="utf-8")
