"""A case from its TOML file; everything that can be wrong with the file is found here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multiscale.cases import figures, measures
from multiscale.cases.criteria_reading import JUDGING_KEYS, Judging, listed, read_judging
from multiscale.cases.half_cycle_plan import half_cycle_plan
from multiscale.cases.run_tables import RUN_KEYS, TABLES, merged, read_run
from multiscale.cases.schema import Case, FigureSpec, RunSpec
from multiscale.cases.tables import check_keys, choose, take, texts
from multiscale.errors import CaseError
from multiscale.limits import short
from multiscale.toml_text import parse_toml

DEFAULT = "default"
_CASE_KEYS = (
    *("title", "description", "tuned", "variants", "default_variants"),
    *("figures", "animate", *JUDGING_KEYS),
)
_FIGURE_KEYS = ("kind", "name", "caption", "variants", "arguments")


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
    judging = _judging(raw, runs, name)
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
        **vars(judging),
    )


def _judging(raw: Mapping[str, Any], runs: Mapping[str, RunSpec], name: str) -> Judging:
    electrode = any(run.geometry is not None for run in runs.values())
    known = measures.ELECTRODE_MEASURES if electrode else measures.PARTICLE_MEASURES
    return read_judging(raw, list(runs), known, name)


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
