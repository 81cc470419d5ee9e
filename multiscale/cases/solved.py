"""Parts of a validation that were solved, on disk, so that a stopped one goes on from there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from multiscale.analysis.censoring import ends_of, number_of
from multiscale.cases.kind import Outcome, Part, Problem
from multiscale.folders import fingerprint, write_whole


def keep(folder: Path, part: Part, outcome: Outcome) -> Path:
    """Keep what a part left, one file each, whole or not at all.

    Examples
    --------
    >>> part = Part("a.toml", "a", ("default",))
    >>> _ = keep(Path(), part, Outcome({(0, "default"): 0.5}))
    >>> [(part.case, outcome.values) for part, outcome in kept(Path(), [part])]
    [('a', {(0, 'default'): 0.5})]
    """
    described = {
        "values": [[*key, *map(float, ends_of(value))] for key, value in outcome.values.items()],
        "problems": [
            [*key, problem.reason, problem.words] for key, problem in outcome.problems.items()
        ],
        "seconds": outcome.seconds,
        "parameters": outcome.parameters,
    }
    return write_whole(_path(folder, part), json.dumps(described).encode())


def kept(folder: Path, parts: Sequence[Part]) -> Iterator[tuple[Part, Outcome]]:
    """Those of the parts that were kept, with what they left; a damaged file counts as none."""
    for part in parts:
        try:
            described = json.loads(_path(folder, part).read_text(encoding="utf-8"))
            yield part, _outcome(described)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue


def count(folder: Path) -> int:
    """Number of parts that are kept in a folder."""
    return len(list(folder.glob("part-*.json")))


def _path(folder: Path, part: Part) -> Path:
    return folder / f"part-{fingerprint(part.source, str(part), str(part.data))}.json"


def _outcome(described: dict[str, Any]) -> Outcome:
    return Outcome(
        {(int(n), str(name)): number_of(*ends) for n, name, *ends in described["values"]},
        {
            (int(n), str(name)): Problem(reason, words)
            for n, name, reason, words in described["problems"]
        },
        dict(described["seconds"]),
        dict(described["parameters"]),
    )
