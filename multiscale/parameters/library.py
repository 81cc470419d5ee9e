"""Parameter sets by name, and as files: a TOML with its tables beside it."""

from __future__ import annotations

import importlib.util
import json
import pkgutil
import shutil
import sys
from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pybamm

from multiscale.errors import ParameterError, unknown_name
from multiscale.limits import number, numbers, short
from multiscale.parameters import names
from multiscale.parameters.bpx import read_bpx
from multiscale.parameters.own_data import MeasuredLaw, checked_points, stoichiometry
from multiscale.parameters.sets import ParameterSet, Source, override
from multiscale.parameters.tables import MonotoneTable
from multiscale.tables import read_table
from multiscale.text import check_keys, path_of, read_toml, take
from multiscale.units import split_unit

PACKAGE = "multiscale.parameter_sets"
_CHECKOUT = Path(__file__).parents[2] / "parameter_sets"
FORMAT = "multiscale parameter set 1"
TRANSPORTS = ("thermodynamic", "chemical")
_KEYS = ("format", "title", "base", "bpx", "transport", "values", "tables", "sources")
_TABLE_KEYS = ("file", "columns", "decimal", "log10", "below", "above")
_SOURCE_KEYS = tuple(field.name for field in fields(Source))
EXTENSIONS = ("straight", "constant")
_SHORT_NAMES = {  # in the names of files
    names.OCP: "ocp",
    names.DIFFUSIVITY: "diffusivity",
    names.CONDUCTIVITY: "conductivity",
}
MOST_BASES = 20
MOST_TABLE_BYTES = 50_000_000


def list_sets() -> list[str]:
    """Names of all parameter sets, sorted.

    Examples
    --------
    >>> "Xu2022_NMC88" in list_sets()
    True
    """
    modules = pkgutil.iter_modules(_package().__path__)
    return sorted(module.name for module in modules if not module.name.startswith("_"))


def load_set(name: str) -> ParameterSet:
    """A parameter set by name, or from a file.

    Parameters
    ----------
    name : str
        One of :func:`list_sets`, or the path of a ``.toml`` (see
        :func:`multiscale.parameters.read_set`) or of a BPX ``.json``, which lacks entries.

    Returns
    -------
    ParameterSet
        With its own copy of the values.

    Raises
    ------
    ParameterError
        If there is no set of that name; the nearest one is proposed.

    Examples
    --------
    >>> chosen = load_set("Xu2022_NMC88")
    >>> chosen.transport, chosen.values["Upper voltage cut-off [V]"]
    ('thermodynamic', 4.3)
    """
    if not isinstance(name, str):
        raise ParameterError(f"the name of a parameter set is text, not {short(name)}")
    if name.endswith(".toml"):
        return read_set(name)
    if name.endswith(".json"):
        return read_bpx(name).parameter_set
    if name not in list_sets():
        raise ParameterError(unknown_name("parameter set", name, list_sets()))
    module = import_module(f"{PACKAGE}.{name}")
    values = pybamm.ParameterValues(module.get_parameter_values())
    sources = {entry: described.source for entry, described in module.ENTRIES.items()}
    offered = getattr(module, "ALTERNATIVES", {})
    return ParameterSet(name, module.TITLE, values, sources, module.TRANSPORT, offered)


def _package() -> ModuleType:
    """The package of the sets, installed or in a checkout that is only on the path."""
    try:
        return import_module(PACKAGE)
    except ModuleNotFoundError as error:
        if error.name != PACKAGE or not _CHECKOUT.is_dir():
            raise
    # The folder stands at the top of the repository; only an installation maps it below
    # `multiscale`, so a bare checkout needs the mapping made here.
    spec = importlib.util.spec_from_file_location(
        PACKAGE, _CHECKOUT / "__init__.py", submodule_search_locations=[str(_CHECKOUT)]
    )
    if spec is None or spec.loader is None:
        raise ParameterError(f"Cannot load the parameter sets in {_CHECKOUT}")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return package


