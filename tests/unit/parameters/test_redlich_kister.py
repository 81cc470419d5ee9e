"""The Redlich-Kister form: its own definition, its slope, and the NMC811 fit in use."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.constants import R

from multiscale.parameter_sets._nmc811 import POTENTIALS
from multiscale.parameters import check_parameters, load_set, names, override
from multiscale.parameters.laws import FARADAY, RedlichKister

X = np.linspace(0.05, 0.95, 90)  # without one half, where the definition has 0^-1


def as_published(form: RedlichKister, x: np.ndarray) -> np.ndarray:
    """The sum as it is printed, term by term."""
    mu = form.standard + R * form.temperature * np.log(x / (1 - x))
    for i, strength in enumerate(form.interactions):
        mu += strength * ((1 - 2 * x) ** (i + 1) - 2 * i * x * (1 - x) * (1 - 2 * x) ** (i - 1))
    return -mu / FARADAY


@pytest.mark.parametrize("interactions", [(), (-9e4,), (-9e4, -5e4, -3e4, -5e4, -9e4, -6e4)])
class TestForm:
    def test_is_the_published_sum(self, interactions):
        form = RedlichKister(-4e5, interactions)
        np.testing.assert_allclose(form(X), as_published(form, X), rtol=1e-13)

    def test_slope_is_the_derivative(self, interactions):
        form, h = RedlichKister(-4e5, interactions), 1e-6
        np.testing.assert_allclose(
            form.derivative(X), (form(X + h) - form(X - h)) / (2 * h), rtol=1e-6
        )


def test_is_finite_at_half_lithiation():
    form = RedlichKister(-4e5, (-9e4, -5e4))
    assert form(0.5) == pytest.approx((form(0.5 - 1e-9) + form(0.5 + 1e-9)) / 2)


class TestNMC811:
    chosen = load_set("NMC811_ORegan")
    law = POTENTIALS["redlich_kister"].value

    def test_follows_the_curve_it_was_fitted_to(self):
        """Yao and Viswanathan fitted the data of Chen 2020."""
        x = np.linspace(0.27, 0.9, 200)
        assert np.abs(self.law(x) - self.chosen.values[names.OCP](x)).max() < 0.03

    def test_falls_everywhere_and_ends_at_the_guard(self):
        assert (np.diff(self.law(np.linspace(-0.1, 1.05, 2001))) < 0).all()
        assert self.law(1.0) == pytest.approx(3.0)

    def test_can_be_put_into_its_set(self):
        assert check_parameters(override(self.chosen.values, {names.OCP: self.law})).ok
