"""Solve an electrode half-cycle by half-cycle, so that what is finished is never lost."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import astuple, dataclass, field, replace
from typing import Any

import numpy as np
import pybamm

from multiscale.cases.checkpoints import Checkpoints, continued, key_of, models_of
from multiscale.cases.electrode_messages import electrode_failure
from multiscale.cases.electrode_run import NOT_CONSERVED, ElectrodeRun
from multiscale.cases.half_cycle_plan import HalfCycle, c_rate, half_cycle_plan
from multiscale.cases.messages import ALREADY_PASSED, Listener, notes_of, quiet, skip_notes
from multiscale.cases.preparation import Prepared
from multiscale.cases.runs import Step, problem_of
from multiscale.cases.schema import SolverSpec

TIGHTER = 0.1  # factor on the tolerances of a half-cycle that failed
RAMP = (1e-8, 1e-6, 1e-4, 1e-2, 0.1, 0.3, 1.0)  # of the current, one second each
SOLVER = "the solver"  # how problems begin that another attempt may solve
INTERRUPTED = "interrupted by the user"
_RESET_S = 1.0  # an electrode is put back into its pristine state within this time [s]
_ERRORS = (
    *(pybamm.SolverError, pybamm.ModelError, pybamm.DiscretisationError),
    *(ValueError, ArithmeticError),
)

Tick = Callable[[str], None]
NOWHERE = Checkpoints()


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


@dataclass(frozen=True)
class _Attempt:
    """How a half-cycle is solved: tolerances, and whether its current is raised in steps."""

    solver: SolverSpec
    gently: bool = False

    def __str__(self) -> str:
        words = f"rtol {self.solver.rtol:g}"
        return f"{words} and a current raised in steps of 1 s" if self.gently else words


def _attempts(solver: SolverSpec) -> list[_Attempt]:
    """What is tried, one after the other."""
    return [
        _Attempt(solver),
        _Attempt(solver, gently=True),
        _Attempt(_tighter(solver), gently=True),
    ]


def _ramp(part: HalfCycle, attempt: _Attempt) -> list[pybamm.step.BaseStep]:
    """Steps that raise the current from next to nothing: where the reaction hardly starts,
    the first potentials are too far from equilibrium to be found at once."""
    rate = c_rate(part.steps[0])
    if not attempt.gently or rate is None:
        return []
    sign = -1 if part.kind == "charge" else 1
    return [pybamm.step.c_rate(sign * rate * share, duration=1) for share in RAMP]


class _Simulations:
    """One simulation for each distinct list of steps; cycles use the same ones again."""

    def __init__(self, prepared: Prepared):
        self.prepared = prepared
        self.model = prepared.model()
        self._built: dict[tuple[tuple[str, ...], _Attempt], pybamm.Simulation] = {}

    def of(self, part: HalfCycle, attempt: _Attempt) -> pybamm.Simulation:
        key = part.steps, attempt
        if key not in self._built:
            solver = attempt.solver
            simulation = pybamm.Simulation(
                self.model,
                parameter_values=self.prepared.values,
                experiment=pybamm.Experiment([(*_ramp(part, attempt), *part.steps)]),
                solver=self.model.solver(solver.rtol, solver.atol, silence_sundials_errors=True),
            )
            simulation.build_for_experiment()
            self._built[key] = simulation
        return self._built[key]


def solve_electrode(
    prepared: Prepared, tick: Tick | None = None, kept: Checkpoints = NOWHERE
) -> ElectrodeRun:
    """Solve one run of an electrode; never raises for a run that fails or is interrupted.

    A run that does not conserve charge is solved again with tighter tolerances.

    Parameters
    ----------
    prepared : Prepared
    tick : callable, optional
        Called with the name of each half-cycle before it is solved.
    kept : Checkpoints
        Solved half-cycles are kept there, and those that are there already are not solved again.
    """
    first = _solved(prepared, tick, kept)
    if not first.problem.startswith(NOT_CONSERVED):
        return first
    tight = _tighter(prepared.spec.solver)
    again = _solved(replace(prepared, spec=replace(prepared.spec, solver=tight)), None, kept)
    if again.results is None:
        return replace(again, prepared=prepared)
    why = first.problem.partition(", tolerance")[0].rpartition("relative error ")[2]
    note = (
        f"solved at rtol {tight.rtol:g}, because charge was conserved to {why} only at "
        f"rtol {prepared.spec.solver.rtol:g}"
    )
    spent = first.setup_s + first.solve_s
    return replace(
        again, prepared=prepared, solve_s=again.solve_s + spent, notes=(*again.notes, note)
    )


def _tighter(solver: SolverSpec) -> SolverSpec:
    return SolverSpec(solver.rtol * TIGHTER, solver.atol * TIGHTER)


def _solved(prepared: Prepared, tick: Tick | None, kept: Checkpoints) -> ElectrodeRun:
    done = _Progress()
    plan = half_cycle_plan(prepared.spec)
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
    before = done.solution
    if part.reset and before is not None:
        before = _put_back(before)
    tried = _attempts(simulations.prepared.spec.solver)
    for number, attempt in enumerate(tried):
        solution, problem, event, cut = _tried(done, part, simulations, attempt, before)
        if number == 0:
            first = solution, problem, event, cut
        if not problem.startswith(SOLVER):
            if number:
                done.notes.append(f"{part.name} needed {attempt} after a first failure")
            break
    else:
        solution, problem, event, cut = first
    done.problem, done.event, done.attempt = problem, event, number
    if solution is None:
        return
    done.solution = solution
    done.steps += _steps(part, solution, len(_ramp(part, attempt)))
    if cut:
        done.steps[-1] = replace(done.steps[-1], complete=False)
    done.complete += not problem


def _keep(done: _Progress, part: HalfCycle, simulations: _Simulations, kept: Checkpoints) -> None:
    """Keep the half-cycle that was solved last."""
    if kept.folder is None or done.solution is None:
        return
    notes = {
        "attempt": done.attempt,
        "steps": [astuple(step) for step in done.steps[-len(part.steps) :]],
        "setup_s": done.setup_s,
        "solve_s": done.solve_s,
        "notes": done.notes,
    }
    kept.save(
        key_of(simulations.prepared.spec, done.complete - 1), done.solution.cycles[-1:], notes
    )


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
    attempt = _attempts(simulations.prepared.spec.solver)[notes["attempt"]]
    found = kept.load(key, models_of(simulations.of(part, attempt)))
    if found is None:
        return False
    before = done.solution
    if part.reset and before is not None:
        before = _put_back(before)
    done.solution = continued(before, found.cycles)
    done.steps += [Step(*step) for step in notes["steps"]]
    done.complete += 1
    done.setup_s, done.solve_s = notes["setup_s"], notes["solve_s"]
    done.notes = list(notes["notes"])
    return True


def _steps(part: HalfCycle, solution: pybamm.Solution, ramp: int) -> list[Step]:
    """Steps of the last half-cycle; one whose end was met already lasts no time."""
    carried = solution.cycles[-1].steps
    begins = [float(step.t[0]) for step in carried[ramp:]]
    begins[:1] = [float(carried[0].t[0])]
    return [
        Step(words, begin, max(begin, float(step.t[-1])), skipped=_empty(step))
        for words, begin, step in zip(part.steps, begins, carried[ramp:], strict=False)
    ]


def _tried(
    done: _Progress,
    part: HalfCycle,
    simulations: _Simulations,
    attempt: _Attempt,
    before: pybamm.Solution | None,
) -> tuple[pybamm.Solution | None, str, bool, bool]:
    """Solution up to the end of the half-cycle or to where it failed, why, if by an event, and
    if the last step was cut off."""
    listener, start = Listener(), time.perf_counter()
    try:
        simulation = simulations.of(part, attempt)
        done.setup_s += time.perf_counter() - start
        start = time.perf_counter()
        solution = simulation.solve(starting_solution=before, callbacks=[listener])
        if _all_skipped(solution, before, len(_ramp(part, attempt))):
            raise pybamm.SolverError(ALREADY_PASSED)
    except _ERRORS as error:
        return None, electrode_failure(error, part, simulations.prepared), False, False
    finally:
        done.solve_s += time.perf_counter() - start
    return solution, listener.problem, listener.event, listener.cut


def _empty(step: Any) -> bool:
    """True if a step's end was met when it began, so that PyBaMM left it out."""
    return isinstance(step, pybamm.EmptySolution)


def _all_skipped(solution: Any, before: pybamm.Solution | None, ramp: int) -> bool:
    """True if nothing of the half-cycle was carried out; PyBaMM then adds no cycle at all."""
    kept = 0 if before is None else len(before.cycles)
    return (
        _empty(solution)
        or len(solution.cycles) == kept
        or all(map(_empty, solution.cycles[-1].steps[ramp:]))
    )


def _put_back(solution: pybamm.Solution) -> pybamm.Solution:
    """The solution, and after it the state in which it began."""
    state = solution.all_ys[0][:, :1]
    end = float(solution.t[-1])
    reset = pybamm.Solution(
        [np.array([end + _RESET_S / 2, end + _RESET_S])],
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


def _collected(prepared: Prepared, done: _Progress) -> ElectrodeRun:
    run = ElectrodeRun(
        prepared,
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
    run = run.with_results(done.solution, event=done.event)
    if run.results is None:
        return run
    notes = (*skip_notes(run.steps, run.results), *notes_of(run.results, prepared))
    return replace(run, notes=(*run.notes, *notes))