def read_set(path: str | Path) -> ParameterSet:
    """A parameter set from a ``.toml``; its name is that of the file.

    Parameters
    ----------
    path : path
        As :func:`write_set` leaves it: ``values`` are numbers, ``tables`` name a CSV beside the
        file, ``bpx`` a BPX file beside it (see :func:`~multiscale.parameters.read_bpx`), and
        ``base`` is the set that every other entry comes from: a name, or another set file (looked
        for beside this one, then in the working folder).

    Raises
    ------
    ParameterError
        If the file is not there, is no such set, names an entry that does not exist, or a file
        outside its own folder (``file`` and ``bpx`` are relative names of files in that folder or
        below it, also after symbolic links are followed); or if bases lead round in a circle.
    """
    return _read(path_of(path, ParameterError, "a parameter set"), ())


def _read(path: Path, above: tuple[Path, ...]) -> ParameterSet:
    """The set; ``above`` are the files whose base it is."""
    if not path.exists():
        raise ParameterError(f"There is no parameter set file {path}")
    content = read_toml(path, ParameterError)
    if content.get("format") != FORMAT:
        raise ParameterError(f'{path.name} is not a parameter set: it needs format = "{FORMAT}"')
    check_keys(content, _KEYS, path.name, ParameterError)
    base: ParameterSet | None = None
    if (of := _take(content, "base", str, path.name, None)) is not None:
        if of.endswith((".toml", ".json")):
            chain = (*above, path.resolve())
            file = path.parent / of if (path.parent / of).is_file() else Path(of)
            if file.resolve() in chain:
                circle = " -> ".join(one.name for one in (*chain, file))
                raise ParameterError(f"{path.name}: base leads round in a circle: {circle}")
            if len(chain) > MOST_BASES:
                raise ParameterError(
                    f"{path.name}: more than {MOST_BASES} sets stand on each other"
                )
            if not file.is_file():
                raise ParameterError(
                    f"{path.name}: there is no base {of!r}, neither beside it nor here"
                )
            base = _read(file, chain) if of.endswith(".toml") else load_set(str(file))
        else:
            base = load_set(of)
    if "bpx" in content:
        bpx = _beside(path, _take(content, "bpx", str, path.name), "bpx")
        base = read_bpx(bpx, base).parameter_set
    transport = content.get("transport", base.transport if base else None)
    if transport not in TRANSPORTS:
        raise ParameterError(
            f"{path.name}: transport is {short(transport)}; say which flux the diffusivity belongs "
            f"to: {' or '.join(map(repr, TRANSPORTS))}"
        )
    given = _take(content, "sources", dict, path.name, {})
    changes: dict[str, Any] = {}
    sources: dict[str, Source] = dict(base.sources) if base else {}
    for name, value in _take(content, "values", dict, path.name, {}).items():
        infinite = name == names.CONTACT_CONDUCTANCE  # a perfect contact
        what = f"{path.name}: {name!r}"
        changes[name] = number(value, what, ParameterError, infinite=infinite)
        sources[name] = _source(path, name, given.get(name, {}))
    for name, described in _take(content, "tables", dict, path.name, {}).items():
        if name in changes:
            raise ParameterError(f"{path.name}: {name!r} is both in 'values' and in 'tables'")
        law = _law(path, name, described, given.get(name, {}))
        changes[name], sources[name] = law, law.source
    try:
        values = override(base.values if base else pybamm.ParameterValues({}), changes)
    except ParameterError as error:
        raise ParameterError(f"{path.name}: {error}") from error
    present = set(values.keys())
    for name in given:
        if name not in present:
            raise ParameterError(f"{path.name}: {unknown_name('entry in sources', name, present)}")
        if name not in changes:  # of the base: the same value, another source
            sources[name] = _source(path, name, given[name])
    title = _take(content, "title", str, path.name, path.stem)
    alternatives = base.alternatives if base else {}
    return ParameterSet(path.stem, title, values, sources, transport, alternatives)


def _take(table: Mapping[str, Any], key: str, kind: Any, where: str, default: Any = ...) -> Any:
    return take(table, key, kind, where, default, ParameterError)


