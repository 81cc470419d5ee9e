"""Contacts in a label image of a cross-section: sectors of the rims of its particles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from multiscale.electrode.image_codes import Codes, faces, with_firm_contacts
from multiscale.electrode.image_layout import Contact, Layout

ARC = 2.0  # pixels of rim in one sector
MOST = 0.9  # share of a rim or surface that contacts may take


class Section(Layout):
    """A cross-section."""

    def contacts(self) -> Iterator[Contact]:
        """Runs of sectors around each centroid that touch the same thing."""
        own, other, place = faces(self.codes)
        other = with_firm_contacts(own, other, self.contact_faces)
        index = np.searchsorted(self.numbers, own)
        x, y = self.coordinates(place - self.centres[index]).T
        angle = np.arctan2(y, x) % (2 * np.pi)
        order = np.argsort(index, kind="stable")
        ends = np.cumsum(np.bincount(index, minlength=len(self.numbers)))[:-1]
        for i, mine in enumerate(np.split(order, ends)):
            sectors = max(12, int(2 * np.pi * self.radii[i] / ARC))
            runs = _runs(_owners(angle[mine], other[mine], sectors))
            taken = sum(length for _, _, length in runs) / sectors
            width = 2 * np.pi / sectors
            for code, start, length in runs:
                half = length * width / 2 * min(1, MOST / taken)
                middle = (start + length / 2) * width
                yield i, code, np.array([np.cos(middle), np.sin(middle)]), half


def _owners(angle: NDArray[np.float64], other: Codes, sectors: int) -> Codes:
    """Code most of the outline touches in each sector; 0 where all of it touches nothing."""
    sector = np.minimum((angle / (2 * np.pi) * sectors).astype(int), sectors - 1)
    pairs, counts = np.unique(np.stack([sector, other]), axis=1, return_counts=True)
    owner = np.zeros(sectors, dtype=np.int64)
    # the most frequent is written last, and nothing first: a touch of one pixel is a touch
    order = np.lexsort([counts, pairs[1] != 0])
    owner[pairs[0, order]] = pairs[1, order]
    return owner


def _runs(owner: Codes) -> list[tuple[int, int, int]]:
    """Code, first sector and number of sectors of each run around the circle, without code 0."""
    n = len(owner)
    starts = np.flatnonzero(owner != np.roll(owner, 1))
    if not len(starts):
        return [(int(owner[0]), 0, n)] if owner[0] else []
    lengths = np.diff(np.append(starts, starts[0] + n))
    pairs = zip(starts, lengths, strict=True)
    return [(int(owner[start]), int(start), int(length)) for start, length in pairs if owner[start]]
