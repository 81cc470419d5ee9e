"""Result folders: ours are replaced whole, everything else stays, whatever happens."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from siblings import siblings

from multiscale import folders
from multiscale.errors import AnalysisError, CaseError, ImagingError, ResultsError
from multiscale.folders import (
    MOVIE,
    RUN,
    TITRATION,
    file_names,
    fingerprint,
    result_folder,
    unfinished,
)
from multiscale.microscope.stored import open_run


def write(folder, content="1", files=None, kind=TITRATION, **options):
    with result_folder(folder, kind, of="a record", content=content, **options) as result:
        for name, text in (files or {"pulses.csv": content, "figures/a.png": content}).items():
            (result.new / name).parent.mkdir(exist_ok=True)
            (result.new / name).write_text(text)
    return result


def held(folder):
    """Every file but our own records, with its text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and folders.HIDDEN not in path.parts
    }


def test_the_same_may_be_made_again_and_anything_else_only_if_asked(tmp_path):
    out = tmp_path / "new" / "out"
    write(out)
    write(out)
    with pytest.raises(AnalysisError, match="another state of its files or with other options"):
        write(out, "2")
    assert held(out)["pulses.csv"] == "1"
    write(out, "2", {"pulses.csv": "2"}, overwrite=True)
    assert held(out) == {"pulses.csv": "2"}  # what was ours and is not made any more is gone
    with pytest.raises(CaseError, match="a titration of a record"):
        write(out, kind=RUN, overwrite=True)


