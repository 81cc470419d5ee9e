"""Solve the runs of a case half-cycle by half-cycle, so that what is finished is never lost.

A failure never stops the other runs. The whole experiment of a single particle counts as one
half-cycle here.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from typing import Any

import numpy as np
import pybamm
from tqdm import tqdm

from multiscale.cases.checkpoints import Checkpoints, continued, key_of, models_of
from multiscale.cases.preparation import prepare
from multiscale.cases.runs import (
    ALL_SKIPPED,
    ALREADY_PASSED,
    NOT_CONSERVED,
    SOLVER,
    Attempt,
    CaseRun,
    HalfCycle,
    Prepared,
    Step,
    VariantRun,
    c_rate,
    problem_of,
)
from multiscale.cases.schema import Case
from multiscale.errors import ConservationError, MultiscaleError
from multiscale.parameters import names
from multiscale.results import Results

RAMP = (1e-8, 1e-6, 1e-4, 1e-2, 0.1, 0.3, 1.0)  # of the current, one second each
INTERRUPTED = "interrupted by the user"
RESET_S = 1.0  # an electrode is put back into its pristine state within this time [s]
NOWHERE = Checkpoints()
_ERRORS = (
    *(pybamm.SolverError, pybamm.ModelError, pybamm.DiscretisationError),
    *(ValueError, ArithmeticError),
)

Tick = Callable[[str], None]


def run_case(case: Case, progress: bool | None = None, kept: Checkpoints = NOWHERE) -> CaseRun:
    """Prepare all runs of a case, then solve them.

    Parameters
    ----------
    case : Case
    progress : bool, optional
        Show a bar on standard error; by default only on a terminal.
    kept : Checkpoints
        Solved half-cycles, or variants of a single particle, are kept there; those that are
        there already are not solved again.

    Returns
    -------
    CaseRun
        With everything that was solved, also if a run failed or the user interrupted.

    Raises
    ------
    MultiscaleError
        If a run cannot be prepared; nothing has been solved then.

    Examples
    --------
    >>> from multiscale.cases import MeshSpec, load_case
    >>> mesh = MeshSpec(recipe="radial", arguments=(("n", 21), ("radius", 1e-6),
    ...                                             ("shape", "cylinder")))
    >>> done = run_case(load_case("xu2022_charge").only(["default"]).with_mesh(mesh))
    >>> done.failures
    {}
    """
    prepared = prepare(case)
    shown = sys.stderr.isatty() if progress is None else progress
    runs: dict[str, VariantRun] = {}
    missing: dict[str, str] = {}
    total = sum(len(ready.plan) for ready in prepared.values())
    unit = next((ready.unit for ready in prepared.values()), "run")
    with kept, tqdm(total=total, disable=not shown, unit=unit, file=sys.stderr) as bar:
        for name, ready in prepared.items():
            bar.set_description(f"{case.name}: {name}")
            before = bar.n
            try:
                runs[name] = solve(ready, _on(bar, f"{case.name}: {name}"), kept)
            except KeyboardInterrupt:
                missing[name] = f"{INTERRUPTED} while it was being solved"
            except OSError:  # of the disk that half-cycles are kept on
                raise
            except Exception as error:  # the other variants are not lost for it
                problem, fault = problem_of(error, f"solving {name!r}")
                runs[name] = ready.run(problem=problem, fault=fault)
            if name in missing or runs[name].interrupted:
                left = [other for other in prepared if other not in {**runs, **missing}]
                reasons = dict.fromkeys(left, f"not started: {INTERRUPTED}")
                return CaseRun(case, runs, reasons | missing, interrupted=True)
            bar.update(len(ready.plan) - (bar.n - before))
    return CaseRun(case, runs)


def _on(bar: tqdm, title: str) -> Tick:
    """Shows the half-cycle that begins, and counts the one before it."""
    begun: list[str] = []

    def tick(part: str) -> None:
        bar.update(bool(begun))
        begun.append(part)
        bar.set_description(f"{title}, {part}")

    return tick


# --- one run ---------------------------------------------------------------------------------


def solve(prepared: Prepared, tick: Tick | None = None, kept: Checkpoints = NOWHERE) -> VariantRun:
    """Solve one run; never raises for a run that fails or is interrupted.

    One that fails for numerical reasons is solved once more, with other tolerances.

    Parameters
    ----------
    prepared : Prepared
    tick : callable, optional
        Called with the name of each half-cycle before it is solved.
    kept : Checkpoints
        Solved half-cycles are kept there, and those that are there already are not solved again.
    """
    first = _solved(prepared, tick, kept)
    solver = prepared.other_tolerances(first.problem)
    if solver is None:
        return first
    changed = prepared.spec.model_copy(update={"solver": solver})
    again = replace(_solved(replace(prepared, spec=changed), None, kept), prepared=prepared)
    if again.interrupted:
        return again
    if again.problem and (first.results is not None or again.results is None):
        return first
    note = f"solved at rtol {solver.rtol:g}, atol {solver.atol:g} after a first failure"
    if first.problem.startswith(NOT_CONSERVED):
        why = first.problem.partition(", tolerance")[0].rpartition("relative error ")[2]
        note += f": charge was conserved to {why} only at rtol {prepared.spec.solver.rtol:g}"
    spent = first.setup_s + first.solve_s
    return replace(again, solve_s=again.solve_s + spent, notes=(*again.notes, note))


@dataclass
class _Progress:
    """What has been solved so far."""

    solution: pybamm.Solution | None = None
    steps: list[Step] = field(default_factory=list)
    complete: int = 0
    problem: str = ""
    event: bool = False
    interrupted: bool = False
    fault: bool = False
    setup_s: float = 0.0
    solve_s: float = 0.0
    notes: list[str] = field(default_factory=list)
    attempt: int = 0  # which one solved the last half-cycle


class _Simulations:
    """One simulation for each distinct list of steps; cycles use the same ones again."""

    def __init__(self, prepared: Prepared):
        self.prepared = prepared
        self.model = prepared.model()
        self._built: dict[tuple[tuple[str, ...], int], pybamm.Simulation] = {}

    def of(self, part: HalfCycle, number: int) -> pybamm.Simulation:
        """That of a half-cycle, at an attempt by number."""
        key = part.steps, number
        if key not in self._built:
            attempt = self.prepared.attempts[number]
            rtol, atol = attempt.solver.rtol, attempt.solver.atol
            simulation = pybamm.Simulation(
                self.model,
                parameter_values=self.prepared.values,
                # one cycle, so that a step that is skipped keeps its place among the others
                experiment=pybamm.Experiment([(*_ramp(part, attempt), *part.steps)]),
                solver=self.model.solver(rtol, atol, silence_sundials_errors=True),
            )
            simulation.build_for_experiment()
            self._built[key] = simulation
        return self._built[key]


def _ramp(part: HalfCycle, attempt: Attempt) -> list[pybamm.step.BaseStep]:
    """Steps that raise the current from next to nothing: where the reaction hardly starts,
    the first potentials are too far from equilibrium to be found at once."""
    rate = c_rate(part.steps[0])
    if not attempt.gently or rate is None:
        return []
    sign = -1 if part.kind == "charge" else 1
    return [pybamm.step.c_rate(sign * rate * share, duration=1) for share in RAMP]


def _solved(prepared: Prepared, tick: Tick | None, kept: Checkpoints) -> VariantRun:
    done = _Progress()
    plan = prepared.plan
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            start = time.perf_counter()
            simulations = _Simulations(prepared)
            done.setup_s += time.perf_counter() - start
            for part in plan:
                if tick is not None:
                    tick(part.name)
                if _taken_up(done, part, simulations, kept):
                    continue
                _solve_part(done, part, simulations)
                if done.problem:
                    break
                _keep(done, part, simulations, kept)
            if done.solution is None and not done.problem:  # nothing was carried out at all
                done.problem = prepared.failure(pybamm.SolverError(ALREADY_PASSED), plan[0])
                done.complete = 0
        except KeyboardInterrupt:
            where = plan[done.complete].name if done.complete < len(plan) else "the end"
            done.problem, done.interrupted = f"{INTERRUPTED} during {where}", True
        except OSError:  # of the disk that half-cycles are kept on
            raise
        except Exception as error:  # what was solved before it stays
            done.problem, done.fault = problem_of(error, f"solving {prepared.spec.name!r}")
        return _collected(prepared, done)


def _solve_part(done: _Progress, part: HalfCycle, simulations: _Simulations) -> None:
    """Solve a half-cycle, if need be in another way; notes a problem that stays."""
    before = _begun_from(done, part)
    for number, attempt in enumerate(simulations.prepared.attempts):
        tried = _tried(done, part, simulations, number, before)
        if number == 0:
            first = tried
        if not tried[1].startswith(SOLVER):
            if number:
                done.notes.append(f"{part.name} needed {attempt} after a first failure")
            break
    else:
        tried = first
    solution, done.problem, done.event, cut = tried
    done.attempt = number
    if solution is None:
        if not done.problem:  # all its steps were skipped
            done.solution = before
            now = 0.0 if before is None else float(before.t[-1])
            done.steps += [Step(words, now, now, skipped=True) for words in part.steps]
            done.complete += 1
        return
    done.solution = solution
    done.steps += _steps(part, solution, len(_ramp(part, attempt)))
    if cut:
        done.steps[-1] = replace(done.steps[-1], complete=False)
    done.complete += not done.problem


def _tried(
    done: _Progress,
    part: HalfCycle,
    simulations: _Simulations,
    number: int,
    before: pybamm.Solution | None,
) -> tuple[pybamm.Solution | None, str, bool, bool]:
    """Solution up to the end of the half-cycle or to where it failed, why, if by an event, and
    if the last step was cut off. Neither solution nor problem: PyBaMM skipped all its steps."""
    listener, start = Listener(), time.perf_counter()
    prepared = simulations.prepared
    try:
        simulation = simulations.of(part, number)
        done.setup_s += time.perf_counter() - start
        start = time.perf_counter()
        solution = simulation.solve(starting_solution=before, callbacks=[listener])
        cycles = 0 if before is None else len(before.cycles)
        if _empty(solution) or len(solution.cycles) == cycles:
            return None, "", False, False
        ramp = len(_ramp(part, prepared.attempts[number]))
        if all(map(_empty, solution.cycles[-1].steps[ramp:])):
            raise pybamm.SolverError(ALREADY_PASSED)
    except _ERRORS as error:
        if ALL_SKIPPED in str(error):
            return None, "", False, False
        return None, prepared.failure(error, part), False, False
    finally:
        done.solve_s += time.perf_counter() - start
    return solution, listener.problem, listener.event, listener.cut


def _empty(step: Any) -> bool:
    """True if a step's end was met when it began, so that PyBaMM left it out."""
    return isinstance(step, pybamm.EmptySolution)


