"""Solve the runs of a case, one after the other; a failure never stops the others."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pybamm
from tqdm import tqdm

from multiscale.cases.checkpoints import Checkpoints, continued, key_of, models_of
from multiscale.cases.electrode_run import ElectrodeRun
from multiscale.cases.electrode_runner import INTERRUPTED, NOWHERE, solve_electrode
from multiscale.cases.half_cycle_plan import half_cycle_plan
from multiscale.cases.messages import (
    ALREADY_PASSED,
    Listener,
    failure,
    notes_of,
    quiet,
    skip_notes,
)
from multiscale.cases.preparation import Prepared, prepare
from multiscale.cases.runs import CaseRun, Step, VariantRun, problem_of
from multiscale.cases.schema import Case, SolverSpec
from multiscale.errors import ConservationError, MultiscaleError
from multiscale.results import Results

# Below it the integrator fails for lack of digits, and is tried again with looser tolerances.
TIGHT = 1e-7


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
    parts = sum(_parts(ready) for ready in prepared.values())
    unit = "half-cycle" if case.is_electrode else "run"
    with kept, tqdm(total=parts, disable=not shown, unit=unit, file=sys.stderr) as bar:
        for name, ready in prepared.items():
            bar.set_description(f"{case.name}: {name}")
            before = bar.n
            try:
                runs[name] = _solved(ready, bar, f"{case.name}: {name}", kept)
            except KeyboardInterrupt:
                stopped = "interrupted by the user while it was being solved"
                return _interrupted(case, runs, prepared, {name: stopped})
            except OSError:  # of the disk that parts are kept on
                raise
            except Exception as error:  # the other variants are not lost for it
                problem, fault = problem_of(error, f"solving {name!r}")
                kind = VariantRun if ready.geometry is None else ElectrodeRun
                runs[name] = kind(ready, problem=problem, fault=fault)
            if _stopped(runs[name]):
                return _interrupted(case, runs, prepared, {})
            bar.update(_parts(ready) - (bar.n - before))
    return CaseRun(case, runs)


def _stopped(run: VariantRun) -> bool:
    return isinstance(run, ElectrodeRun) and run.interrupted


def _parts(prepared: Prepared) -> int:
    """Units of progress that a run counts for."""
    return len(half_cycle_plan(prepared.spec)) if prepared.geometry is not None else 1


def _solved(prepared: Prepared, bar: tqdm, name: str, kept: Checkpoints) -> VariantRun:
    if prepared.geometry is None:
        return solve_run(prepared, kept)
    started: list[str] = []

    def tick(part: str) -> None:
        if started:
            bar.update()
        started.append(part)
        bar.set_description(f"{name}, {part}")

    return solve_electrode(prepared, tick, kept)


def _interrupted(
    case: Case,
    runs: dict[str, VariantRun],
    prepared: dict[str, Prepared],
    missing: dict[str, str],
) -> CaseRun:
    left = [name for name in prepared if name not in runs]
    reasons = dict.fromkeys(left, f"not started: {INTERRUPTED}") | missing
    return CaseRun(case, runs, reasons, interrupted=True)


def solve_run(prepared: Prepared, kept: Checkpoints = NOWHERE) -> VariantRun:
    """Solve one run; never raises for a run that fails."""
    first = _attempt(prepared, prepared.spec.solver, kept)
    if first.results is not None and not first.problem:
        return first
    if first.problem and not _numerical(first.problem):
        return first
    other = _other_tolerances(prepared.spec.solver, first.problem)
    second = _attempt(prepared, other, kept)
    if second.problem:
        return first
    note = f"solved at rtol {other.rtol:g}, atol {other.atol:g} after a first failure"
    return replace(second, notes=(*second.notes, note))


def _other_tolerances(solver: SolverSpec, problem: str) -> SolverSpec:
    looser = problem.startswith("the solver") and solver.rtol <= TIGHT
    factor = 10 if looser else 0.1
    return SolverSpec(solver.rtol * factor, solver.atol * factor)


def _numerical(problem: str) -> bool:
    return problem.startswith(("the solver", "lithium or charge"))


def _attempt(prepared: Prepared, solver: SolverSpec, kept: Checkpoints) -> VariantRun:
    listener = Listener()
    run = VariantRun(prepared)
    key = () if kept.folder is None else key_of(prepared.spec, solver.rtol, solver.atol)
    start = time.perf_counter()
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            simulation = _simulation(prepared, solver)
            run = replace(run, setup_s=time.perf_counter() - start)
            start = time.perf_counter()
            solution = _taken_up(simulation, key, kept)
            if solution is None:
                solution = simulation.solve(callbacks=[listener])
                if not listener.problem and isinstance(solution, pybamm.Solution):
                    kept.save(key, solution.cycles, {"solve_s": time.perf_counter() - start})
        except (pybamm.SolverError, pybamm.ModelError, ValueError, ArithmeticError) as error:
            return replace(run, problem=failure(error, prepared))
        run = replace(run, solve_s=time.perf_counter() - start)
        return _collected(run, solution, listener)


def _taken_up(
    simulation: pybamm.Simulation, key: Sequence[Any], kept: Checkpoints
) -> pybamm.Solution | None:
    """The solution that was kept; None if none was."""
    found = kept.load(key, models_of(simulation))
    return None if found is None else continued(None, found.cycles)


def _simulation(prepared: Prepared, solver: SolverSpec) -> pybamm.Simulation:
    model = prepared.model()
    simulation = pybamm.Simulation(
        model,
        parameter_values=prepared.values,
        # one cycle, so that a step that is skipped keeps its place among the others
        experiment=pybamm.Experiment([tuple(prepared.spec.experiment)]),
        solver=model.solver(solver.rtol, solver.atol, silence_sundials_errors=True),
    )
    simulation.build_for_experiment()
    return simulation


def _collected(run: VariantRun, solution: pybamm.Solution, listener: Listener) -> VariantRun:
    run = replace(run, problem=listener.problem)
    if isinstance(solution, pybamm.EmptySolution):
        return replace(run, problem=failure(pybamm.SolverError(ALREADY_PASSED), run.prepared))
    try:
        results = Results(solution)
    except ConservationError as error:
        return replace(run, problem=f"lithium or charge is not conserved: {error}")
    except MultiscaleError as error:
        return replace(run, problem=run.problem or str(error))
    if listener.event:
        run = replace(run, problem=f"{run.problem}: {results.stopped_because}")
    steps = _steps(solution, run.prepared, listener.cut)
    return replace(
        run,
        results=results,
        steps=steps,
        unknowns=int(solution.all_ys[0].shape[0]),
        notes=(*skip_notes(steps, results), *notes_of(results, run.prepared)),
    )


def _steps(solution: pybamm.Solution, prepared: Prepared, cut: bool) -> tuple[Step, ...]:
    """Those carried out or skipped; ``cut`` if the last did not come to its end."""
    done = [step for cycle in solution.cycles for step in cycle.steps]
    words = prepared.spec.experiment
    return tuple(
        Step(
            words[i],
            float(step.t[0]),
            float(step.t[-1]),
            skipped=isinstance(step, pybamm.EmptySolution),
            complete=not cut or i < len(done) - 1,
        )
        for i, step in enumerate(done)
    )
