"""What a case is made of: typed, checked, nothing built and nothing solved.

The models are the format of case files: every key is a field, and what it may hold stands at its
type. A kind of case brings a model of its variants (``Kind.variant``); that of simulations is
:class:`RunSpec`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Self

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from typing_extensions import TypeVar

from multiscale.cases.tables import (
    NUMBER,
    TEXT,
    Call,
    Fault,
    File,
    Flag,
    Line,
    Number,
    Order,
    Table,
    Text,
    Texts,
    arguments_of,
    check_call,
    check_keys,
    number,
    one_of,
    whole,
)
from multiscale.electrode.geometry import ElectrodeGeometry
from multiscale.errors import CaseError, is_one_of, unknown_name
from multiscale.limits import MOST_STEPS, SCALE, TOLERANCE, short
from multiscale.limits import number as finite
from multiscale.mesh.particle_mesh import ParticleMesh
from multiscale.models.fidelity import Lumped, Radial, Resolved
from multiscale.models.material import COUNTER_ELECTRODES, TRANSPORT_FORMS
from multiscale.parameters import names

SURFACES = ("imposed flux", "butler-volmer")
CRITERION_KINDS = ("hard", "reported")
COMBINATIONS = ("smallest", "largest", "smallest increase", "ratio", "largest change")
LAW_KEYS = ("factor", "constant", "same_as", "law")
ELECTRODE: Mapping[str, Any] = {
    "model": {"surface": "butler-volmer", "counter_electrode": "ideal"},
    "solver": {"rtol": 1e-4, "atol": 1e-5},
}

Tolerance = Annotated[float, number(TOLERANCE)]


@dataclass(frozen=True)
class Reading:
    """What the tables of a case file are read with.

    Attributes
    ----------
    folder : Path, optional
        Files are relative to it.
    observables : mapping of str to function
        What criteria may name.
    check_figure, check_table : function
        ``check(kind, arguments)`` refuses what a figure or table of the page does not take.
    load : function, optional
        A simulation by name, for kinds that compare with one.
    """

    folder: Path | None = None
    observables: Mapping[str, Callable[..., float]] = field(default_factory=dict)
    check_figure: Callable[[str, Mapping[str, Any]], None] = lambda kind, arguments: None
    check_table: Callable[[str, Mapping[str, Any]], None] = lambda kind, arguments: None
    load: Callable[[str], Any] | None = None


# --- overrides -------------------------------------------------------------------------------


def read_overrides(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Parameter name -> number or one-key table; names are checked with the set itself.

    Examples
    --------
    >>> read_overrides({"Ambient temperature [K]": True})
    Traceback (most recent call last):
        ...
    multiscale.cases.tables.Fault: 'Ambient temperature [K]' must be a number or a table, not True
    """
    for name, value in raw.items():
        if isinstance(value, bool) or not isinstance(value, int | float | dict):
            raise Fault(f"{name!r} must be a number or a table, not {short(value)}")
        if not isinstance(value, dict):
            infinite = name == names.CONTACT_CONDUCTANCE  # a perfect contact
            finite(value, repr(name), Fault, infinite=infinite)
            continue
        try:
            check_keys(value, LAW_KEYS)
            if len(value) != 1:
                raise CaseError(f"give one of {', '.join(LAW_KEYS)}")
            ((how, what),) = value.items()
            rule = TEXT if how in ("same_as", "law") else NUMBER
            try:
                rule.check(what)
            except CaseError as error:
                raise CaseError(f"{how!r} {error}") from error
            if how == "factor" and not what > 0:
                raise CaseError("'factor' must be positive")
        except CaseError as error:
            raise Fault(str(error), name) from error
    return dict(raw)


