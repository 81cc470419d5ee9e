"""Numbers on the command line that cannot be: one sentence that names the option, exit code 2."""

from __future__ import annotations

import pytest
from siblings import siblings

from multiscale.cli import main

MOVIE = ["movie", "run", "--out", "m.ome.tif"]
TIMINGS = ["timings", "m.tif", "--out", "o"]
GEOMETRY = ["geometry", "from-image", "a.png", "--out", "o"]
GITT = ["gitt", "r.csv", "--out", "o", "--parameters", "Xu2022_NMC88", "--theta", "0.9", "0.3"]


@siblings(
    ("arguments", "words"),
    [
        ([*MOVIE, "--pixel-size", "0"], "--pixel-size: is 0 m; a width of pixels is between"),
        ([*MOVIE, "--pixel-size", "nan"], "--pixel-size: is nan, not a finite number"),
        ([*MOVIE, "--pixel-size", "130"], "is it in nanometres? Then write 1.3e-07"),
        ([*MOVIE, "--pixel-size", "0.13"], "is it in micrometres? Then write 1.3e-07"),
        ([*MOVIE, "--pixel-size", "a"], "--pixel-size: must be a number, not 'a'"),
        ([*MOVIE, "--frames", "1"], "--frames: must be a whole number from 2"),
        ([*MOVIE, "--frames", "1e3"], "--frames: must be a whole number"),
        ([*MOVIE, "--frame-interval", "-1"], "--frame-interval: is -1 s"),
        ([*MOVIE, "--gamma", "0"], "--gamma: must be a finite number from 0.1 to 10, not '0'"),
        ([*MOVIE, "--noise", "inf"], "--noise: must be a finite number"),
        ([*MOVIE, "--lamp", "2"], "--lamp: must be"),
        ([*MOVIE, "--debris", "-1"], "--debris: must be"),
        ([*MOVIE, "--seed", "-1"], "--seed: must be"),
        ([*TIMINGS, "--bin", "0"], "--bin: must be a whole number of at least 1, not '0'"),
        ([*TIMINGS, "--frame-interval", "1e400"], "--frame-interval: is inf"),
        ([*TIMINGS, "--clock-uncertainty", "nan"], "--clock-uncertainty: must be"),
        ([*GITT, "--radius", "0"], "--radius: is 0 m"),
        ([*GITT, "--radius", "5"], "is it in micrometres? Then write 5e-06"),
        ([*GITT, "--mass", "-1"], "--mass: must be"),
        ([*GITT, "--area", "nan"], "--area: must be"),
        ([*GITT, "--skip", "-5"], "--skip: must be"),
        (["parameters", "check", "Xu2022_NMC88", "--radius", "5"], "--radius: is 5 m"),
        (["parameters", "check", "Xu2022_NMC88", "--c-rate", "nan"], "--c-rate: is nan"),
        (["validate", "--workers", "0"], "--workers: must be"),
    ],
)
def test_option_is_named(arguments, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*TIMINGS, "--cell", "a.csv", "--cell", "b.csv"], "argument --cell: given twice"),
        ([*MOVIE, "--seed", "1", "--se", "2"], "argument --seed: given twice"),
        ([*TIMINGS, "--cell", "."], "argument --cell: '.' is a folder; a file is needed here"),
        ([*TIMINGS, "--rois", "."], "argument --rois: '.' is a folder"),
        (["compare", "c", "--parameters", "A", "--parameters", "B"], "name all after one"),
    ],
)
def test_what_is_given_twice_or_is_a_folder_is_refused(arguments, words, capsys):
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    assert words in capsys.readouterr().err
