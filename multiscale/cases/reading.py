"""A case from its TOML file; everything that can be wrong with the file is found here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multiscale.cases import figures, page_tables
from multiscale.cases.comparison import NECK, OWN_COLUMNS, STANDARD
from multiscale.cases.criteria_reading import JUDGING_KEYS, Measures, listed, read_judging
from multiscale.cases.electrode_observables import ELECTRODE
from multiscale.cases.judging import check_arguments
from multiscale.cases.observables import PARTICLE
from multiscale.cases.run_tables import RUN_KEYS, TABLES, merged, read_run
from multiscale.cases.runs import half_cycle_plan
from multiscale.cases.schema import (
    Case,
    Column,
    Comparison,
    FigureSpec,
    Remark,
    RunSpec,
    TableSpec,
)
from multiscale.cases.tables import check_call, check_keys, choose, numbers, take, texts
from multiscale.errors import CaseError
from multiscale.limits import short
from multiscale.toml_text import parse_toml

DEFAULT = "default"
_CASE_KEYS = (
    *("title", "description", "tuned", "variants", "default_variants"),
    *("figures", "animate", "remarks", "comparison", "tables", *JUDGING_KEYS),
)
_FIGURE_KEYS = ("kind", "name", "caption", "variants", "arguments")
_REMARK_KEYS = ("name", "measure", "arguments", "meaning", "title", "unit")
_COLUMN_KEYS = ("name", "measure", "arguments", "limits", "words")
_COMPARISON_KEYS = ("columns", "title", "caption", "shaded", "figure", "terminal")


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
    raw = parse_toml(text, name, CaseError)
    check_keys(raw, [*_CASE_KEYS, *RUN_KEYS], name)
    runs = _runs(raw, name, folder)
    animate = take(raw, "animate", str, name)
    if animate is not None:
        choose(animate, runs, "variant", f"{name}, animate")
    shown = tuple(_figure(table, runs, where) for table, where in listed(raw, "figures", name))
    _check_different([figure.name for figure in shown], f"{name}, figures")
    defaults = texts(raw, "default_variants", name)
    for variant in defaults:
        choose(variant, runs, "variant", f"{name}, default_variants")
    electrode = any(run.geometry is not None for run in runs.values())
    known = ELECTRODE if electrode else PARTICLE
    judging = read_judging(raw, list(runs), known, name)
    remarks = tuple(_remark(table, known, where) for table, where in listed(raw, "remarks", name))
    compared = _comparison(raw, known, name)
    tables = tuple(_table(table, runs, where) for table, where in listed(raw, "tables", name))
    for named, what in ((remarks, "remarks"), (tables, "tables")):
        _check_different([one.name for one in named], f"{name}, {what}")
    for one, (_, where) in zip(shown, listed(raw, "figures", name), strict=True):
        _check_reach(one.arguments, one.variants or tuple(runs), runs, where)
    for rule, (_, where) in zip(judging.criteria, listed(raw, "criteria", name), strict=True):
        _check_reach(rule.arguments, rule.variants, runs, f"{where} ({rule.id})")
    return Case(
        name=name,
        title=take(raw, "title", str, name, ...),
        description=take(raw, "description", str, name, ...).strip(),
        runs=runs,
        figures=shown,
        animate=animate,
        defaults=defaults,
        tuned=" ".join(take(raw, "tuned", str, name, "").split()),
        remarks=remarks or (NECK if electrode else ()),
        comparison=compared or (STANDARD if electrode else None),
        tables=tables,
        **vars(judging),
    )


def _check_reach(
    arguments: Mapping[str, Any], variants: Sequence[str], runs: Mapping[str, RunSpec], where: str
) -> None:
    """Refuse a step or half-cycle that a variant does not have, before it is solved."""
    for variant in variants:
        run = runs[variant]
        counts = {
            "step": len(run.experiment),
            "half_cycle": len(half_cycle_plan(run)),
        }
        for key, count in counts.items():
            asked = arguments.get(key)
            if isinstance(asked, int) and not -count <= asked < count:
                raise CaseError(
                    f"{where}: {key!r} is {short(asked)}; the variant {variant!r} has {count}, "
                    f"counted from 0"
                )


def _check_different(names: list[str], where: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"{where}: two are named {name!r}; give one another 'name'")


def _runs(raw: Mapping[str, Any], name: str, folder: Path | None) -> dict[str, RunSpec]:
    base = {key: raw[key] for key in RUN_KEYS if key in raw}
    for key in TABLES:  # also where every variant has its own
        take(base, key, dict, name)
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


def _figure(raw: Any, runs: Mapping[str, RunSpec], where: str) -> FigureSpec:
    check_keys(raw, _FIGURE_KEYS, where)
    kind = choose(take(raw, "kind", str, where, ...), figures.KINDS, "figure kind", where)
    arguments = take(raw, "arguments", dict, where, {})
    figures.check_arguments(kind, arguments, where)
    for named in ("x", "measured"):  # numbers by variant
        for variant in arguments.get(named, ()):
            choose(variant, runs, "variant", f"{where}, {named}")
    variants = texts(raw, "variants", where)
    for variant in variants:
        choose(variant, runs, "variant", where)
    name = take(raw, "name", str, where, kind)
    caption = take(raw, "caption", str, where, "")
    return FigureSpec(kind, name, caption, variants, arguments)


def _remark(raw: Any, known: Measures, where: str) -> Remark:
    check_keys(raw, _REMARK_KEYS, where)
    measure, arguments = _measured(raw, known, where)
    needed = {key: take(raw, key, str, where, ...) for key in ("name", "meaning")}
    free = {key: take(raw, key, str, where, "") for key in ("title", "unit")}
    return Remark(measure=measure, arguments=arguments, **needed, **free)


def _measured(raw: Any, known: Measures, where: str) -> tuple[str, Mapping[str, Any]]:
    measure = choose(take(raw, "measure", str, where, ...), known, "measure", where)
    arguments = take(raw, "arguments", dict, where, {})
    check_arguments(measure, arguments, where, known)
    return measure, arguments


def _comparison(raw: Mapping[str, Any], known: Measures, name: str) -> Comparison | None:
    table, where = take(raw, "comparison", dict, name), f"{name}, comparison"
    if table is None:
        return None
    check_keys(table, _COMPARISON_KEYS, where)
    columns = tuple(_column(one, known, at) for one, at in listed(table, "columns", where))
    names = [column.name for column in columns]
    if not names:
        raise CaseError(f"{where}: 'columns' is missing or empty")
    _check_different([*names, *OWN_COLUMNS], f"{where}, columns")
    numbers = [column.name for column in columns if not column.words]
    lists = {}
    for key, possible in (("shaded", numbers), ("figure", numbers), ("terminal", names)):
        lists[key] = texts(table, key, where, possible)
        for one in lists[key]:
            choose(one, possible, "column", f"{where}, {key}")
    title = take(table, "title", str, where, Comparison.title)
    caption = " ".join(take(table, "caption", str, where, "").split())
    return Comparison(columns, title, caption, **lists)


def _column(raw: Any, known: Measures, where: str) -> Column:
    check_keys(raw, _COLUMN_KEYS, where)
    measure, arguments = _measured(raw, known, where)
    limits = numbers(raw.get("limits", []), f"{where}, limits")
    words = texts(raw, "words", where)
    if list(limits) != sorted(limits) or len(words) != (len(limits) + 1 if limits else 0):
        raise CaseError(f"{where}: 'limits' rise, and 'words' has one more entry than they")
    return Column(take(raw, "name", str, where, ...), measure, arguments, limits, words)


def _table(raw: Any, runs: Mapping[str, RunSpec], where: str) -> TableSpec:
    check_keys(raw, (*_FIGURE_KEYS, "title"), where)
    kind = choose(take(raw, "kind", str, where, ...), page_tables.KINDS, "table kind", where)
    arguments = take(raw, "arguments", dict, where, {})
    check_call(page_tables.KINDS[kind], 3, arguments, kind, where)
    variants = texts(raw, "variants", where)
    for variant in variants:
        choose(variant, runs, "variant", where)
    name = take(raw, "name", str, where, kind)
    title = take(raw, "title", str, where, ...)
    caption = " ".join(take(raw, "caption", str, where, "").split())
    return TableSpec(kind, name, title, caption, variants, arguments)
