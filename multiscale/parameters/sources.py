"""Where a parameter comes from and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from multiscale.errors import ParameterError

GRADES = {
    "A": "read in the publication or data set itself",
    "B": "read in a secondary source that states it explicitly",
    "C": "digitised, tuned, derived by us or assumed",
}
KINDS = ("measured here", "measured elsewhere", "fitted", "derived", "assumed")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Provenance of one entry of a parameter set.

    Parameters
    ----------
    citation : str
        Who published or decided the value.
    where : str
        Place inside the source (table, equation, file), or the reason of an assumption.
    grade : {"A", "B", "C"}
        Confidence, see :data:`GRADES`.
    kind : str
        One of :data:`KINDS`; "here" means on the material the set is named after.
    method : str
        How the value was obtained.
    doi : str
        Empty if the source has none or it was not verified.
    valid_range : tuple of float, optional
        Smallest and largest argument the source covers; needed for laws.
    argument : str
        What ``valid_range`` counts, with its unit.

    Raises
    ------
    ParameterError
        If the grade or kind is unknown, a text is empty or the range is not increasing.

    Examples
    --------
    >>> Source(citation="Lun et al.", where="eq. 13", grade="A", kind="measured here",
    ...        method="weighing").grade
    'A'
    """

    citation: str
    where: str
    grade: str
    kind: str
    method: str
    doi: str = ""
    valid_range: tuple[float, float] | None = None
    argument: str = "stoichiometry [-]"

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise ParameterError(f"Unknown grade {self.grade!r}; valid: {', '.join(GRADES)}")
        if self.kind not in KINDS:
            raise ParameterError(f"Unknown kind {self.kind!r}; valid: {', '.join(KINDS)}")
        if not (self.citation and self.where and self.method):
            raise ParameterError("A source needs a citation, a place and a method")
        if self.valid_range is not None and not self.valid_range[0] < self.valid_range[1]:
            raise ParameterError(f"The range {self.valid_range} of a source does not increase")
