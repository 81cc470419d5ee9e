"""Typed tables of case files: what each value may be, and every mistake told in one sentence.

A :class:`Table` is a pydantic model, a :class:`Rule` what one of its values may be. The same rules
check the arguments of functions that a case file names (measures, figures, makers of meshes and
electrodes), which are read off their signatures. :func:`read_table` turns what pydantic finds into
the words of ``CaseError``.
"""

from __future__ import annotations

import collections.abc
import functools
import inspect
import math
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

from numpy.typing import ArrayLike
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError, core_schema

from multiscale import limits
from multiscale.errors import CaseError, MultiscaleError, is_one_of, unknown_name
from multiscale.limits import Quantity, short

Model = TypeVar("Model", bound=BaseModel)


class Fault(CaseError):
    """A mistake in a table, found by the table that holds it.

    Parameters
    ----------
    words : str
        The end of the sentence.
    *below : str or int
        Where it is, from the table that says so.
    """

    def __init__(self, words: str, *below: str | int):
        super().__init__(words)
        self.below = below


# --- values ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Rule:
    """What a value may be: metadata of an annotated type, or of an argument of a function.

    Attributes
    ----------
    check : function
        Returns the value as it is kept; ``CaseError`` holds the end of a sentence that begins
        with the name of the key.
    schema : mapping
        The same as JSON Schema.
    names_itself : bool
        The words of ``check`` are a whole sentence.
    """

    check: Callable[[Any], Any]
    schema: Mapping[str, Any]
    names_itself: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validated)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return dict(self.schema)

    def _validated(self, value: Any) -> Any:
        try:
            return self.check(value)
        except CaseError as error:
            kind = "sentence" if self.names_itself else "value"
            raise PydanticCustomError(kind, "{words}", {"words": str(error)}) from error


def number(quantity: Quantity | None = None) -> Rule:
    """A finite number, that a physical quantity can be if one is given; it is kept as it is."""

    def check(value: Any) -> Any:
        _without_name(limits.number, value, quantity)
        return value

    schema: dict[str, Any] = {"type": "number"}
    if quantity is not None:
        ends = ("exclusiveMinimum", "exclusiveMaximum") if quantity.open else ("minimum", "maximum")
        pairs = zip(ends, quantity.possible, strict=True)
        schema |= {key: end for key, end in pairs if math.isfinite(end)}
        schema["description"] = quantity.wanted
    return Rule(check, schema)


def whole(least: int = -limits.LARGEST_WHOLE, most: int = limits.LARGEST_WHOLE) -> Rule:
    """A whole number between two ends."""
    schema: dict[str, Any] = {"type": "integer"}
    schema |= {"minimum": least} if least > -limits.LARGEST_WHOLE else {}
    schema |= {"maximum": most} if most < limits.LARGEST_WHOLE else {}
    return Rule(lambda value: _without_name(limits.whole, value, least, most), schema)


def one_of(kind: str, choices: Iterable[str]) -> Rule:
    """One of several texts; ``kind`` says in words what they name."""
    valid = tuple(choices)

    def check(value: Any) -> Any:
        if not is_one_of(value, valid):
            raise CaseError(unknown_name(kind, value, valid))
        return value

    return Rule(check, {"enum": list(valid)}, names_itself=True)


def _without_name(check: Callable[..., Any], value: Any, *more: Any) -> Any:
    """A check of ``limits``, whose messages begin with a name, without the name."""
    try:
        return check(value, "", CaseError, *more)
    except CaseError as error:
        raise CaseError(str(error).removeprefix(" ")) from error


def _of_type(kind: type, words: str, name: str) -> Rule:
    def check(value: Any) -> Any:
        if not isinstance(value, kind):
            raise CaseError(f"must be {words}, not {short(value)}")
        return value

    return Rule(check, {"type": name})


def _numbers(value: Any, wanted: str = "a list of numbers") -> Any:
    if not isinstance(value, list | tuple):
        raise CaseError(f"must be {wanted}, not {short(value)}")
    _without_name(limits.numbers, value)
    return value


def _some_numbers(value: Any) -> Any:
    if not _numbers(value):
        raise CaseError("is an empty list")
    return value


def _some_texts(value: Any) -> Any:
    if not (isinstance(value, list) and value and all(isinstance(one, str) for one in value)):
        raise CaseError(f"must be a list of texts, not {short(value)}")
    return value


