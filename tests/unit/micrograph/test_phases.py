"""Which pixels are active material."""

from __future__ import annotations

import numpy as np
import pytest
from siblings import siblings

from multiscale.errors import ImagingError
from multiscale.micrograph.phases import (
    Recipe,
    gray_phases,
    kind_of,
    named_phases,
    parse_phases,
    without_holes,
)


def test_kinds(truth, phases, gray):
    assert kind_of(truth) == "labels"
    assert kind_of(gray) == "gray"
    assert kind_of((phases == 1).astype(int)) == "phases"
    assert kind_of(truth / 2) == "gray"
    with pytest.raises(ImagingError, match=r"values 0 \(.* %\), 1 \(.* %\), 2 .*--phase active=2"):
        kind_of(phases)


def test_one_value_is_refused():
    with pytest.raises(ImagingError, match="Every pixel of the image is 7: there is only one"):
        kind_of(np.full((4, 4), 7))
    with pytest.raises(ImagingError, match="nothing to find"):
        gray_phases(np.full((4, 4), 7.0), Recipe())
    with pytest.raises(ImagingError, match="do not fall into 3 classes"):
        gray_phases(np.eye(9), Recipe(classes=3, denoise_pixels=0))


def test_fractions_are_exact(phases):
    found = named_phases(phases, {"active": [1], "binder": [2]})
    assert found.fractions == {
        name: (phases == value).mean()
        for name, value in (("active", 1), ("binder", 2), ("pore", 0))
    }
    assert np.array_equal(found.binder, phases == 2)


@siblings(
    ("values", "message"),
    [
        ({"active": [3]}, r"No pixel has the value 3 of the phase 'active'; there are 0 \(.*2 \("),
        ({"active": [1], "bindr": [2]}, "did you mean 'binder'"),
        ({"binder": [2]}, "No phase is called active; the image holds 0"),
        ({"active": [1], "binder": [1]}, "stands for more than one phase"),
        ({"active": [0, 1, 2]}, "Every pixel is active"),
    ],
)
def test_phases_that_cannot_be(phases, values, message):
    with pytest.raises(ImagingError, match=message):
        named_phases(phases, values)


@pytest.mark.parametrize(
    ("text", "message"), [("activ=1", "did you mean 'active'"), ("active", "write active=VALUE"),
                          ("active=one", "a whole number")],
)  # fmt: skip
def test_texts_that_are_no_phase(text, message):
    with pytest.raises(ImagingError, match=message):
        parse_phases([text])


def test_gray_values(truth, gray):
    found = gray_phases(gray, Recipe())
    assert found.fractions["active"] == pytest.approx((truth > 0).mean(), abs=0.02)
    assert 90 < found.thresholds[0] < 130
    assert found.active[52, 26]  # the crack
    dark = gray_phases(255 - gray, Recipe(dark=True))
    assert (dark.active == found.active).mean() > 0.995
    assert 125 < dark.thresholds[0] < 165


def test_three_classes_of_gray(truth, phases):
    rng = np.random.default_rng(0)
    gray = np.choose(phases, [20.0, 200.0, 100.0]) + rng.normal(0, 5, truth.shape)
    found = gray_phases(gray, Recipe(classes=3, denoise_pixels=0.5))
    assert (found.active == (truth > 0)).mean() > 0.98
    assert (found.binder == (phases == 2)).mean() > 0.9


def test_blurred_edges_are_no_binder(truth, phases):
    from scipy import ndimage

    sharp = np.choose(phases, [20.0, 200.0, 100.0])
    gray = ndimage.gaussian_filter(sharp, 1) + np.random.default_rng(0).normal(0, 5, truth.shape)
    binder = gray_phases(gray, Recipe(classes=3)).binder
    assert not (binder & (phases == 0))[:95, 25:].any()
    assert binder[phases == 2].mean() > 0.8


def test_opening_takes_threads_away(gray):
    gray = gray.copy()
    gray[36:38, :] = 170  # a bright thread across
    thin = gray_phases(gray, Recipe(opening_pixels=3)).active[36, 75]
    assert gray_phases(gray, Recipe()).active[36, 75]
    assert not thin


def test_only_small_holes_are_filled():
    mask = np.ones((20, 20), dtype=bool)
    mask[3:5, 3:5] = mask[10:15, 10:15] = mask[0, 8] = False
    filled = without_holes(mask, 10)
    assert filled[3:5, 3:5].all()
    assert not filled[10:15, 10:15].any()
    assert not filled[0, 8]  # open to the outside
