"""What a case is made of: frozen descriptions, nothing built and nothing solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from multiscale.errors import CaseError, unknown_name

SURFACES = ("imposed flux", "butler-volmer")
FIDELITIES = {"lumped": (), "radial": ("n", "order"), "resolved": ("size", "order")}
CRITERION_KINDS = ("hard", "reported")
COMBINATIONS = ("smallest", "largest", "smallest increase", "ratio", "largest change")


@dataclass(frozen=True)
class MeshSpec:
    """Which mesh: one stored by name, a file with its unit, or a recipe with arguments.

    Attributes
    ----------
    name, file, recipe : str, optional
        Exactly one of them. A recipe is a class method of ``ParticleMesh``: radial, disk,
        hexagon, ball or cylinder.
    unit : str, optional
        Unit of the coordinates of a file.
    order : {1, 2}, optional
        Polynomial order; a stored mesh has its own default, others 1.
    scale : float
        Factor on all coordinates but the depth.
    arguments : tuple of (str, value)
        Arguments of the recipe [m].
    """

    name: str | None = None
    file: str | None = None
    recipe: str | None = None
    unit: str | None = None
    order: int | None = None
    scale: float = 1.0
    arguments: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        what = self.name or self.file or self.recipe
        return f"{what}" + (f" x {self.scale:g}" if self.scale != 1 else "")


@dataclass(frozen=True)
class GeometrySpec:
    """Which electrode: made by a rule with arguments, or read from a file or folder.

    Attributes
    ----------
    maker : str, optional
        Class method of ``ElectrodeGeometry``: columns or packing.
    arguments : tuple of (str, value)
        Arguments of the maker, lists as tuples.
    file : str, optional
        JSON file, or folder of CSV files, as ``ElectrodeGeometry`` writes them.
    """

    maker: str | None = None
    arguments: tuple[tuple[str, Any], ...] = ()
    file: str | None = None

    def __str__(self) -> str:
        if self.file is not None:
            return self.file.replace("\\", "/").rsplit("/", 1)[-1]
        given = ", ".join(f"{name} = {_shown(value)}" for name, value in self.arguments)
        return f"{self.maker}({given})"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class ParticlesSpec:
    """How the particles of an electrode are described; see ``Lumped``, ``Radial``, ``Resolved``.

    Attributes
    ----------
    fidelity : {"lumped", "radial", "resolved"}
    size, n, order : optional
        Arguments of the fidelity; its own defaults where nothing is given.
    """

    fidelity: str = "resolved"
    size: float | None = None
    n: int | None = None
    order: int | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What is given, by name."""
        names = FIDELITIES[self.fidelity]
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def __str__(self) -> str:
        given = ", ".join(f"{name} {value:g}" for name, value in self.arguments.items())
        return f"{self.fidelity} ({given})" if given else self.fidelity


@dataclass(frozen=True)
class BlockedSpec:
    """A blocked part of the surface; see ``BlockedSurface``."""

    fraction: float
    ratio: float
    direction: tuple[float, ...] = (1.0, 0.0)


@dataclass(frozen=True)
class ModelSpec:
    """Options of the single-particle model.

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

    transport: str | None = None
    surface: str = "imposed flux"
    blocked: BlockedSpec | None = None
    contact: str | None = None
    anisotropy: tuple[tuple[float, ...], ...] | None = None
    counter_electrode: str | None = None


@dataclass(frozen=True)
class SolverSpec:
    """Relative and absolute tolerance of the time integration."""

    rtol: float = 1e-6
    atol: float = 1e-6


@dataclass(frozen=True)
class RunSpec:
    """One run, complete: a case without variants has one, named "default".

    ``overrides`` maps a parameter name to a number, or to a table with one key: ``factor``
    (multiply the set's value or law), ``constant`` (a law that does not vary), ``same_as``
    (take another entry of the set) or ``law`` (an alternative that the set offers by name).

    Attributes
    ----------
    mesh : MeshSpec, optional
        Of a single particle; an electrode has ``geometry`` and ``particles`` instead.
    resets : tuple of int
        Steps before which an electrode is put back into its pristine state.
    slow : bool
        Left out unless asked for by name or with all the slow ones.
    """

    name: str
    mesh: MeshSpec | None
    parameters: str
    experiment: tuple[str, ...]
    overrides: Mapping[str, Any] = field(default_factory=dict)
    model: ModelSpec = field(default_factory=ModelSpec)
    solver: SolverSpec = field(default_factory=SolverSpec)
    geometry: GeometrySpec | None = None
    particles: ParticlesSpec = field(default_factory=ParticlesSpec)
    resets: tuple[int, ...] = ()
    slow: bool = False

    @property
    def body(self) -> str:
        """Mesh of the particle, or layout of the electrode, in a few words."""
        return str(self.geometry if self.mesh is None else self.mesh)


@dataclass(frozen=True)
class FigureSpec:
    """A figure: its kind, file name, caption and arguments."""

    kind: str
    name: str
    caption: str = ""
    variants: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Criterion:
    """What a source says about the outcome, fixed before the run.

    Attributes
    ----------
    id, quantity : str
        Claim of a paper (``cases/claims.py``), and what is asked in our words.
    measure, arguments : str, mapping
        Observable (``cases/observables.py`` and its like) and its arguments.
    variants : tuple of str
        Runs it looks at.
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

    id: str
    quantity: str
    measure: str
    source: str
    kind: str
    variants: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    combine: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    expected: float | None = None
    tolerance: float | None = None
    unit: str = ""
    control: bool = False

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


@dataclass(frozen=True)
class Fitted:
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

    parameter: str
    value: str
    by: str
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.parameter}: {self.value}, fitted by {self.by}"


