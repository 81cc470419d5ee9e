"""Contacts in a volume of labels: caps on spheres."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multiscale.electrode.checks import angles_between
from multiscale.electrode.image_codes import COLLECTOR, faces, with_firm_contacts
from multiscale.electrode.image_layout import Contact, Layout
from multiscale.electrode.image_section import MOST

Floats = NDArray[np.float64]
NARROWEST = 1.0  # [degree] half angle of the smallest cap worth a contact
TOGETHER = 1 - 1e-9  # caps that just touch must not overlap by rounding
_GOLDEN = (1 + np.sqrt(5)) / 2
# corners of an icosahedron: the directions in which binder is told apart
_CORNERS = np.array([(0, a, b * _GOLDEN) for a, b in product((-1, 1), repeat=2)])
_TWELVE = np.vstack([np.roll(_CORNERS, k, axis=1) for k in range(3)])
_TWELVE /= np.linalg.norm(_TWELVE, axis=1, keepdims=True)
_AXES = ["x", "y", "z"]


class Volume(Layout):
    """A volume."""

    def contacts(self) -> Iterator[Contact]:
        """Caps around the mean direction of the faces that touch the same thing."""
        caps = _without_overlaps(self._caps())
        for row in caps.itertuples():
            direction = np.array([row.x, row.y, row.z])
            yield int(row.particle), int(row.code), direction, np.radians(row.half)

    def _caps(self) -> pd.DataFrame:
        """One row per cap: particle (index), code, unit vector x, y, z, half angle [degree]."""
        own, other, place = faces(self.codes)
        index = np.searchsorted(self.numbers, own)
        total = np.bincount(index)
        touching = with_firm_contacts(own, other, self.contact_faces)
        keep = touching != 0
        index, code = index[keep], touching[keep]
        arms = self.coordinates(place[keep] - self.centres[index].astype(np.float32))
        arms /= np.linalg.norm(arms, axis=1, keepdims=True)
        sector = np.zeros(len(code), dtype=np.int64)
        binder = code < COLLECTOR
        sector[binder] = (arms[binder] @ _TWELVE.T.astype(np.float32)).argmax(axis=1)
        table = pd.DataFrame({"particle": index, "code": code, "sector": sector})
        table[_AXES] = arms
        grouped = table.groupby(["particle", "code", "sector"])
        caps = grouped[_AXES].sum().astype(float)
        share = grouped.size() / total[caps.index.get_level_values("particle")]
        taken = share.groupby("particle").transform("sum")
        share = share * np.minimum(1, MOST / taken)
        length = np.linalg.norm(caps[_AXES], axis=1)
        caps[_AXES] = caps[_AXES].to_numpy() / length[:, np.newaxis]
        caps["half"] = np.degrees(np.arccos(1 - 2 * share))
        return caps[length > 0].reset_index()


def _without_overlaps(caps: pd.DataFrame) -> pd.DataFrame:
    """Caps that no longer overlap; binder gives way to everything else, equals shrink alike."""
    caps = caps.sort_values("particle", kind="stable", ignore_index=True)
    owner, vectors = caps["particle"].to_numpy(), caps[_AXES].to_numpy()
    yields = caps["code"].to_numpy() < COLLECTOR
    half = caps["half"].to_numpy(copy=True)
    pairs = _pairs(owner)
    apart = angles_between(vectors[pairs[0]], vectors[pairs[1]])
    for rank in (False, True):
        if rank:  # binder next to a neighbour keeps what lies beyond the neighbour's cap
            first, second = np.hstack([pairs, pairs[::-1]])
            mixed = yields[first] & ~yields[second]
            room = np.tile(apart, 2)[mixed] - half[second[mixed]]
            np.minimum.at(half, first[mixed], TOGETHER * np.maximum(room, 0))
        alike = (yields[pairs[0]] == rank) & (yields[pairs[1]] == rank)
        a, b = pairs[:, alike]
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.nan_to_num(TOGETHER * apart[alike] / (half[a] + half[b]), nan=1.0)
        shrink = np.ones(len(half))
        np.minimum.at(shrink, a, factor)
        np.minimum.at(shrink, b, factor)
        half *= np.minimum(shrink, 1)
    return caps.assign(half=half)[half >= NARROWEST]


def _pairs(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs (2, n) of rows of one owner; the owners are sorted."""
    most = int(np.bincount(owner).max()) if len(owner) else 0
    found = [np.zeros((2, 0), dtype=np.int64)]
    for step in range(1, most):
        first = np.flatnonzero(owner[:-step] == owner[step:])
        found.append(np.stack([first, first + step]))
    return np.hstack(found)
