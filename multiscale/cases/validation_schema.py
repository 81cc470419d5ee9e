"""A case of any kind, with what judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from multiscale.cases.schema import Criterion, Fitted, Uncertain


@dataclass(frozen=True)
class SuiteCase:
    """A case of any kind, with what judges it.

    Attributes
    ----------
    name, title, description, tuned : str
    kind : str
        One of ``multiscale.cases.kinds.KINDS``.
    source : str
        What loads it again, in another process: its name or the path of its file.
    variants : mapping of str to Any
        What the kind needs to solve each variant.
    criteria, paper, fast, fitted, uncertain, probed
        As in ``multiscale.cases.Case``.
    """

    name: str
    title: str
    description: str
    kind: str
    source: str
    variants: Mapping[str, Any]
    criteria: tuple[Criterion, ...] = ()
    paper: str = ""
    fast: tuple[str, ...] = ()
    fitted: tuple[Fitted, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()
    probed: tuple[str, ...] = ()
    tuned: str = ""

    def fitted_to(self, id: str) -> Fitted | None:
        """The parameter that was fitted to an observation, if one was."""
        return next((one for one in self.fitted if id in one.ids), None)