@dataclass(frozen=True)
class Uncertain:
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

    name: str
    low: Any
    high: Any
    reason: str


@dataclass(frozen=True)
class Remark:
    """A number that is said wherever the case is shown, with what it means.

    Attributes
    ----------
    name : str
        What it is called: "V1".
    measure, arguments : str, mapping
        As those of a criterion.
    meaning : str
        One line.
    title : str
        Heading of the number at the top of the page; without one it stands beside the title only.
    unit : str
    """

    name: str
    measure: str
    meaning: str
    title: str = ""
    unit: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A measure of every variant, in a column of the comparison.

    With ``limits`` and ``words`` (one more) the measure is said in a word; particles that did not
    react in its half-cycle matter more than it and are counted instead.
    """

    name: str
    measure: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    limits: tuple[float, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Variants side by side: which cause makes which observation.

    Attributes
    ----------
    columns : tuple of Column
    title, caption : str
        Heading of the table on the page, and what the columns mean.
    shaded, figure, terminal : tuple of str
        Columns on the scale of colours, those of the figure and those that a terminal shows.
    """

    columns: tuple[Column, ...]
    title: str = "Comparison of the variants"
    caption: str = ""
    shaded: tuple[str, ...] = ()
    figure: tuple[str, ...] = ()
    terminal: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSpec:
    """A table of the page: its kind, name, caption and arguments; tables of one title belong
    together."""

    kind: str
    name: str
    title: str
    caption: str = ""
    variants: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A simulated experiment with what a source says about its outcome.

    Attributes
    ----------
    defaults : tuple of str
        Variants that run if none is asked for; all but the slow ones if empty.
    tuned : str
        What was tuned for this case, to be said wherever it is shown.
    remarks : tuple of Remark
        Numbers to be said wherever it is shown; of an electrode that names none, what a pristine
        neck drops.
    comparison : Comparison, optional
        An electrode that asks for none has the one of ``comparison.STANDARD``.
    tables : tuple of TableSpec
        Tables of its page.
    paper : str
        Whose observations its criteria are; see ``multiscale.suite``.
    fast : tuple of str
        Variants of the fast subset of the validation suite.
    fitted : tuple of Fitted
        Parameters that were fitted, and to which observations.
    uncertain : tuple of Uncertain
        Entries whose effect on the verdicts is tabulated on demand.
    probed : tuple of str
        Variants in which they are changed.

    Examples
    --------
    >>> from multiscale.cases import load_case
    >>> case = load_case("xu2022_charge")
    >>> case.only(["default"]).with_mesh(MeshSpec(name="disk_2um_coarse")).runs["default"].mesh.name
    'disk_2um_coarse'
    """

    name: str
    title: str
    description: str
    runs: Mapping[str, RunSpec]
    figures: tuple[FigureSpec, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    animate: str | None = None
    modified: bool = False
    defaults: tuple[str, ...] = ()
    tuned: str = ""
    remarks: tuple[Remark, ...] = ()
    comparison: Comparison | None = None
    tables: tuple[TableSpec, ...] = ()
    paper: str = ""
    fast: tuple[str, ...] = ()
    fitted: tuple[Fitted, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()
    probed: tuple[str, ...] = ()

    @property
    def is_electrode(self) -> bool:
        """Many particles, or one in an electrode; False for a particle on its own."""
        return any(run.geometry is not None for run in self.runs.values())

    @property
    def kind(self) -> str:
        """ "particle" or "electrode": a name of ``multiscale.cases.kinds``."""
        return "electrode" if self.is_electrode else "particle"

    @property
    def usual(self) -> list[str]:
        """Variants that run if none is asked for."""
        return list(self.defaults) or [name for name, run in self.runs.items() if not run.slow]

    @property
    def slow(self) -> list[str]:
        """Variants that are left out unless asked for."""
        return [name for name, run in self.runs.items() if run.slow]

    def _with_runs(self, runs: Mapping[str, RunSpec], modified: bool) -> Case:
        return replace(self, runs=runs, modified=self.modified or modified)

    def only(self, variants: list[str]) -> Case:
        """The same case with some of its variants."""
        for name in variants:
            if name not in self.runs:
                raise CaseError(f"{self.name}: {unknown_name('variant', name, self.runs)}")
        return self._with_runs({name: self.runs[name] for name in variants}, False)

    def with_mesh(self, mesh: MeshSpec) -> Case:
        """Every variant on another mesh; the scale of a variant stays."""
        changed = {}
        for name, run in self.runs.items():
            if run.mesh is None:
                raise CaseError(f"{self.name}: an electrode takes no mesh; change its 'particles'")
            own = replace(mesh, scale=mesh.scale * run.mesh.scale)
            changed[name] = replace(run, mesh=own)
        return self._with_runs(changed, True)

    def with_particles(self, particles: ParticlesSpec) -> Case:
        """Every variant of an electrode with particles of another fidelity."""
        if not self.is_electrode:
            raise CaseError(f"{self.name}: a single particle has a mesh, not a fidelity")
        changed = {name: replace(run, particles=particles) for name, run in self.runs.items()}
        return self._with_runs(changed, True)

    def with_parameters(self, name: str) -> Case:
        """Every variant with another parameter set."""
        changed = {key: replace(run, parameters=name) for key, run in self.runs.items()}
        return self._with_runs(changed, True)

    def with_overrides(self, overrides: Mapping[str, Any]) -> Case:
        """Every variant with these entries changed; they win over the case's own."""
        changed = {
            key: replace(run, overrides={**run.overrides, **overrides})
            for key, run in self.runs.items()
        }
        return self._with_runs(changed, bool(overrides))