def _steps(part: HalfCycle, solution: pybamm.Solution, ramp: int) -> list[Step]:
    """Steps of the last half-cycle; one whose end was met already lasts no time."""
    carried = solution.cycles[-1].steps
    begins = [float(step.t[0]) for step in carried[ramp:]]
    begins[:1] = [float(carried[0].t[0])]
    return [
        Step(words, begin, max(begin, float(step.t[-1])), skipped=_empty(step))
        for words, begin, step in zip(part.steps, begins, carried[ramp:], strict=False)
    ]


def _begun_from(done: _Progress, part: HalfCycle) -> pybamm.Solution | None:
    """What a half-cycle follows: all before it, after a reset with the state in which it began."""
    solution = done.solution
    if not part.reset or solution is None:
        return solution
    state = solution.all_ys[0][:, :1]
    end = float(solution.t[-1])
    reset = pybamm.Solution(
        [np.array([end + RESET_S / 2, end + RESET_S])],
        [np.hstack([state, state])],
        solution.all_models[:1],
        solution.all_inputs[:1],
        termination="final time",
        all_yps=[np.zeros((state.shape[0], 2))],
    )
    both = pybamm.Solution.from_sub_solutions([solution, reset])
    both.cycles = [*solution.cycles]
    both.update_summary_variables(solution.all_summary_variables)
    both.all_first_states = solution.all_first_states
    both.initial_start_time = solution.initial_start_time
    return both


