"""Tables and the work-precision picture."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

from benchmarks.sweep import LEVELS, OURS, Point, winners


def summary(series: str, names: dict[str, str], points: dict[str, list[Point]]) -> str:
    """Markdown: the best run of every code at every error, and the ratios to ours."""
    best = {
        code: {by: dict(winners(found, by)) for by in ("solve", "total")}
        for code, found in points.items()
    }
    lines = [f"### {series}", "", *_header("code", "solve [s]", "set-up + solve [s]")]
    for code in best:
        cells = []
        for by in ("solve", "total"):
            ours = best[OURS][by]
            for level in LEVELS:
                cells.append(_cell(best[code][by].get(level), ours.get(level), by, code))
        lines.append(f"| {names[code]} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "In brackets: times ours. Fastest code other than ours, as a multiple of ours:",
        "",
    ]
    lines.append("; ".join(_fastest(best, names, by) for by in ("solve", "total")) + ".")
    lines += ["", *_settings(best, names)]
    return "\n".join(lines)


def _header(first: str, *groups: str) -> list[str]:
    columns = [
        f"{group} at {level:.0e}".replace("e-0", "e-") for group in groups for level in LEVELS
    ]
    return [f"| {first} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]


def _cell(point: Point | None, ours: Point | None, by: str, code: str) -> str:
    if point is None:
        return "not reached"
    value = getattr(point, by)
    if code == OURS or ours is None:
        return f"{value:.3f}"
    return f"{value:.3f} ({value / getattr(ours, by):.1f})"


def _fastest(best: dict, names: dict[str, str], by: str) -> str:
    parts = []
    for level in LEVELS:
        others = {
            code: getattr(found[by][level], by)
            for code, found in best.items()
            if code != OURS and level in found[by]
        }
        if others and level in best[OURS][by]:
            code = min(others, key=lambda c: others[c])
            ratio = others[code] / getattr(best[OURS][by][level], by)
            parts.append(f"{ratio:.1f} at {level:.0e} ({names[code]})".replace("e-0", "e-"))
    return {"solve": "solve ", "total": "set-up + solve "}[by] + ", ".join(parts)


def _settings(best: dict, names: dict[str, str]) -> list[str]:
    lines = [
        "| code | error at most | best run | error | unknowns | steps | set-up [s] | solve [s] |"
    ]
    lines.append("|---" * 8 + "|")
    for code, found in best.items():
        for level, p in found["solve"].items():
            cells = [names[code], f"{level:.0e}", f"P{p.order}, {p.mesh}, {p.setting}"]
            cells += [f"{p.error:.1e}", p.unknowns, p.steps, f"{p.setup:.3f}", f"{p.solve:.3f}"]
            lines.append("| " + " | ".join(map(str, cells)).replace("e-0", "e-") + " |")
    return lines


def table(title: str, rows: list[dict[str, Any]]) -> str:
    """Markdown of the other measurements."""
    lines = [
        f"### {title}",
        "",
        "| case | unknowns | steps | CPU [s] | in the solver [s] | rest [s] |",
    ]
    lines.append("|---" * 6 + "|")
    for row in rows:
        rest = row["wall"] - row["solver"]
        lines.append(
            f"| {row['case']} | {row['unknowns']} | {row['steps']} | {row['total']:.2f} | "
            f"{row['solver']:.2f} | {rest:.2f} |"
        )
    return "\n".join(lines)


def picture(path: Path, title: str, names: dict[str, str], points: dict[str, list[Point]]) -> None:
    """Error against solve and against set-up plus solve, with the best of every code."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
    for axis, by in zip(axes, ("solve", "total"), strict=True):
        for code, found in points.items():
            front = _front(found, by)
            line = axis.loglog(
                [getattr(p, by) for p in front],
                [p.error for p in front],
                "o-",
                markersize=3,
                linewidth=2.5 if code == OURS else 1.2,
                label=names[code],
            )
            axis.loglog(
                [getattr(p, by) for p in found],
                [p.error for p in found],
                ".",
                color=line[0].get_color(),
                alpha=0.1,
                markersize=2,
            )
        for level in LEVELS:
            axis.axhline(level, color="0.8", linewidth=0.8, zorder=0)
        axis.set_xlabel({"solve": "solve", "total": "set-up and solve"}[by] + " [CPU s]")
    axes[0].set_ylabel("largest error of the stoichiometry")
    figure.legend(
        *axes[1].get_legend_handles_labels(), fontsize=7, loc="outside lower center", ncols=3
    )
    figure.suptitle(title)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _front(points: list[Point], by: str) -> list[Point]:
    """Runs that no other run beats in both time and error."""
    front: list[Point] = []
    for point in sorted(points, key=lambda p: getattr(p, by)):
        if not front or point.error < front[-1].error:
            front.append(point)
    return front


def write(folder: Path, name: str, points: dict[str, list[Point]]) -> None:
    """All runs as CSV."""
    rows = [{**asdict(p), "total": p.total} for found in points.values() for p in found]
    with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_json(path: Path, content: Any) -> None:
    """Anything as JSON."""
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
