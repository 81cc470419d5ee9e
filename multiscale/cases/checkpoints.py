"""Solved parts of a run on disk, so that an interrupted one goes on from there.

A part is a half-cycle of an electrode, or a variant of a single particle. What is kept are the
arrays of PyBaMM's solution (times, states, their derivatives, inputs), one file a part; models are
built again, and the solution is put together from both as PyBaMM does it. The states are kept to
the last digit, so that what follows comes out as in a run that was never interrupted.
"""

from __future__ import annotations

import glob
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pybamm

from multiscale.cases.schema import Case, RunSpec
from multiscale.folders import fingerprint, reserve, versions, write_whole

RESERVE = 4_000_000  # bytes set aside for the next part
ASIDE = ".aside"

Steps = list[pybamm.Solution | pybamm.EmptySolution]  # of a cycle


@dataclass(frozen=True)
class Checkpoints:
    """Where solved parts are kept; nowhere if there is no folder.

    Parameters
    ----------
    folder : Path, optional
        Must exist; may hold parts of several cases.

    Examples
    --------
    >>> Checkpoints().load(("variant", 0), [None]) is None
    True
    """

    folder: Path | None = None

    @property
    def count(self) -> int:
        """Number of parts that are kept."""
        return 0 if self.folder is None else len(list(self.folder.glob("part-*.npz")))

    def notes(self, key: Sequence[Any]) -> dict[str, Any] | None:
        """What the runner noted of a part; None if the part is not kept, or damaged."""
        described = self._described(key)
        return None if described is None else described["notes"]

    def save(self, key: Sequence[Any], cycles: Iterable[Any], notes: dict[str, Any]) -> None:
        """Keep a part: the cycles of a PyBaMM solution that belong to it.

        Raises
        ------
        OSError
            If the disk is full; parts kept before stay, and this one too if it fits into what
            was set aside for it.
        """
        if self.folder is None:
            return
        aside = self.folder / ASIDE
        arrays: dict[str, np.ndarray] = {}
        described = [
            [_taken(step, f"{i}_{j}", arrays) for j, step in enumerate(cycle.steps)]
            for i, cycle in enumerate(cycles)
        ]
        about = json.dumps({"cycles": described, "notes": notes})
        arrays["about"] = np.frombuffer(about.encode(), np.uint8)

        def write(file: IO[bytes]) -> None:
            np.savez(file, **arrays)  # type: ignore[arg-type]

        try:
            path = write_whole(self._path(key), write)
            reserve(aside, max(RESERVE, 2 * path.stat().st_size))
        except OSError:
            aside.unlink(missing_ok=True)
            write_whole(self._path(key), write)
            raise

    def __enter__(self) -> Checkpoints:
        """Set room aside for a part, so that a disk that fills up meanwhile loses none."""
        if self.folder is not None:
            reserve(self.folder / ASIDE, RESERVE)
        return self

    def __exit__(self, *reason: object) -> None:
        """Give the room back: what follows are results."""
        if self.folder is not None:
            (self.folder / ASIDE).unlink(missing_ok=True)

    def load(self, key: Sequence[Any], models: Sequence[pybamm.BaseModel]) -> list[Steps] | None:
        """The steps of each cycle of a part; None if it was not kept, or its file is damaged.

        Parameters
        ----------
        key : sequence
            Names the part: texts and numbers.
        models : sequence of pybamm.BaseModel
            Discretised model of every step of all cycles, one after the other.
        """
        described = self._described(key)
        if described is None:
            return None
        waiting = iter(models)
        try:
            with np.load(self._path(key), allow_pickle=False) as arrays:
                return [
                    [
                        _given(step, f"{i}_{j}", arrays, next(waiting))
                        for j, step in enumerate(cycle)
                    ]
                    for i, cycle in enumerate(described["cycles"])
                ]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def _path(self, key: Sequence[Any]) -> Path:
        assert self.folder is not None
        return self.folder / f"part-{fingerprint(*key)}.npz"

    def _described(self, key: Sequence[Any]) -> dict[str, Any] | None:
        if self.folder is None or not self._path(key).is_file():
            return None
        try:
            with np.load(self._path(key), allow_pickle=False) as arrays:
                described: dict[str, Any] = json.loads(arrays["about"].tobytes())
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return described


def content_of(case: Case) -> str:
    """Fingerprint of a case: what its file says, the options, and the files that it names."""
    files = [path for run in case.runs.values() for path in _files_of(run)]
    return fingerprint(case, files)


