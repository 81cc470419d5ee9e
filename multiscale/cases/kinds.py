"""Every kind of case that is not a simulation: a module with a ``KIND``, and a line here."""

from __future__ import annotations

from multiscale.cases.cross_code import KIND as OTHER_CODE
from multiscale.cases.exact import KIND as EXACT_SOLUTION
from multiscale.cases.half_cell import KIND as HALF_CELL_DATA
from multiscale.cases.packages import KIND as IMAGE_TIMINGS
from multiscale.cases.timings import KIND as HAND_READ_TIMINGS

KINDS = {
    kind.name: kind
    for kind in (EXACT_SOLUTION, OTHER_CODE, HALF_CELL_DATA, HAND_READ_TIMINGS, IMAGE_TIMINGS)
}
