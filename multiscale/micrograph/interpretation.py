"""What the numbers of an image mean: labels, phases or grey values made into particles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from multiscale.electrode.image_codes import checked_labels, label_numbers
from multiscale.micrograph.particles import find_particles, without_excluded, without_fragments
from multiscale.micrograph.phases import Mask, gray_phases, named_phases
from multiscale.micrograph.reading import Image
from multiscale.micrograph.recipe import Recipe
from multiscale.micrograph.splitting import Labels


def interpreted(
    image: Image,
    kind: str,
    values: Mapping[str, Sequence[int]] | None,
    recipe: Recipe,
    collector: str,
) -> tuple[Labels, Mask | None, dict[str, Any]]:
    """Labels, binder and notes of an image of a known kind.

    Examples
    --------
    >>> image = np.kron([[0, 1, 0, 1]], np.ones((10, 10), int))
    >>> labels, _, notes = interpreted(image, "phases", None, Recipe(), "bottom")
    >>> int(labels.max()), notes["fractions"]
    (2, {'active': 0.5, 'pore': 0.5})
    """
    if kind == "labels":
        return _labels(image, recipe, collector)
    notes: dict[str, Any] = {"kind": kind}
    if kind == "phases":
        phases = named_phases(image, values or {"active": [int(image.max())]})
    else:
        phases = gray_phases(image, recipe)
        notes["thresholds"] = list(phases.thresholds)
    found = find_particles(phases.active, recipe, collector, fill=kind == "gray")
    notes |= {"fractions": dict(phases.fractions), "excluded": found.excluded}
    return found.labels, phases.binder, notes


def _labels(image: Image, recipe: Recipe, collector: str) -> tuple[Labels, None, dict[str, Any]]:
    """Labels as they are, but for stray pieces and debris."""
    if image.dtype.kind == "f" and (image == np.round(image)).all():
        image = image.astype(np.int64)
    numbers = label_numbers(image)
    whole, fragments = without_fragments(numbers, recipe.least(image.ndim)[0])
    found = without_excluded(checked_labels(whole), recipe, collector, renumber=False)
    excluded = {**found.excluded, **({"fragments": fragments} if fragments["count"] else {})}
    share = float(np.count_nonzero(numbers) / numbers.size)
    fractions = {"active": share, "pore": 1 - share}
    return found.labels, None, {"kind": "labels", "fractions": fractions, "excluded": excluded}
