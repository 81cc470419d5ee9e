"""Every kind of case that is not a simulation: a module with a ``KIND``, and a line here."""

from __future__ import annotations

from multiscale.suite import cross_code, exact, half_cell, timings

KINDS = {kind.name: kind for kind in (exact.KIND, cross_code.KIND, half_cell.KIND, timings.KIND)}