def _files_of(run: RunSpec) -> Iterator[Path]:
    """Files that decide a run: its mesh or electrode, its set and the tables of the set."""
    if run.mesh is not None and run.mesh.file is not None:
        path = Path(run.mesh.file).expanduser()
        yield from sorted(path.parent.glob(f"{glob.escape(path.name.split('.')[0])}.*"))
    if run.geometry is not None and run.geometry.file is not None:
        yield Path(run.geometry.file).expanduser()
    if run.parameters.endswith((".toml", ".json")):
        yield from _files_named(Path(run.parameters).expanduser())


def _files_named(path: Path) -> Iterator[Path]:
    """A file, and those beside it or below that its text names."""
    if path.is_file():
        yield path
        words = re.findall(r"""["']([^"'\n]+\.\w+)["']""", path.read_text(errors="replace"))
        yield from (path.parent / word for word in words if (path.parent / word).is_file())


def key_of(spec: RunSpec, *more: Any) -> tuple[Any, ...]:
    """What a part of a run is kept under: everything that decides it.

    Parameters
    ----------
    spec : RunSpec
    *more
        Which part it is.
    """
    return fingerprint(spec, list(_files_of(spec)), versions()), *more


def continued(
    before: pybamm.Solution | None,
    cycles: Iterable[Steps],
) -> pybamm.Solution:
    """A solution and further cycles, put together as ``pybamm.Simulation.solve`` does it."""
    made = [pybamm.make_cycle_solution(steps) for steps in cycles]
    whole = [cycle for cycle, _, _ in made]
    solution = pybamm.Solution.from_sub_solutions([*([before] if before else []), *whole])
    solution.cycles = [*(before.cycles if before else []), *whole]
    summaries = before.all_summary_variables if before else []
    solution.update_summary_variables([*summaries, *(summary for _, summary, _ in made)])
    first_states = before.all_first_states if before else []
    solution.all_first_states = [*first_states, *(state for _, _, state in made)]
    solution.initial_start_time = before.initial_start_time if before else None
    return solution


def models_of(simulation: pybamm.Simulation) -> list[pybamm.BaseModel]:
    """Discretised model of each step of a simulation that was built for its experiment."""
    get = simulation._get_built_experiment_model
    return [get(step) for step in simulation.experiment.steps]


def _taken(
    step: pybamm.Solution | pybamm.EmptySolution, name: str, arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Put the arrays of a step among the others; what else there is to it."""
    if isinstance(step, pybamm.EmptySolution):
        return {"empty": True, "termination": step.termination, "t": np.ravel(step.t).tolist()}
    parts = zip(step.all_ts, step.all_ys, step.all_t_evals, step.all_inputs, strict=True)
    for k, (t, y, t_eval, inputs) in enumerate(parts):
        arrays[f"{name}_{k}_t"] = np.asarray(t)
        arrays[f"{name}_{k}_y"] = np.asarray(y)
        arrays[f"{name}_{k}_e"] = np.asarray(t_eval)
        for i, value in enumerate(inputs.values()):
            arrays[f"{name}_{k}_i{i}"] = np.asarray(value)
        if step.all_yps is not None:
            arrays[f"{name}_{k}_p"] = np.asarray(step.all_yps[k])
    for letter, event in (("t", step.t_event), ("y", step.y_event)):
        if event is not None:
            arrays[f"{name}_event_{letter}"] = np.asarray(event)
    return {
        "segments": len(step.all_ts),
        "inputs": [list(inputs) for inputs in step.all_inputs],
        "yps": step.all_yps is not None,
        "termination": step.termination,
        "options": dict(step.user_options),
        "closest_event": step.closest_event_idx,
    }


def _given(
    described: dict[str, Any], name: str, arrays: Any, model: pybamm.BaseModel
) -> pybamm.Solution | pybamm.EmptySolution:
    if described.get("empty"):
        return pybamm.EmptySolution(described["termination"], np.array(described["t"]))
    numbers = range(described["segments"])

    def event(letter: str) -> np.ndarray | None:
        found = f"{name}_event_{letter}"
        return arrays.get(found)

    solution = pybamm.Solution(
        [arrays[f"{name}_{k}_t"] for k in numbers],
        [arrays[f"{name}_{k}_y"] for k in numbers],
        [model for _ in numbers],
        [
            {word: arrays[f"{name}_{k}_i{i}"] for i, word in enumerate(described["inputs"][k])}
            for k in numbers
        ],
        event("t"),
        event("y"),
        described["termination"],
        all_yps=[arrays[f"{name}_{k}_p"] for k in numbers] if described["yps"] else None,
        all_t_evals=[arrays[f"{name}_{k}_e"] for k in numbers],
        options=described["options"],
    )
    solution.closest_event_idx = described["closest_event"]
    return solution