_OVERRIDE = {
    "anyOf": [
        {"type": "number"},
        {
            "type": "object",
            "properties": {
                "factor": {"type": "number", "exclusiveMinimum": 0},
                "constant": {"type": "number"},
                "same_as": {"type": "string"},
                "law": {"type": "string"},
            },
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ]
}
Override = Annotated[Any, WithJsonSchema(_OVERRIDE)]
Overrides = Annotated[dict[str, Override], AfterValidator(read_overrides)]


# --- one run ---------------------------------------------------------------------------------


class MeshSpec(Call):
    """Which mesh: one stored by name, a file with its unit, or a recipe with its arguments.

    Attributes
    ----------
    name, file, recipe : str, optional
        Exactly one of them. A recipe is a class method of ``ParticleMesh``.
    unit : str, optional
        Unit of the coordinates of a file.
    groups : mapping, optional
        What a file calls each group; see ``ParticleMesh.read``.
    order : {1, 2}, optional
        Polynomial order; a stored mesh has its own default, others 1.
    scale : float
        Factor on all coordinates but the depth.
    arguments : dict
        Of the recipe [m], and ``surface`` of a file.
    """

    KEY: ClassVar[str] = "recipe"
    CHOICES: ClassVar[Mapping[str, Callable[..., Any]]] = {
        "radial": ParticleMesh.radial,
        "disk": ParticleMesh.disk,
        "hexagon": ParticleMesh.hexagon,
        "ball": ParticleMesh.ball,
        "cylinder": ParticleMesh.cylinder,
    }

    name: Text | None = None
    file: File | None = None
    recipe: Text | None = None
    unit: Text | None = None
    groups: dict[str, Any] | None = None
    order: Order | None = None
    scale: Annotated[float, number(SCALE)] = 1.0

    @model_validator(mode="before")
    @classmethod
    def _one_of_three(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping):
            return raw
        given = [key for key in ("name", "file", "recipe") if key in raw]
        if len(given) != 1:
            raise CaseError("needs exactly one of 'name', 'file' and 'recipe'")
        if given == ["recipe"] and is_one_of(raw["recipe"], cls.CHOICES):
            arguments = arguments_of(cls.CHOICES[raw["recipe"]])
            check_keys(raw, {"recipe", "order", "scale", *arguments}, also=("arguments",))
        if given == ["name"]:
            check_keys(raw, ("name", "order", "scale"), also=("arguments",))
        if given == ["file"]:
            check_keys(raw, ("file", "unit", "surface", "groups", "order", "scale"))
            if "unit" not in raw:
                raise CaseError("a mesh file needs its 'unit': m, mm, um or nm")
            own = {key: raw[key] for key in raw if key != "surface"}
            if "surface" in raw:
                own["arguments"] = {"surface": TEXT.check(raw["surface"])}
            return own
        return raw

    @field_validator("groups")
    @classmethod
    def _groups(cls, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if given is None:
            return None
        found = {}
        for name, value in given.items():
            items = value if isinstance(value, list | tuple) else [value]
            if not items or any(type(item) not in (int, str) for item in items):
                raise CaseError(
                    "groups say what the file calls each group, as in surface = 3 or "
                    f"contact = ['left', 'right']; {name!r} is {value!r:.60}"
                )
            found[name] = tuple(items)
        return found

    def __str__(self) -> str:
        what = self.name or self.file or self.recipe
        return f"{what}" + (f" x {self.scale:g}" if self.scale != 1 else "")


class GeometrySpec(Call):
    """Which electrode: made by a rule with arguments, or read from a file or folder.

    Attributes
    ----------
    maker : str, optional
        Class method of ``ElectrodeGeometry``.
    arguments : dict
        Of the maker.
    file : str, optional
        JSON file, or folder of CSV files, as ``ElectrodeGeometry`` writes them.
    """

    KEY: ClassVar[str] = "maker"
    CHOICES: ClassVar[Mapping[str, Callable[..., Any]]] = {
        "columns": ElectrodeGeometry.columns,
        "packing": ElectrodeGeometry.packing,
    }

    maker: Text | None = None
    file: File | None = None

    @model_validator(mode="before")
    @classmethod
    def _maker_or_file(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and ("maker" in raw) == ("file" in raw):
            raise CaseError(f"give either 'maker' ({', '.join(cls.CHOICES)}) or 'file'")
        return raw

    def __str__(self) -> str:
        if self.file is not None:
            return self.file.replace("\\", "/").rsplit("/", 1)[-1]
        given = ", ".join(f"{name} = {_shown(value)}" for name, value in self.arguments.items())
        return f"{self.maker}({given})"


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


class ParticlesSpec(Call):
    """How the particles of an electrode are described; see ``Lumped``, ``Radial``, ``Resolved``."""

    KEY: ClassVar[str] = "fidelity"
    CHOICES: ClassVar[Mapping[str, Callable[..., Any]]] = {
        "lumped": Lumped,
        "radial": Radial,
        "resolved": Resolved,
    }

    fidelity: Text = "resolved"

    def __str__(self) -> str:
        given = ", ".join(f"{name} {value:g}" for name, value in self.arguments.items())
        return f"{self.fidelity} ({given})" if given else self.fidelity


class BlockedSpec(Table):
    """A blocked part of the surface; see ``BlockedSurface``."""

    fraction: Number
    ratio: Number
    direction: tuple[Number, ...] = (1.0, 0.0)


class ModelSpec(Table):
    """Options of the single-particle model; an electrode has the first and the last only.

    Attributes
    ----------
    transport : str, optional
        "thermodynamic" or "chemical"; by default the form that the parameter set's
        diffusivity belongs to.
    surface : {"imposed flux", "butler-volmer"}
    blocked : BlockedSpec, optional
    contact : str, optional
        Facet group through which electrons enter.
    anisotropy : tuple of tuples, optional
        Tensor that multiplies the diffusivity.
    counter_electrode : str, optional
        "ideal" or "lithium metal"; Butler-Volmer only.
    """

    transport: Annotated[str, one_of("transport form", TRANSPORT_FORMS)] | None = None
    surface: Annotated[str, one_of("surface", SURFACES)] = "imposed flux"
    blocked: BlockedSpec | None = None
    contact: Text | None = None
    anisotropy: tuple[tuple[Number, ...], ...] | None = None
    counter_electrode: Annotated[str, one_of("counter electrode", COUNTER_ELECTRODES)] | None = None

    @field_validator("anisotropy")
    @classmethod
    def _square(cls, rows: Any) -> Any:
        if rows is not None and (not rows or any(len(row) != len(rows) for row in rows)):
            raise CaseError("must be a square table of numbers, [[1, 0], [0, 1]] for instance")
        return rows


class SolverSpec(Table):
    """Relative and absolute tolerance of the time integration."""

    rtol: Tolerance = 1e-6
    atol: Tolerance = 1e-6


class RunSpec(Table):
    """One run, complete: a case without variants has one, named "default".

    Attributes
    ----------
    name : str
    parameters : str
        Parameter set.
    experiment : tuple of str
        Steps in PyBaMM's words, ``repeat`` times those of the file.
    repeat : int
    mesh : MeshSpec, optional
        Of a single particle; an electrode has ``geometry`` and ``particles`` instead.
    overrides : dict
        Parameter name to a number, or to a table with one key: ``factor`` (multiply the set's
        value or law), ``constant`` (a law that does not vary), ``same_as`` (take another entry
        of the set) or ``law`` (an alternative that the set offers by name).
    model, solver
    reset : bool
        An electrode is put back into its pristine state before each repetition.
    slow : bool
        Left out unless asked for by name or with all the slow ones.
    """

    name: str = Field(default="default", exclude=True)
    parameters: Text
    once: tuple[str, ...] = Field(alias="experiment")
    repeat: Annotated[int, whole(1)] = 1
    reset: Flag = False
    slow: Flag = False
    mesh: MeshSpec | None = None
    geometry: GeometrySpec | None = None
    particles: ParticlesSpec = ParticlesSpec()
    overrides: Overrides = Field(default_factory=dict)
    model: ModelSpec = ModelSpec()
    solver: SolverSpec = SolverSpec()

    @model_validator(mode="before")
    @classmethod
    def _particle_or_electrode(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping):
            return raw
        if "geometry" not in raw:
            for key in ("particles", "reset"):
                if key in raw:
                    raise CaseError(f"{key!r} needs a 'geometry'")
            if "mesh" not in raw:
                check_keys(raw, cls.file_keys())
                raise CaseError("'mesh' is missing")
            return raw
        if "mesh" in raw:
            raise CaseError("a run has a 'mesh' or a 'geometry', not both")
        model = raw.get("model", {})
        if isinstance(model, Mapping):  # all else follows from the geometry
            try:
                check_keys(model, ("transport", "counter_electrode"))
            except CaseError as error:
                raise Fault(str(error), "model") from error
        usual = {key: merged(own, raw.get(key, {})) for key, own in ELECTRODE.items()}
        return {**raw, **usual}

    @field_validator("once", mode="before")
    @classmethod
    def _in_words(cls, steps: Any) -> Any:
        several = isinstance(steps, list | tuple) and len(steps) > 0
        if not several or not all(isinstance(step, str) for step in steps):
            raise Fault("'experiment' must be a list of PyBaMM steps in words")
        return steps

    @model_validator(mode="after")
    def _not_too_long(self) -> Self:
        if len(self.experiment) > MOST_STEPS:
            raise CaseError(
                f"'repeat' = {self.repeat} makes {len(self.experiment)} steps of the experiment; "
                f"the limit is {MOST_STEPS}"
            )
        return self

    @property
    def experiment(self) -> tuple[str, ...]:
        """All steps."""
        return self.once * self.repeat

    @property
    def resets(self) -> tuple[int, ...]:
        """Steps before which an electrode is put back into its pristine state."""
        each = len(self.once)
        return tuple(range(each, each * self.repeat, each)) if self.reset else ()

    @property
    def body(self) -> str:
        """Mesh of the particle, or layout of the electrode, in a few words."""
        return str(self.geometry if self.mesh is None else self.mesh)


TABLES = ("mesh", "geometry", "particles", "overrides", "model", "solver")
_SAYS_WHAT_IT_IS = {
    "mesh": ("name", "file", "recipe"),
    "geometry": ("maker", "file"),
    "particles": ("fidelity",),
}


def merged(base: Mapping[str, Any], changes: Any) -> Any:
    """Raw tables of a variant: its tables are laid over those of the case.

    A mesh that says what it is (name, file or recipe) replaces the case's mesh; one that only
    has a scale or an order changes it. So do a geometry with a maker or file, and particles
    with a fidelity.
    """
    if not isinstance(changes, Mapping):
        return changes
    result = {**base, **changes}
    for key in TABLES:
        below, above = base.get(key), changes.get(key)
        if isinstance(below, Mapping) and isinstance(above, Mapping):
            replaces = any(kind in above for kind in _SAYS_WHAT_IT_IS.get(key, ()))
            result[key] = dict(above) if replaces else {**below, **above}
    return result


# --- what is said of the outcome -------------------------------------------------------------


class FigureSpec(Table):
    """A figure: its kind, file name, caption and arguments."""

    kind: Text
    name: Text = ""  # that of its kind
    caption: Text = ""
    variants: Texts = ()
    arguments: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_kind(cls, raw: Any) -> Any:
        return {"name": raw["kind"], **raw} if isinstance(raw, Mapping) and "kind" in raw else raw

    @model_validator(mode="after")
    def _takes_them(self, info: ValidationInfo) -> Self:
        if info.context is not None:
            info.context.check_figure(self.kind, self.arguments)
        return self


class TableSpec(FigureSpec):
    """A table of the page: its kind, name, caption and arguments; tables of one title belong
    together."""

    title: Text
    caption: Line = ""

    @model_validator(mode="after")
    def _takes_them(self, info: ValidationInfo) -> Self:
        if info.context is not None:
            info.context.check_table(self.kind, self.arguments)
        return self


class Measured(Table):
    """What a function that the kind of case offers says of a run, with these arguments."""

    measure: Text
    arguments: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _takes_them(self, info: ValidationInfo) -> Self:
        known = None if info.context is None else info.context.observables
        if known is not None:
            if self.measure not in known:
                raise CaseError(unknown_name("measure", self.measure, known))
            check_call(known[self.measure], 1, self.arguments, self.measure)
            for name in ("time", "half_cycle", "cycle"):
                if self.arguments.get(name, 0) < 0:
                    raise CaseError(f"argument {name!r} must not be negative")
        return self


class Criterion(Measured):
    """What a source says about the outcome, fixed before the run.

    Attributes
    ----------
    id, quantity : str
        Row of the table of observables, and what is asked in our words.
    measure, arguments : str, dict
        Function that the kind of case offers, and its arguments.
    variants : tuple of str
        Runs it looks at; a case file says ``variant`` of a single one, and may leave it out if
        the case has only one.
    combine : str, optional
        How several runs become one number: "smallest", "largest", "smallest increase" (from
        each variant to the next), "ratio" (first over second) or "largest change" (of any of
        them, relative to the first).
    minimum, maximum, expected, tolerance : float, optional
        Either limits, or a value with an absolute tolerance.
    unit, source : str
        Unit of the value, and who says so, with the place.
    kind : {"hard", "reported"}
        A reported criterion is shown and never gates.
    control : bool
        A negative control: the cause is taken away, and the limits ask that the effect goes.
    """

    id: Text
    quantity: Text
    source: Text
    kind: Annotated[str, one_of("kind of criterion", CRITERION_KINDS)]
    variant: Text | None = None
    variants: Texts = ()
    combine: Annotated[str, one_of("combination", COMBINATIONS)] | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    expected: Number | None = None
    tolerance: Number | None = None
    unit: Text = ""
    control: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _one_variant(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping) or "variant" not in raw:
            return raw
        if "variants" in raw:
            raise CaseError("give either 'variant' or 'variants' with 'combine'")
        return {**raw, "variant": None, "variants": [raw["variant"]]}

    @model_validator(mode="after")
    def _of_variants(self) -> Self:
        if not self.variants:
            raise CaseError("give either 'variant' or 'variants' with 'combine'")
        if len(self.variants) > 1 and self.combine is None:
            raise CaseError("'variants' needs two or more names, and 'combine'")
        if len(self.variants) < 2 and self.combine is not None:
            raise CaseError("'combine' needs 'variants'")
        if self.combine == "ratio" and len(self.variants) != 2:
            raise CaseError(f"a ratio takes two variants, not {len(self.variants)}")
        return self

    @model_validator(mode="after")
    def _limited(self) -> Self:
        if (self.tolerance or 0) < 0:
            raise CaseError(f"'tolerance' must not be negative, not {self.tolerance:g}")
        if (self.expected is None) != (self.tolerance is None):
            raise CaseError("'expected' and 'tolerance' belong together")
        if (self.expected is None) == (self.minimum is None and self.maximum is None):
            raise CaseError("give either 'expected' and 'tolerance', or 'minimum' and/or 'maximum'")
        low, high = self.limits
        if low > high:
            raise CaseError("'minimum' exceeds 'maximum'")
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest value that reproduces the source."""
        if self.expected is not None:
            slack = self.tolerance or 0.0
            return self.expected - slack, self.expected + slack
        low = float("-inf") if self.minimum is None else self.minimum
        high = float("inf") if self.maximum is None else self.maximum
        return low, high

    @property
    def wanted(self) -> str:
        """The limits in words."""
        if self.expected is not None:
            return f"{self.expected:g} ± {self.tolerance:g}"
        if self.minimum is None:
            return f"at most {self.maximum:g}"
        if self.maximum is None:
            return f"at least {self.minimum:g}"
        return f"{self.minimum:g} to {self.maximum:g}"


class Fitted(Table):
    """A parameter that was fitted, so that agreement with its target proves little.

    Attributes
    ----------
    parameter, value : str
        Name in words, and the number with its unit.
    by : str
        Who fitted it.
    ids : tuple of str
        Observations it was fitted to; criteria of the case with these ids do not count as
        evidence.
    """

    parameter: Text
    value: Text
    by: Text
    ids: Texts

    def __str__(self) -> str:
        return f"{self.parameter}: {self.value}, fitted by {self.by}"


class Uncertain(Table):
    """An entry of the parameter set that is not well known, with two other values.

    Attributes
    ----------
    name : str
        Parameter, spelt as in the set.
    low, high : number or one-key table
        Overrides, as in a case file.
    reason : str
        Where the range comes from.
    """

    name: Text
    low: Override
    high: Override
    reason: Text

    @model_validator(mode="after")
    def _overrides(self) -> Self:
        for end in (self.low, self.high):
            read_overrides({self.name: end})
        return self


class Sensitivity(Table):
    """Entries whose effect on the verdicts is tabulated on demand, and variants to do so in."""

    variants: Texts = ()
    parameters: tuple[Uncertain, ...] = ()


class Remark(Measured):
    """A number that is said wherever the case is shown, with what it means.

    Attributes
    ----------
    name : str
        What it is called, in short.
    meaning : str
        One line.
    title : str
        Heading of the number at the top of the page; without one it stands beside the title only.
    unit : str
    """

    name: Text
    meaning: Text
    title: Text = ""
    unit: Text = ""


class Column(Measured):
    """A measure of every variant, in a column of the comparison.

    With ``limits`` and ``words`` (one more) the measure is said in a word; particles that did not
    react in its half-cycle matter more than it and are counted instead.
    """

    name: Text
    limits: tuple[Number, ...] = ()
    words: Texts = ()

    @model_validator(mode="after")
    def _in_a_word(self) -> Self:
        rising = list(self.limits) == sorted(self.limits)
        if not rising or len(self.words) != (len(self.limits) + 1 if self.limits else 0):
            raise CaseError("'limits' rise, and 'words' has one more entry than they")
        return self


OWN_COLUMNS = ("particles", "lower bounds")  # of every comparison


class Comparison(Table):
    """Variants side by side: which cause makes which observation.

    Attributes
    ----------
    columns : tuple of Column
    title, caption : str
        Heading of the table on the page, and what the columns mean.
    shaded, figure, terminal : tuple of str
        Columns on the scale of colours, those of the figure and those that a terminal shows; by
        default all that hold numbers, and in a terminal all.
    """

    columns: tuple[Column, ...] = ()
    title: Text = "Comparison of the variants"
    caption: Line = ""
    shaded: Texts = ()
    figure: Texts = ()
    terminal: Texts = ()

    @model_validator(mode="before")
    @classmethod
    def _all_columns(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping) or not isinstance(raw.get("columns"), list):
            return raw
        given = [one for one in raw["columns"] if isinstance(one, Mapping) and "name" in one]
        numbers = [one["name"] for one in given if not one.get("words")]
        usual = {"shaded": numbers, "figure": numbers, "terminal": [one["name"] for one in given]}
        return usual | dict(raw)

    @model_validator(mode="after")
    def _known_columns(self) -> Self:
        if not self.columns:
            raise CaseError("'columns' is missing or empty")
        names = [column.name for column in self.columns]
        _check_different([*names, *OWN_COLUMNS], "columns")
        numbers = [column.name for column in self.columns if not column.words]
        for key, known in (("shaded", numbers), ("figure", numbers), ("terminal", names)):
            for name in getattr(self, key):
                if name not in known:
                    raise Fault(unknown_name("column", name, known), key)
        return self


def _check_different(names: Sequence[str], *below: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise Fault(f"two are named {name!r}; give one of them another 'name'", *below)


# --- the case --------------------------------------------------------------------------------

V = TypeVar("V", default=Any)


class Case(Table, Generic[V]):
    """Something that is computed, with what a source says about its outcome.

    ``Case[RunSpec]`` is a simulated experiment; other kinds bring their own variants.

    Attributes
    ----------
    name, title, description : str
    kind : str
        A name of ``multiscale.cases.kinds``.
    source : str
        What loads it again, in another process: its name or the path of its file.
    variants : dict of str to RunSpec, or to what the kind brings
    tuned : str
        What was tuned for this case, to be said wherever it is shown.
    paper : str
        Whose observations its criteria are.
    default_variants : tuple of str
        Variants that run if none is asked for; all but the slow ones if empty.
    fast : tuple of str
        Variants of the fast subset of a validation.
    figures : tuple of FigureSpec
    animate : str, optional
        The variant that moves.
    remarks : tuple of Remark
        Numbers to be said wherever it is shown; of an electrode that names none, what a pristine
        neck drops.
    comparison : Comparison, optional
        An electrode that asks for none has the one of ``comparison.STANDARD``.
    tables : tuple of TableSpec
        Tables of its page.
    criteria : tuple of Criterion
    fitted : tuple of Fitted
        Parameters that were fitted, and to which observations.
    sensitivity : Sensitivity
    modified : bool
        It is not as its file says.

    Examples
    --------
    >>> from multiscale.cases import load_case
    >>> case = load_case("xu2022_charge")
    >>> case.only(["default"]).with_mesh(MeshSpec(name="disk_2um_coarse")).runs["default"].mesh.name
    'disk_2um_coarse'
    """

    name: str = Field(exclude=True)
    source: str = Field(default="", exclude=True)
    modified: bool = Field(default=False, exclude=True)
    kind: Text = "particle"
    title: Text
    description: Text
    tuned: Line = ""
    paper: Text = ""
    default_variants: Texts = ()
    fast: Texts = ()
    animate: Text | None = None
    variants: dict[str, V]
    figures: tuple[FigureSpec, ...] = ()
    remarks: tuple[Remark, ...] = ()
    comparison: Comparison | None = None
    tables: tuple[TableSpec, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    fitted: tuple[Fitted, ...] = ()
    sensitivity: Sensitivity = Sensitivity()

    @field_validator("description")
    @classmethod
    def _stripped(cls, text: str) -> str:
        return text.strip()

    @model_validator(mode="after")
    def _names_what_exists(self) -> Self:
        for kind, name, known, place in self._references():
            if name not in known:
                raise Fault(unknown_name(kind, name, known), *place)
        for key in ("figures", "remarks", "tables"):
            _check_different([one.name for one in getattr(self, key)], key)
        return self

    def _references(self) -> Iterator[tuple[str, str, Sequence[str], tuple[str | int, ...]]]:
        """What is named, under which name, among which, and where."""
        known = list(self.variants)
        if self.animate is not None:
            yield "variant", self.animate, known, ("animate",)
        for key in ("default_variants", "fast"):
            yield from (("variant", name, known, (key,)) for name in getattr(self, key))
        for i, table in enumerate(self.tables):
            yield from (("variant", name, known, ("tables", i)) for name in table.variants)
        for i, figure in enumerate(self.figures):
            yield from (("variant", name, known, ("figures", i)) for name in figure.variants)
            for key in ("x", "measured"):  # numbers by variant
                for name in figure.arguments.get(key, ()):
                    yield "variant", name, known, ("figures", i, key)
        for i, criterion in enumerate(self.criteria):
            yield from (("variant", name, known, ("criteria", i)) for name in criterion.variants)
        ids = [criterion.id for criterion in self.criteria]
        for i, fitted in enumerate(self.fitted):
            yield from (("id of a criterion", one, ids, ("fitted", i)) for one in fitted.ids)
        for name in self.sensitivity.variants:
            yield "variant", name, known, ("sensitivity",)

    @classmethod
    def of_runs(cls, name: str, *runs: RunSpec) -> Case[RunSpec]:
        """Runs that nothing judges."""
        variants = {run.name: run for run in runs}
        return Case(name=name, title=name, description="", variants=variants)

    @property
    def runs(self) -> dict[str, Any]:
        """The variants of a simulation."""
        return self.variants

    @property
    def is_electrode(self) -> bool:
        """Many particles, or one in an electrode; False for a particle on its own."""
        return any(getattr(run, "geometry", None) for run in self.variants.values())

    @property
    def usual(self) -> list[str]:
        """Variants that run if none is asked for."""
        quick = [name for name in self.variants if name not in self.slow]
        return list(self.default_variants) or quick

    @property
    def slow(self) -> list[str]:
        """Variants that are left out unless asked for."""
        return [name for name, run in self.variants.items() if getattr(run, "slow", False)]

    def fitted_to(self, id: str) -> Fitted | None:
        """The parameter that was fitted to an observation, if one was."""
        return next((one for one in self.fitted if id in one.ids), None)

    def only(self, variants: Sequence[str]) -> Case[V]:
        """The same case with some of its variants."""
        for name in variants:
            if name not in self.variants:
                raise CaseError(f"{self.name}: {unknown_name('variant', name, self.variants)}")
        return self.model_copy(
            update={"variants": {name: self.variants[name] for name in variants}}
        )

    def _changed(self, changed: Mapping[str, Mapping[str, Any]], modified: bool = True) -> Case[V]:
        runs = {name: self.runs[name].model_copy(update=dict(changed[name])) for name in changed}
        return self.model_copy(update={"variants": runs, "modified": self.modified or modified})

    def with_mesh(self, mesh: MeshSpec) -> Case[V]:
        """Every variant on another mesh; the scale of a variant stays."""
        if self.is_electrode:
            raise CaseError(f"{self.name}: an electrode takes no mesh; change its 'particles'")
        return self._changed(
            {
                name: {"mesh": mesh.model_copy(update={"scale": mesh.scale * run.mesh.scale})}
                for name, run in self.runs.items()
            }
        )

    def with_particles(self, particles: ParticlesSpec) -> Case[V]:
        """Every variant of an electrode with particles of another fidelity."""
        if not self.is_electrode:
            raise CaseError(f"{self.name}: a single particle has a mesh, not a fidelity")
        return self._changed({name: {"particles": particles} for name in self.variants})

    def with_parameters(self, name: str) -> Case[V]:
        """Every variant with another parameter set."""
        return self._changed({key: {"parameters": name} for key in self.variants})

    def with_overrides(self, overrides: Mapping[str, Any]) -> Case[V]:
        """Every variant with these entries changed; they win over the case's own."""
        changed = {
            key: {"overrides": {**run.overrides, **overrides}} for key, run in self.runs.items()
        }
        return self._changed(changed, bool(overrides))