def _beside(path: Path, name: str, key: str) -> Path:
    """A file named in a set: in its folder or below it, so that a set given away reads no other."""
    folder = path.parent.resolve()
    try:
        found = (folder / name).resolve()
        inside = not Path(name).is_absolute() and found.is_relative_to(folder)
        there = found.is_file()
    except (OSError, ValueError, RuntimeError):  # null bytes, endless links, names too long
        inside, there = True, False
    if not inside:
        raise ParameterError(
            f"{path.name}: {key} = {short(name)} leads out of the folder of the set; give the "
            "relative name of a file in it or below it"
        )
    if not there:
        raise ParameterError(f"{path.name}: There is no file {short(name)} beside it")
    if found.stat().st_size > MOST_TABLE_BYTES:
        raise ParameterError(
            f"{path.name}: {short(name)} has {found.stat().st_size} bytes; the limit is "
            f"{MOST_TABLE_BYTES}"
        )
    return path.parent / name


def _law(path: Path, name: str, described: Any, given: Any) -> MeasuredLaw:
    where = f"{path.name}, {name!r}"
    check_keys(described, _TABLE_KEYS, where, ParameterError)
    if "file" not in described:
        raise ParameterError(f"{where}: which file? Say file = ...")
    file = _beside(path, _take(described, "file", str, where), "file")
    decimal = _take(described, "decimal", str, where, ".")
    found = read_table(file, decimal=decimal, error=ParameterError)
    chosen = _take(described, "columns", list, where, list(found)[:2])
    if len(chosen) != 2 or not all(isinstance(header, str) for header in chosen):
        raise ParameterError(
            f"{where}: columns must be the names of two columns, stoichiometry and value, of "
            f"{', '.join(map(repr, found))}, not {short(chosen)}"
        )
    first, second = chosen
    # the entry says which unit it is in; a column without one is taken to be in that
    unit = split_unit(name)[1] or "1"
    y = found.si(second, unit, found.unit(second) or unit)
    x, y = checked_points(stoichiometry(found, first), y, file.name)
    ends = []
    for key in ("below", "above"):
        ends.append(_take(described, key, str, where, "straight"))
        if ends[-1] not in EXTENSIONS:
            raise ParameterError(f"{where}: {unknown_name(key, ends[-1], EXTENSIONS)}")
    log10 = _take(described, "log10", bool, where, False)
    try:
        table = MonotoneTable(x.tolist(), y.tolist(), log10, *ends)
    except ParameterError as error:
        raise ParameterError(f"{where}: {error}") from error
    return MeasuredLaw(name, table, _source(path, name, given, table.valid_range))


def _source(path: Path, name: str, given: Any, valid: tuple[float, float] | None = None) -> Source:
    where = f"{path.name}, source of {name!r}"
    check_keys(given, _SOURCE_KEYS, where, ParameterError)
    described: dict[str, Any] = {
        "citation": f"file {path.name}",
        "where": "no source given",
        "grade": "C",
        "kind": "assumed",
        "method": "stated by the author of the file",
        "valid_range": valid,
    }
    for key in given:
        kind = list if key == "valid_range" else str
        described[key] = _take(given, key, kind, where)
    if isinstance(described["valid_range"], list):
        ends = numbers(described["valid_range"], f"{where}: valid_range", ParameterError, length=2)
        described["valid_range"] = tuple(ends)
    try:
        return Source(**described)
    except ParameterError as error:
        raise ParameterError(f"{where}: {error}") from error


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
        short_name = _SHORT_NAMES.get(name) or name.partition(" [")[0].replace(" ", "_").lower()
        file = f"{path.stem}_{short_name}.csv"
        points = zip(law.table.x, law.table.y, strict=True)
        (path.parent / file).write_text(
            f"# {law.source.citation}; {law.source.where}\n"
            f"stoichiometry,{name.replace(',', ' ')}\n"
            + "".join(f"{x:.10g},{y:.10g}\n" for x, y in points),
            encoding="utf-8",
        )
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


def _section(kind: str, name: str, content: Mapping[str, Any]) -> list[str]:
    return ["", f"[{kind}.{_toml(name)}]", *(f"{k} = {_toml(v)}" for k, v in content.items())]


def _toml(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