# --- half-cycles that are kept on disk -------------------------------------------------------


def _keep(done: _Progress, part: HalfCycle, simulations: _Simulations, kept: Checkpoints) -> None:
    """Keep the half-cycle that was solved last; one that was skipped leaves nothing to keep."""
    skipped = all(step.skipped for step in done.steps[-len(part.steps) :])
    if kept.folder is None or done.solution is None or skipped:
        return
    notes = {
        "attempt": done.attempt,
        "steps": [astuple(step) for step in done.steps[-len(part.steps) :]],
        "setup_s": done.setup_s,
        "solve_s": done.solve_s,
        "notes": done.notes,
    }
    key = key_of(simulations.prepared.spec, done.complete - 1)
    kept.save(key, done.solution.cycles[-1:], notes)


def _taken_up(
    done: _Progress, part: HalfCycle, simulations: _Simulations, kept: Checkpoints
) -> bool:
    """Go on from a half-cycle that was kept, if it was; what follows starts as it would have."""
    if kept.folder is None:
        return False
    key = key_of(simulations.prepared.spec, done.complete)
    notes = kept.notes(key)
    if notes is None:
        return False
    cycles = kept.load(key, models_of(simulations.of(part, notes["attempt"])))
    if cycles is None:
        return False
    done.solution = continued(_begun_from(done, part), cycles)
    done.steps += [Step(*step) for step in notes["steps"]]
    done.complete += 1
    done.setup_s, done.solve_s = notes["setup_s"], notes["solve_s"]
    done.notes = list(notes["notes"])
    return True