def _one_or_more(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return NUMBER.check(value)
    return _numbers(value, "a number or a list of them")


def _numbers_by_name(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise CaseError(f"must be a table, not {short(value)}")
    for key, one in value.items():
        limits.number(one, f", {key!r}", CaseError)
    return value


def _not_finite_either(value: Any) -> Any:
    """A number, where NaN or infinity has a meaning."""
    infinite = isinstance(value, float) and not math.isfinite(value)
    return value if infinite else NUMBER.check(value)


_LIST = {"type": "array", "items": {"type": "number"}}
NUMBER, WHOLE = number(), whole()
TEXT, FLAG = _of_type(str, "a text", "string"), _of_type(bool, "true or false", "boolean")
NUMBERS, SOME_NUMBERS = Rule(_numbers, _LIST), Rule(_some_numbers, {**_LIST, "minItems": 1})
ONE_OR_MORE = Rule(_one_or_more, {"anyOf": [{"type": "number"}, _LIST]})
SOME_TEXTS = Rule(_some_texts, {"type": "array", "items": {"type": "string"}, "minItems": 1})
BY_NAME = Rule(_numbers_by_name, {"type": "object", "additionalProperties": {"type": "number"}})
Number = Annotated[float, NUMBER]
Whole = Annotated[int, WHOLE]
Order = Annotated[int, whole(1, 2)]
Flag = Annotated[bool, FLAG]


# --- functions that a case file names -------------------------------------------------------


@functools.lru_cache(maxsize=512)
def arguments_of(function: Callable[..., Any], own: int = 0) -> Mapping[str, tuple[Rule, bool]]:
    """Rule of each argument of a function, and whether it must be given.

    Parameters
    ----------
    function : function or class
        Annotated with numbers, texts, literals, lists and tables of numbers.
    own : int
        So many of its first parameters are not for the case file.

    Examples
    --------
    >>> def measure(run: object, step: int, level: float = 0.1) -> float: ...
    >>> {name: required for name, (rule, required) in arguments_of(measure, 1).items()}
    {'step': True, 'level': False}
    """
    parameters = list(inspect.signature(function).parameters.values())[own:]
    plain = getattr(function, "func", function)  # of a partial
    known = vars(sys.modules[plain.__module__])
    found = {}
    for one in parameters:
        kind = one.annotation
        kind = eval(kind, known) if isinstance(kind, str) else kind
        found[one.name] = _rule_of(kind, one.name, one.default), one.default is one.empty
    return found


def _rule_of(kind: Any, name: str, default: Any) -> Rule:
    if kind == ArrayLike:
        return ONE_OR_MORE
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        (kind,) = (one for one in typing.get_args(kind) if one is not type(None))
    origin = typing.get_origin(kind)
    if origin is Annotated:
        return number(*(one for one in kind.__metadata__ if isinstance(one, Quantity)))
    if origin is typing.Literal:
        return one_of(name, typing.get_args(kind))
    if kind is float and isinstance(default, float) and not math.isfinite(default):
        return Rule(_not_finite_either, NUMBER.schema)
    simple = {float: NUMBER, int: WHOLE, str: TEXT, bool: FLAG}
    several = {list: SOME_NUMBERS, tuple: NUMBERS, dict: BY_NAME}
    several |= {collections.abc.Sequence: NUMBERS, collections.abc.Mapping: BY_NAME}
    if kind == list[str]:
        return SOME_TEXTS
    return simple[kind] if kind in simple else several[origin]


def check_call(
    function: Callable[..., Any],
    own: int,
    given: Mapping[str, Any],
    what: str,
    word: str = "argument",
) -> dict[str, Any]:
    """Arguments as they are kept; ``CaseError`` unless the function takes them.

    Parameters
    ----------
    function, own
        As in :func:`arguments_of`.
    given : mapping
    what : str
        Name of the function, for messages.
    word : {"argument", "key"}
        What its arguments are in the case file.
    """
    known, checked = arguments_of(function, own), {}
    for name, value in given.items():
        if name not in known:
            kind = word if word == "key" else f"argument of {what}"
            raise CaseError(unknown_name(kind, name, known))
        rule = known[name][0]
        try:
            checked[name] = rule.check(value)
        except CaseError as error:
            label = repr(name) if word == "key" else f"{word} {name!r}"
            raise CaseError(_said(label, str(error), rule.names_itself)) from error
    for name, (_, required) in known.items():
        if required and name not in given:
            raise CaseError(f"{what} needs the {word} {name!r}")
    return checked


def _said(label: str, words: str, names_itself: bool = False) -> str:
    if names_itself:
        return words
    return f"{label}{words}" if words.startswith(",") else f"{label} {words}"


# --- tables ----------------------------------------------------------------------------------


class Table(BaseModel):
    """A table of a case file: frozen, and without a key that is not among its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, raw: Any) -> Any:
        if isinstance(raw, cls):
            return raw
        if not isinstance(raw, Mapping):
            raise CaseError(f"must be a table, not {short(raw)}")
        hidden = [name for name, field in cls.model_fields.items() if field.exclude]
        check_keys(raw, cls.file_keys(), also=hidden)
        return raw

    @classmethod
    def file_keys(cls) -> list[str]:
        """What the table may hold in a file; fields that are excluded belong to no file."""
        fields = cls.model_fields.items()
        return [field.alias or name for name, field in fields if not field.exclude]


class Call(Table):
    """A table in which one key names a function, and other keys are its arguments.

    A subclass has the field ``KEY``; ``CHOICES`` are the functions by name.
    """

    KEY: ClassVar[str]
    CHOICES: ClassVar[Mapping[str, Callable[..., Any]]]

    arguments: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping):
            return raw
        field = cls.model_fields[cls.KEY]
        named = raw.get(cls.KEY, None if field.is_required() else field.default)
        if named is None:
            return raw
        if not is_one_of(named, cls.CHOICES):
            raise CaseError(unknown_name(cls.KEY, named, cls.CHOICES))
        function, own = cls.CHOICES[named], cls.file_keys()
        check_keys(raw, {*own, *arguments_of(function)} - {"arguments"}, also=("arguments",))
        given = dict(raw.get("arguments", ()))
        given |= {key: value for key, value in raw.items() if key not in own}
        kept = {key: value for key, value in raw.items() if key in own}
        return kept | {"arguments": check_call(function, 0, given, named, "key")}

    def call(self, **more: Any) -> Any:
        """What the function returns."""
        return self.CHOICES[getattr(self, self.KEY)](**more, **self.arguments)


def check_keys(table: Mapping[str, Any], allowed: Iterable[str], also: Sequence[str] = ()) -> None:
    """``CaseError`` proposing the nearest key for one that is not allowed."""
    choices = list(allowed)
    for key in table:
        if key not in choices and key not in also:
            raise CaseError(unknown_name("key", key, choices))


def read_table(
    model: type[Model],
    raw: Any,
    name: str,
    context: Any = None,
    silent: tuple[str, ...] = (),
) -> Model:
    """A table of a case file as what it describes.

    Parameters
    ----------
    model : type
    raw : Any
        As TOML gives it.
    name : str
        For messages.
    context : Any
        For the validators of the model.
    silent : tuple of str
        Where no file says it, messages do not either: the way to the one variant of a file
        without variants.

    Raises
    ------
    CaseError
        For the first mistake, in one sentence.
    """
    try:
        return model.model_validate(raw, context=context)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, MultiscaleError) and not isinstance(cause, CaseError):
        raise cause  # of a file that the table names
    where, kind = first["loc"], first["type"]
    key: str | None = None
    words = str(cause) if cause is not None else str(first["msg"])
    if kind == "value_error":
        where += getattr(cause, "below", ())
    elif kind == "sentence":
        where = where[:-1]
    elif kind == "missing":
        where, words = where[:-1], f"{where[-1]!r} is missing"
    else:
        if kind in _NATIVE:
            words = f"must be {_NATIVE[kind]}, not {short(first['input'])}"
        *above, last = where
        if isinstance(last, str):
            where, key = tuple(above), last
    place = _place(where, raw, name, silent)
    if kind in ("value_error", "sentence", "missing"):
        raise CaseError(f"{place}: {words}")
    raise CaseError(_said(place if key is None else f"{place}: {key!r}", words))


_NATIVE = {
    "string_type": "a text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
}


def _place(where: Sequence[str | int], raw: Any, name: str, silent: tuple[str, ...]) -> str:
    """Where in a file, in words: "my case, variant 'a', mesh"."""
    if silent and tuple(where[: len(silent)]) == silent:
        for known in silent:
            raw = raw[known]
        where = where[len(silent) :]
    words, before = [name], ""
    for step in where:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            raw = None
        if isinstance(step, int):
            words[-1] += f" no. {step + 1}"
            if isinstance(raw, Mapping) and isinstance(raw.get("id"), str):
                words[-1] += f" ({short(raw['id'])[1:-1]})"
        elif before == "variants" and len(words) == 2:
            words[-1] = f"variant {step!r}"
        else:
            words.append(str(step) if str(step).isidentifier() else repr(step))
        before = str(step)
    return ", ".join(words)


def beside(file: str | None, info: Any) -> str | None:
    """The name of a file that a case names, from the folder of the case."""
    folder = getattr(info.context, "folder", None)
    return file if file is None or folder is None else str(folder / file)


Text = Annotated[str, TEXT]
Texts = tuple[Text, ...]
Line = Annotated[str, TEXT, AfterValidator(lambda text: " ".join(text.split()))]
File = Annotated[str, TEXT, AfterValidator(beside)]
