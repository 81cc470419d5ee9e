"""What the electrode of a case is made of: geometry and particles, described, not built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FIDELITIES = {"lumped": (), "radial": ("n", "order"), "resolved": ("size", "order")}


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