@siblings(
    "name",
    ["notes.txt", "pulses_backup.csv", "figures/my_annotated.svg", "figures/deep/x", ".mine"],
)
def test_files_of_the_user_stay(tmp_path, name):
    write(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    write(tmp_path)
    write(tmp_path, "2", {"pulses.csv": "2"}, overwrite=True)
    assert held(tmp_path) == {"pulses.csv": "2", name: "mine"}


def test_an_edited_file_of_ours_stays_under_another_name(tmp_path):
    write(tmp_path)
    (tmp_path / "pulses.csv").write_text("x")  # as long as before
    with pytest.raises(AnalysisError, match=r"pulses\.csv was changed since it was written"):
        write(tmp_path)
    result = write(tmp_path, "2", overwrite=True)
    assert held(tmp_path)["pulses.kept.csv"] == "x"
    assert held(tmp_path)["pulses.csv"] == "2"
    assert result.notes == ["pulses.csv is not as it was written, and was kept as pulses.kept.csv"]


def test_a_file_where_a_folder_is_needed_and_the_other_way_round(tmp_path):
    write(tmp_path, files={"pulses.csv": "1"})
    (tmp_path / "figures").write_text("mine")
    (tmp_path / "pulses.csv").unlink()
    (tmp_path / "pulses.csv").mkdir()
    (tmp_path / "pulses.csv" / "inside").write_text("mine")
    write(tmp_path, "2", overwrite=True)
    assert held(tmp_path)["figures.kept"] == held(tmp_path)["pulses.kept.csv/inside"] == "mine"


def test_results_from_before_manifests_are_replaced_if_asked_and_nothing_is_removed(tmp_path):
    (tmp_path / "pulses.csv").write_text("old")
    (tmp_path / "titration.png").write_text("old")
    with pytest.raises(AnalysisError, match="does not say what it was made from"):
        write(tmp_path)
    write(tmp_path, overwrite=True)
    kept = {"pulses.kept.csv": "old", "titration.png": "old"}
    assert held(tmp_path) == {"pulses.csv": "1", "figures/a.png": "1"} | kept


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_somebody_else_is_refused(tmp_path, overwrite):
    (tmp_path / "movie.tif").write_text("mine")
    with pytest.raises(AnalysisError, match=r"not of an earlier .* \(movie\.tif\)"):
        write(tmp_path, overwrite=overwrite)
    assert [path.name for path in tmp_path.iterdir()] == ["movie.tif"]


def test_a_manifest_of_somebody_else_names_nothing_outside(tmp_path):
    (tmp_path / "precious").write_text("mine")
    out = tmp_path / "out"
    write(out)
    path = out / folders.HIDDEN / folders.MANIFEST
    entry = {"size": 4, "mtime_ns": (tmp_path / "precious").stat().st_mtime_ns}
    names = ("../precious", str(tmp_path / "precious"))
    path.write_text(json.dumps({"kind": "titration", "files": dict.fromkeys(names, entry)}))
    write(out, overwrite=True)
    path.write_text("[" * 100_000)
    with pytest.raises(AnalysisError, match="does not say what it was made from"):
        write(out)
    assert (tmp_path / "precious").read_text() == "mine"


def file(tmp_path):
    (tmp_path / "file").touch()
    return tmp_path / "file", "is a file"


def below_a_file(tmp_path):
    (tmp_path / "file").touch()
    return tmp_path / "file" / "a" / "b", "cannot be made: .*file is a file"


PLACES = {
    "file": file,
    "below a file": below_a_file,
    "no file system for files": lambda _: ("/proc/x/y", "cannot be written"),
    "device": lambda _: ("/dev/null", "is a file"),
    "root": lambda _: ("/", "holds files that are not of"),
    "too long": lambda tmp_path: (tmp_path / ("x" * 300), "file name too long"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="places of Linux")
@siblings("place", PLACES)
def test_places_that_hold_no_result(tmp_path, place):
    path, words = PLACES[place](tmp_path)
    before = list(tmp_path.iterdir())
    with pytest.raises(AnalysisError, match=words):
        write(path)
    assert list(tmp_path.iterdir()) == before


@siblings("name", ["mein Ordner größe 容量", "a\nb", "x/../y", "link", "dangling"])
def test_places_that_do(tmp_path, name):
    (tmp_path / "x").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    (tmp_path / "dangling").symlink_to("nowhere")
    write(tmp_path / name)
    write(tmp_path / name)
    assert held((tmp_path / name).resolve())["pulses.csv"] == "1"


def test_the_working_folder_stays_the_same_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(".")
    write(".", "2", overwrite=True)
    assert sorted(os.listdir(".")) == [folders.HIDDEN, "figures", "pulses.csv"]


def test_read_only_and_full_are_noticed_before_anything_is_solved(tmp_path, monkeypatch):
    write(tmp_path)
    before = held(tmp_path)

    def read_only(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", read_only)
        with pytest.raises(AnalysisError, match="cannot be written: read-only file system"):
            write(tmp_path)
    with pytest.raises(AnalysisError, match=r"no room on its disk: .* MB are free, and 1e\+15 MB"):
        write(tmp_path, room=10**21)
    assert held(tmp_path) == before


def test_a_disk_that_fills_up_loses_neither_the_old_result_nor_solved_steps(tmp_path):
    write(tmp_path)
    before = held(tmp_path)
    with (  # noqa: PT012
        pytest.raises(AnalysisError, match=r"its disk is full: .* --resume"),
        result_folder(tmp_path, TITRATION, of="a record", content="1") as result,
    ):
        (result.keep_steps() / "part").write_text("solved")
        (result.new / "pulses.csv").write_text("half of i")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert held(tmp_path) == before
    assert unfinished(tmp_path)["of"] == "a record"
    with pytest.raises(AnalysisError, match=r"unfinished titration of a record: go on .* --resume"):
        write(tmp_path)
    with pytest.raises(AnalysisError, match="another version: begin again with --overwrite"):
        write(tmp_path, "2", resume=True)
    with result_folder(tmp_path, TITRATION, of="a record", content="1", resume=True) as result:
        assert (result.steps / "part").read_text() == "solved"
    assert unfinished(tmp_path) is None  # the result holds them


@siblings("fails_at", range(7))
@siblings("how", ["error", "kill"])
def test_a_swap_that_is_cut_short_leaves_one_of_both_results(tmp_path, monkeypatch, how, fails_at):
    """At an error the old one; after a kill, which nothing can undo, the new one at next use."""
    write(tmp_path)
    (tmp_path / "pulses.csv").write_text("x")
    move, count = folders._move, 0
    error = OSError(errno.EIO, "broken") if how == "error" else SystemExit("as if killed")

    def failing(source, target):
        nonlocal count
        if count == fails_at:
            monkeypatch.setattr(folders, "_move", move)
            raise error
        count += 1
        move(source, target)

    monkeypatch.setattr(folders, "_move", failing)
    new = {"pulses.csv": "2", "figures/b.png": "2"}
    if fails_at < 4:
        with monkeypatch.context() as patch, pytest.raises(type(error)):  # noqa: PT012
            if how == "kill":  # nobody tidies up after a kill
                patch.setattr(folders.ResultFolder, "discard", lambda self: None)
            write(tmp_path, "2", new, overwrite=True)
    else:  # there are four moves
        write(tmp_path, "2", new, overwrite=True)
    if fails_at < 4 and how == "error":
        assert held(tmp_path) == {"pulses.csv": "x", "figures/a.png": "1"}
        assert not (tmp_path / folders.HIDDEN / folders.JOURNAL).exists()
        return
    monkeypatch.setattr(folders, "_move", move)
    if fails_at % 2:  # whoever reads it finishes the swap as well
        folders.settle(tmp_path / "pulses.csv")
        assert held(tmp_path) == new | {"pulses.kept.csv": "x"}
    with pytest.raises(AnalysisError, match="with other options"):
        write(tmp_path, "3")
    assert held(tmp_path) == new | {"pulses.kept.csv": "x"}


@pytest.mark.parametrize("reading", ["in use", "read-only"])
def test_a_reader_says_that_a_swap_is_not_done(tmp_path, monkeypatch, reading):
    write(tmp_path)
    journal = {"out": [], "kept": {}, "in": ["pulses.csv"], "manifest": {}}
    (tmp_path / folders.HIDDEN / folders.JOURNAL).write_text(json.dumps(journal))
    monkeypatch.setattr(folders, "PATIENCE_S", 0.2)
    if reading == "in use":
        held = open(tmp_path / folders.HIDDEN / folders.LOCK, "w")  # noqa: SIM115
        folders._try_lock(held)
        words = "is being replaced by another process; try again when it has ended"
    else:

        def refuse(*given):
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(folders, "_settle", refuse)
        words = "half an old and half a new result.*read-only file system"
    with pytest.raises(ResultsError, match=words):
        open_run(tmp_path)
    if reading == "in use":
        held.close()


def test_an_interrupt_while_files_are_moved_waits(tmp_path, monkeypatch):
    move = folders._move

    def interrupted(source, target):
        os.kill(os.getpid(), signal.SIGTERM)
        move(source, target)

    monkeypatch.setattr(folders, "_move", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path)
    assert held(tmp_path) == {"pulses.csv": "1", "figures/a.png": "1"}
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_files_are_written_leaves_the_old_result(tmp_path, number):
    write(tmp_path / "out")
    for name in ("out", "new"):
        with (  # noqa: PT012
            pytest.raises(KeyboardInterrupt),
            result_folder(tmp_path / name, TITRATION, overwrite=True) as result,
        ):
            (result.new / "pulses.csv").write_text("2")
            os.kill(os.getpid(), number)
    assert held(tmp_path) == {"out/pulses.csv": "1", "out/figures/a.png": "1"}
    assert not (tmp_path / "new").exists()


HOLDER = """
import sys, time
from multiscale.folders import TITRATION, result_folder
with result_folder(sys.argv[1], TITRATION):
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_processes_do_not_share_a_folder_and_a_dead_one_holds_nothing(tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-c", HOLDER, str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AnalysisError, match=rf"is in use by process {other.pid} on .* since"):
            write(out)
        other.kill()
        other.wait()
    assert (out / folders.HIDDEN / folders.LOCK).exists()
    write(out)
    assert sorted(os.listdir(out / folders.HIDDEN)) == [folders.MANIFEST]


def test_a_result_without_a_folder_of_its_own(tmp_path):
    (tmp_path / "b.tif").write_text("mine")
    names = ["a.tif", "a_truth.csv"]
    files = {"a.tif": "1", "a_truth.csv": "1", "cell.csv": "shared"}
    write(tmp_path, files=files, kind=MOVIE, names=names)
    with pytest.raises(ImagingError, match=r"b\.tif is there already, and none of an earlier"):
        write(tmp_path, files={"b.tif": "2"}, kind=MOVIE, names=["b.tif"])
    write(tmp_path, files={"c.tif": "2", "cell.csv": "shared"}, kind=MOVIE, names=["c.tif"])
    write(tmp_path, "2", {"a.tif": "3"}, kind=MOVIE, names=names, overwrite=True)
    write(tmp_path, files={"d.tif": "2", "cell.csv": "other"}, kind=MOVIE, names=["d.tif"])
    texts = {"a.tif": "3", "b.tif": "mine", "c.tif": "2", "d.tif": "2", "cell.csv": "other"}
    there = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert there == texts


@siblings(
    ("names", "files"),
    [
        (["a/b", "a b"], ["a-b_1", "a-b_2"]),
        (["a b", "a/b", "a-b_1"], ["a-b_1", "a-b_2", "a-b-1"]),
        (["Charge", "charge", "CHARGE"], ["Charge_1", "charge_2", "CHARGE_3"]),
        (["", "...", "/", "容量"], ["figure_1", "figure_2", "figure_3", "figure_4"]),
        (["../../etc/passwd", ".hidden"], ["etc-passwd", "hidden"]),
        (["con", "NUL", "com1.x", "console"], ["con_", "NUL_", "com1.x_", "console"]),
        (["one", "one"], ["one"]),
    ],
)
def test_every_name_has_a_file_of_its_own(names, files):
    made = file_names(names, "figure")
    assert list(made.values()) == files
    assert len({text.lower() for text in made.values()}) == len(set(names))


def test_long_names_stay_short_and_apart():
    made = file_names(["x" * 300 + "a", "x" * 300 + "b"])
    assert len(set(made.values())) == 2
    assert max(map(len, made.values())) <= folders.LONGEST


def test_fingerprints_tell_what_differs(tmp_path):
    path = tmp_path / "mesh.msh"
    path.write_text("1")
    one = fingerprint({"mesh": path}, np.arange(3.0))
    assert one == fingerprint({"mesh": path}, np.arange(3.0))
    assert one != fingerprint({"mesh": path}, np.arange(3))
    path.write_text("2")
    assert one != fingerprint({"mesh": path}, np.arange(3.0))
    assert fingerprint(1, "1") != fingerprint("1", 1)
    assert fingerprint(tmp_path) != fingerprint(tmp_path / "nothing")