def _collected(prepared: Prepared, done: _Progress) -> VariantRun:
    """The run with its results, if lithium and charge are conserved."""
    run = prepared.run(
        problem=done.problem,
        steps=tuple(done.steps),
        setup_s=done.setup_s,
        solve_s=done.solve_s,
        complete=done.complete,
        interrupted=done.interrupted,
        fault=done.fault,
        notes=tuple(done.notes),
    )
    if done.solution is None:
        return run
    try:
        results = Results(done.solution)
    except ConservationError as error:
        return replace(run, problem=f"{NOT_CONSERVED}: {error}")
    except MultiscaleError as error:
        return replace(run, problem=run.problem or str(error))
    return replace(
        run,
        results=results,
        problem=f"{run.problem}: {results.stopped_because}" if done.event else run.problem,
        unknowns=int(done.solution.all_ys[0].shape[0]),
        notes=(*run.notes, *skip_notes(run.steps, results), *notes_of(results, prepared)),
    )


# --- what PyBaMM says while solving, in our words --------------------------------------------


@contextmanager
def quiet() -> Iterator[None]:
    """Silence PyBaMM's log; what it would say reaches the user through :class:`Listener`."""
    level = pybamm.logger.level
    pybamm.logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        pybamm.logger.setLevel(level)


class Listener(pybamm.callbacks.Callback):
    """Remembers why an experiment was not carried out to its end.

    ``problem`` says it in words and is empty if all went well; ``event`` is True if an event
    ended it, which ``Results.stopped_because`` explains; ``cut`` is True if the last step that
    was solved did not come to its end.
    """

    def __init__(self) -> None:
        self.problem = ""
        self.event = False
        self.cut = False

    def on_experiment_error(self, logs: Mapping[str, Any]) -> None:
        """The solver gave up in a step."""
        self.problem = f"the solver gave up during '{_step(logs)}'"

    def on_experiment_infeasible_event(self, logs: Mapping[str, Any]) -> None:
        """An event that is not part of the experiment ended a step."""
        self.event = self.cut = True
        self.problem = f"stopped during '{_step(logs)}'"

    def on_experiment_infeasible_time(self, logs: Mapping[str, Any]) -> None:
        """A step without a duration did not reach its end condition."""
        self.cut = True
        hours = float(logs["step duration"]) / 3600
        self.problem = (
            f"stopped during '{_step(logs)}': its end was not reached within {hours:g} h; "
            "give the step a duration"
        )


def _step(logs: Mapping[str, Any]) -> str:
    return str(logs.get("step operating conditions", "a step"))


def skip_notes(steps: Sequence[Step], results: Results) -> tuple[str, ...]:
    """Remarks on the steps that PyBaMM left out."""
    notes = []
    for step in steps:
        if step.skipped:
            where = f"{step.start:g} s"
            if step.start > results.times[0]:
                where += f", {float(results.series('Voltage [V]', step.start)[0]):.4g} V"
            notes.append(
                f"'{step.words}' was skipped: its end was already met when it would have begun, "
                f"at {where}"
            )
    return tuple(notes)


def notes_of(results: Results, prepared: Prepared) -> tuple[str, ...]:
    """Laws that were used outside the range of their data."""
    sto = results.field("Particle stoichiometry", results.even_times(40))
    low, high = float(np.min(sto)), float(np.max(sto))
    notes = []
    for name in (names.OCP, names.DIFFUSIVITY):
        source = prepared.source(name)
        if source is None or source.valid_range is None:
            continue
        first, last = source.valid_range
        if low < first - 1e-3 or high > last + 1e-3:
            used = f"from {low:.3f} to {high:.3f}"
            if prepared.several:  # alike for all variants, so that it is said once
                used = "outside the range of its data"
            notes.append(
                f"{name} was used {used}; its data cover {first:g} to {last:g}, beyond is "
                "extrapolation"
            )
    return tuple(notes)
