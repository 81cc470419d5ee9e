"""Half-cell curves: both branches and their mean, from any layout of file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat
from siblings import siblings

import multiscale as ms
from multiscale.errors import ParameterError
from multiscale.parameters import half_cell_ocp, load_set, names

Q = np.linspace(0, 1, 900)
THETA = (0.95, 0.25)
PUBLIC = Path(__file__).parents[4] / "shared" / "data"


def potential(q, branch=0.0):
    return 3.5 + 0.6 * q + 0.1 * np.sin(4 * q) + branch


def curves(**kwargs):
    up = {"capacity": Q, "voltage [V]": potential(Q, 0.02)}
    down = {"capacity": Q[::-1].copy(), "voltage [V]": potential(1 - Q[::-1], -0.02)[::1]}
    return half_cell_ocp(up, down, theta=THETA, citation="invented", **kwargs)


def test_branches_and_mean_are_what_was_put_in():
    found = curves()
    sto = np.linspace(0.3, 0.9, 7)
    q = (0.95 - sto) / 0.7
    assert found.delithiation(sto) == pytest.approx(potential(q, 0.02), abs=1e-4)
    assert found.lithiation(sto) == pytest.approx(potential(q, -0.02), abs=1e-4)
    assert found.mean(sto) == pytest.approx(potential(q), abs=1e-4)
    assert "0.95 at the lowest and 0.25 at the highest" in found.mean.source.method


def test_the_direction_of_the_axis_does_not_matter():
    forth = half_cell_ocp({"q": Q, "v": potential(Q)}, theta=THETA, citation="o")
    back = half_cell_ocp({"q": 7 * (1 - Q), "v": potential(Q)}, theta=THETA, citation="o")
    assert np.allclose(forth.mean.table.y, back.mean.table.y)


def test_noise_is_smoothed_and_the_set_passes_the_check(rng):
    noisy = potential(Q) + 3e-4 * rng.standard_normal(Q.size)
    found = half_cell_ocp({"q": Q, "v": noisy}, theta=THETA, citation="o")
    values = load_set("Xu2022_NMC88").values
    values.update(found.entries("delithiation"))
    assert ms.check_parameters(values).ok
    assert found.smoothing < 1e-3
    assert float(found.mean(0.6)) == pytest.approx(potential(0.5), abs=1e-3)


def test_matlab_struct(tmp_path):
    path = tmp_path / "half.mat"
    savemat(path, {"record": {"voltage": potential(Q), "normalizedCapacity": Q}})
    assert float(half_cell_ocp(path, theta=THETA, citation="o").mean(0.6)) == pytest.approx(
        potential(0.5), abs=1e-4
    )


def test_other_layouts_by_a_map_of_columns(tmp_path):
    path = tmp_path / "own.csv"
    rows = "".join(f"{1e3 * u},{q}\n" for q, u in zip(Q, potential(Q), strict=True))
    path.write_text("E vs Li (mV),x\n" + rows)
    found = half_cell_ocp(
        path, theta=THETA, citation="o", columns={"capacity": "x", "voltage": "E vs Li (mV)"}
    )
    assert float(found.mean(0.6)) == pytest.approx(potential(0.5), abs=1e-4)
    with pytest.raises(ParameterError, match="no column looks like a capacity"):
        half_cell_ocp(path, theta=THETA, citation="o")


REFUSED = [
    ({"q": Q, "v": potential(Q)}, (0.25, 0.95), "the first the larger"),
    ({"q": Q, "v": 1e3 * potential(Q)}, THETA, "in mV"),
    ({"q": Q, "v": np.where(Q > 0.5, np.nan, 4.0)}, THETA, "a number is missing"),
    ({"q": Q, "v": potential(Q) + 0.1 * np.sin(20 * Q)}, THETA, "more than noise"),
    ({"q": Q[:5], "v": potential(Q[:5])}, THETA, "at least 10 points"),
]


@siblings(("table", "theta", "message"), REFUSED)
def test_refused(table, theta, message):
    with pytest.raises(ParameterError, match=message):
        half_cell_ocp(table, theta=theta, citation="o")


def test_unknown_branch():
    with pytest.raises(ParameterError, match="did you mean 'lithiation'"):
        curves().entries("litiation")


@pytest.mark.skipif(not (PUBLIC / "pocp_tum_nmc_nca").is_dir(), reason="public curves not here")
def test_public_nickel_rich_curves_agree_with_the_shipped_table():
    folder = PUBLIC / "pocp_tum_nmc_nca"
    found = half_cell_ocp(
        folder / "LGM36_PE_coin_Cathode_Delithiation_0C02.mat",
        folder / "LGM36_PE_coin_Cathode_Lithiation_0C02.mat",
        theta=(0.985, 0.195),
        citation="M. Rehm et al.",
    )
    shipped = load_set("Xu2022_NMC88").values
    sto = np.linspace(0.22, 0.96, 75)
    gap = np.abs(found.delithiation(sto) - shipped[names.DELITHIATION_OCP](sto))
    assert gap.max() < 0.005  # the shipped table has steps of 0.04 to 0.08 in stoichiometry
    assert (found.delithiation(sto) > found.lithiation(sto)).all()


@pytest.mark.skipif(not (PUBLIC / "pocp_nlr_nmc").is_dir(), reason="public curves not here")
def test_public_csv_with_its_own_headers():
    found = half_cell_ocp(
        PUBLIC / "pocp_nlr_nmc" / "nmc_smooth.csv", theta=(0.95, 0.2), citation="ampworks"
    )
    assert float(found.mean(0.21)) > 4.2 > float(found.mean(0.9))


class TestLayouts:
    """One curve, in the ways that instruments and people write it."""

    q = np.linspace(0, 1, 200)
    volts = 4.3 - 0.7 * q - 0.1 * q**8

    def read(self, tmp_path, head, scale=(1, 1), separator=",", decimal="."):
        cells = [
            [f"{a * scale[0]:.6f}", f"{b * scale[1]:.6f}"]
            for a, b in zip(self.q, self.volts, strict=True)
        ]
        rows = [separator.join(row).replace(".", decimal) for row in cells]
        path = tmp_path / "curve.csv"
        path.write_text("\n".join([head, *rows]))
        return half_cell_ocp(path, theta=(0.95, 0.25), citation="invented", decimal=decimal)

    @siblings(
        ("head", "options"),
        [
            ("capacity,voltage", {}),
            ("Capacity/mAh,Voltage/mV", {"scale": (3.1, 1000)}),
            ("Q/mAh g-1\tE/V", {"scale": (200, 1), "separator": "\t"}),
            ("SOC;OCV [V]", {"separator": ";", "decimal": ","}),
            ("Cycler export 3\nCell: 7\n\ncapacity,voltage", {}),
            ("# a comment\nSpecific capacity [Ah/kg],Ewe (V)", {"scale": (200, 1)}),
        ],
    )
    def test_is_read(self, tmp_path, head, options):
        law = self.read(tmp_path, head, **options).mean
        assert float(law(0.6)) == pytest.approx(np.interp(0.5, self.q, self.volts[::-1]), abs=1e-3)

    def test_both_directions_in_one_file_are_refused(self):
        table = {"capacity": [*self.q, *self.q[::-1]], "U [V]": [*self.volts, *self.volts[::-1]]}
        with pytest.raises(ParameterError, match="turns round at row 200, so both directions"):
            half_cell_ocp(table, theta=(0.95, 0.25), citation="invented")
