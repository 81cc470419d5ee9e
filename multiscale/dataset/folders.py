"""Folders that appear whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from multiscale.dataset.description import DESCRIPTION
from multiscale.dataset.outlines_file import OUTLINES
from multiscale.dataset.particles_file import PARTICLES
from multiscale.dataset.traces_file import TRACES
from multiscale.errors import DatasetError

CELL, ROIS, GEOMETRY = "cell.bdf.csv", "rois.zip", "geometry.json"
OURS = {DESCRIPTION, PARTICLES, TRACES, OUTLINES, CELL, ROIS, GEOMETRY, "figures", "report.html"}


def check_target(folder: Path, overwrite: bool) -> None:
    """Raise unless a package may be written there.

    Raises
    ------
    DatasetError
        If it is a file, holds anything that no package holds, or a package and ``overwrite`` is
        not set.
    """
    if folder.exists() and not folder.is_dir():
        raise DatasetError(f"{folder} is a file; choose a folder")
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if not names:
        return
    others = sorted(names - OURS)
    if others or DESCRIPTION not in names:
        what = f", but {others[0]}" if others else ", but parts of one"
        raise DatasetError(f"{folder} holds no data package{what}; choose another")
    if not overwrite:
        raise DatasetError(f"{folder} holds a data package: overwrite it, or choose another")


@contextmanager
def whole_folder(folder: str | Path, overwrite: bool = False) -> Iterator[Path]:
    """An empty folder to write into, that takes the place of ``folder`` if all goes well.

    What stood there before is left alone until then.

    Parameters
    ----------
    folder : path
    overwrite : bool
        Replace a data package, never anything else.

    Raises
    ------
    DatasetError
        See :func:`check_target`.
    """
    folder = Path(folder)
    check_target(folder, overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as place:
        fresh, old = Path(place) / "new", Path(place) / "old"
        fresh.mkdir()
        yield fresh
        check_target(folder, overwrite)  # it may have changed meanwhile
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
