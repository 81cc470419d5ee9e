"""Tables of a case file that judge its outcome; the same for every kind of case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multiscale.cases import judging
from multiscale.cases.run_tables import read_overrides
from multiscale.cases.schema import COMBINATIONS, CRITERION_KINDS, Criterion, Fitted, Uncertain
from multiscale.cases.tables import NUMBER, check_keys, choose, take, texts
from multiscale.errors import CaseError

JUDGING_KEYS = ("criteria", "paper", "fast", "fitted", "sensitivity")
_LIMITS = ("minimum", "maximum", "expected", "tolerance")
_CRITERION_KEYS = (
    *("id", "quantity", "measure", "arguments", "variant", "variants", "combine"),
    *(*_LIMITS, "unit", "source", "kind", "control"),
)
_FITTED_KEYS = ("parameter", "value", "by", "ids")
_UNCERTAIN_KEYS = ("name", "low", "high", "reason")

Measures = Mapping[str, Callable[..., float]]


@dataclass(frozen=True)
class Judging:
    """What a case file says beside how to run it; see ``Case``."""

    criteria: tuple[Criterion, ...]
    paper: str
    fast: tuple[str, ...]
    fitted: tuple[Fitted, ...]
    uncertain: tuple[Uncertain, ...]
    probed: tuple[str, ...]


def read_judging(
    raw: Mapping[str, Any], variants: Sequence[str], known: Measures, name: str
) -> Judging:
    """Criteria, paper, fast subset, fitted parameters and uncertain ones of a case.

    Parameters
    ----------
    raw : mapping
        The whole file.
    variants : sequence of str
        Those of the case.
    known : mapping of str to function
        Measures that its criteria may name.
    name : str
        For messages.
    """
    fast = texts(raw, "fast", name)
    for variant in fast:
        choose(variant, variants, "variant", f"{name}, fast")
    criteria = tuple(
        _criterion(table, variants, known, where) for table, where in listed(raw, "criteria", name)
    )
    ids = {criterion.id for criterion in criteria}
    fitted = tuple(_fitted(table, ids, where) for table, where in listed(raw, "fitted", name))
    sensitivity = take(raw, "sensitivity", dict, name, {})
    where = f"{name}, sensitivity"
    check_keys(sensitivity, ("variants", "parameters"), where)
    probed = texts(sensitivity, "variants", where)
    for variant in probed:
        choose(variant, variants, "variant", where)
    uncertain = tuple(
        _uncertain(table, place) for table, place in listed(sensitivity, "parameters", where)
    )
    paper = take(raw, "paper", str, name, "")
    return Judging(criteria, paper, fast, fitted, uncertain, probed)


def listed(raw: Mapping[str, Any], key: str, name: str) -> list[tuple[Any, str]]:
    """The tables of a list, each with its place for messages."""
    tables = take(raw, key, list, name, [])
    return [(table, f"{name}, {key} no. {i}") for i, table in enumerate(tables, start=1)]


def _fitted(raw: Any, known: set[str], where: str) -> Fitted:
    check_keys(raw, _FITTED_KEYS, where)
    ids = texts(raw, "ids", where, ...)
    for one in ids:
        choose(one, known, "id of a criterion", where)
    words = {key: take(raw, key, str, where, ...) for key in _FITTED_KEYS[:3]}
    return Fitted(**words, ids=ids)


def _uncertain(raw: Any, where: str) -> Uncertain:
    check_keys(raw, _UNCERTAIN_KEYS, where)
    name, reason = (take(raw, key, str, where, ...) for key in ("name", "reason"))
    ends = {}
    for key in ("low", "high"):
        if key not in raw:
            raise CaseError(f"{where}: {key!r} is missing")
        ends[key] = read_overrides({name: raw[key]}, where)[name]
    return Uncertain(name=name, reason=reason, **ends)


def _criterion(raw: Any, variants: Sequence[str], known: Measures, where: str) -> Criterion:
    check_keys(raw, _CRITERION_KEYS, where)
    where = f"{where} ({raw.get('id', 'no id')})"
    measure = choose(take(raw, "measure", str, where, ...), known, "measure", where)
    arguments = take(raw, "arguments", dict, where, {})
    judging.check_arguments(measure, arguments, where, known)
    kind = choose(take(raw, "kind", str, where, ...), CRITERION_KINDS, "kind of criterion", where)
    combine = take(raw, "combine", str, where)
    if combine is not None:
        choose(combine, COMBINATIONS, "combination", where)
    return Criterion(
        id=take(raw, "id", str, where, ...),
        quantity=take(raw, "quantity", str, where, ...),
        measure=measure,
        source=take(raw, "source", str, where, ...),
        kind=kind,
        variants=_criterion_variants(raw, variants, combine, where),
        arguments=arguments,
        combine=combine,
        unit=take(raw, "unit", str, where, ""),
        control=take(raw, "control", bool, where, False),
        **_limits(raw, where),
    )


def _criterion_variants(
    raw: Mapping[str, Any], known: Sequence[str], combine: str | None, where: str
) -> tuple[str, ...]:
    if ("variant" in raw) == ("variants" in raw) and len(known) > 1:
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
        chosen = (take(raw, "variant", str, where, known[0]),)
    for variant in chosen:
        choose(variant, known, "variant", where)
    return chosen


def _limits(raw: Mapping[str, Any], where: str) -> dict[str, float | None]:
    values = {key: take(raw, key, NUMBER, where) for key in _LIMITS}
    if (values["tolerance"] or 0) < 0:
        raise CaseError(f"{where}: 'tolerance' must not be negative, not {values['tolerance']:g}")
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
