"""A case from its TOML file; everything that can be wrong with the file is found here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multiscale.cases import figures, measures
from multiscale.cases.run_tables import RUN_KEYS, merged, read_run
from multiscale.cases.schema import COMBINATIONS, KINDS, Case, Criterion, FigureSpec, RunSpec
from multiscale.cases.tables import NUMBER, check_keys, choose, take, texts
from multiscale.errors import CaseError

DEFAULT = "default"
_CASE_KEYS = (
    *("title", "description", "tuned", "variants", "default_variants"),
    *("figures", "criteria", "animate"),
)
_FIGURE_KEYS = ("kind", "name", "caption", "variants", "arguments")
_LIMITS = ("minimum", "maximum", "expected", "tolerance")
_CRITERION_KEYS = (
    *("id", "quantity", "measure", "arguments", "variant", "variants", "combine"),
    *(*_LIMITS, "unit", "source", "kind"),
)


def parse_case(text: str, name: str, folder: Path | None = None) -> Case:
    """A case from the text of its file.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        For messages and folders.
    folder : Path, optional
        Mesh files are relative to it.

    Returns
    -------
    Case

    Raises
    ------
    CaseError
        For text that is not TOML, and for any key, type, variant, figure, measure or argument
        that is unknown or does not fit; the message names it, and the nearest valid one.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{name}: not valid TOML: {error}") from error
    check_keys(raw, [*_CASE_KEYS, *RUN_KEYS], name)
    runs = _runs(raw, name, folder)
    animate = take(raw, "animate", str, name)
    if animate is not None:
        choose(animate, runs, "variant", f"{name}, animate")
    shown = tuple(_figure(table, runs, where) for table, where in _list(raw, "figures", name))
    _check_different([figure.name for figure in shown], f"{name}, figures")
    defaults = texts(raw, "default_variants", name)
    for variant in defaults:
        choose(variant, runs, "variant", f"{name}, default_variants")
    return Case(
        name=name,
        title=take(raw, "title", str, name, ...),
        description=take(raw, "description", str, name, ...).strip(),
        runs=runs,
        figures=shown,
        criteria=tuple(
            _criterion(table, runs, where) for table, where in _list(raw, "criteria", name)
        ),
        animate=animate,
        defaults=defaults,
        tuned=" ".join(take(raw, "tuned", str, name, "").split()),
    )


def _check_different(names: list[str], where: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"{where}: two are named {name!r}; give one another 'name'")


def _runs(raw: Mapping[str, Any], name: str, folder: Path | None) -> dict[str, RunSpec]:
    base = {key: raw[key] for key in RUN_KEYS if key in raw}
    variants = take(raw, "variants", dict, name, {})
    if not variants:
        return {DEFAULT: read_run(DEFAULT, base, folder, name)}
    runs = {}
    for variant, changes in variants.items():
        where = f"{name}, variant {variant!r}"
        check_keys(changes, RUN_KEYS, where)
        runs[variant] = read_run(variant, merged(base, changes), folder, where)
    if len({run.geometry is None for run in runs.values()}) > 1:
        raise CaseError(f"{name}: its variants are all single particles or all electrodes")
    return runs


def _list(raw: Mapping[str, Any], key: str, name: str) -> list[tuple[Any, str]]:
    tables = take(raw, key, list, name, [])
    return [(table, f"{name}, {key} no. {i}") for i, table in enumerate(tables, start=1)]


def _figure(raw: Any, runs: Mapping[str, RunSpec], where: str) -> FigureSpec:
    check_keys(raw, _FIGURE_KEYS, where)
    kind = choose(take(raw, "kind", str, where, ...), figures.KINDS, "figure kind", where)
    arguments = take(raw, "arguments", dict, where, {})
    figures.check_arguments(kind, arguments, where)
    variants = texts(raw, "variants", where)
    for variant in variants:
        choose(variant, runs, "variant", where)
    name = take(raw, "name", str, where, kind)
    caption = take(raw, "caption", str, where, "")
    return FigureSpec(kind, name, caption, variants, arguments)


def _criterion(raw: Any, runs: Mapping[str, RunSpec], where: str) -> Criterion:
    check_keys(raw, _CRITERION_KEYS, where)
    where = f"{where} ({raw.get('id', 'no id')})"
    electrode = any(run.geometry is not None for run in runs.values())
    known = measures.ELECTRODE_MEASURES if electrode else measures.PARTICLE_MEASURES
    measure = choose(take(raw, "measure", str, where, ...), known, "measure", where)
    arguments = take(raw, "arguments", dict, where, {})
    measures.check_arguments(measure, arguments, where)
    kind = choose(take(raw, "kind", str, where, ...), KINDS, "kind of criterion", where)
    combine = take(raw, "combine", str, where)
    if combine is not None:
        choose(combine, COMBINATIONS, "combination", where)
    return Criterion(
        id=take(raw, "id", str, where, ...),
        quantity=take(raw, "quantity", str, where, ...),
        measure=measure,
        source=take(raw, "source", str, where, ...),
        kind=kind,
        variants=_criterion_variants(raw, runs, combine, where),
        arguments=arguments,
        combine=combine,
        unit=take(raw, "unit", str, where, ""),
        **_limits(raw, where),
    )


def _criterion_variants(
    raw: Mapping[str, Any], runs: Mapping[str, RunSpec], combine: str | None, where: str
) -> tuple[str, ...]:
    if ("variant" in raw) == ("variants" in raw) and len(runs) > 1:
        raise CaseError(f"{where}: give either 'variant' or 'variants' with 'combine'")
    if "variants" in raw:
        chosen = texts(raw, "variants", where)
        if combine is None or len(chosen) < 2:
            raise CaseError(f"{where}: 'variants' needs two or more names, and 'combine'")
        if combine == "ratio" and len(chosen) != 2:
            raise CaseError(f"{where}: a ratio takes two variants, not {len(chosen)}")
    else:
        if combine is not None:
            raise CaseError(f"{where}: 'combine' needs 'variants'")
        chosen = (take(raw, "variant", str, where, next(iter(runs))),)
    for variant in chosen:
        choose(variant, runs, "variant", where)
    return chosen


def _limits(raw: Mapping[str, Any], where: str) -> dict[str, float | None]:
    values = {key: take(raw, key, NUMBER, where) for key in _LIMITS}
    exact = values["expected"] is not None
    if exact != (values["tolerance"] is not None):
        raise CaseError(f"{where}: 'expected' and 'tolerance' belong together")
    bounded = values["minimum"] is not None or values["maximum"] is not None
    if exact == bounded:
        raise CaseError(
            f"{where}: give either 'expected' and 'tolerance', or 'minimum' and/or 'maximum'"
        )
    both = None not in (values["minimum"], values["maximum"])
    if both and values["minimum"] > values["maximum"]:
        raise CaseError(f"{where}: 'minimum' exceeds 'maximum'")
    return values
