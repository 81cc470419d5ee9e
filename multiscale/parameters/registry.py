"""The parameter sets of the package, by name."""

from __future__ import annotations

import importlib.util
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pandas as pd
import pybamm

from multiscale.errors import ParameterError, unknown_name
from multiscale.limits import short
from multiscale.parameters.sources import Source

PACKAGE = "multiscale.parameter_sets"
_CHECKOUT = Path(__file__).parents[2] / "parameter_sets"


@dataclass(frozen=True)
class ParameterSet:
    """A parameter set with what PyBaMM's dictionary cannot hold.

    Attributes
    ----------
    name, title : str
        Name to load it by, and one line on what it describes.
    values : pybamm.ParameterValues
        A fresh copy, free to be updated.
    sources : mapping of str to Source
        One for every entry of the set.
    transport : str
        Form of the lithium flux that the set's diffusivity belongs to: "thermodynamic" or
        "chemical".
    """

    name: str
    title: str
    values: pybamm.ParameterValues
    sources: Mapping[str, Source]
    transport: str

    def provenance(self) -> pd.DataFrame:
        """One row per entry (index: parameter name): the fields of its source."""
        rows = {name: vars(source) for name, source in sorted(self.sources.items())}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")


def list_sets() -> list[str]:
    """Names of all parameter sets, sorted.

    Examples
    --------
    >>> "Xu2022_NMC88" in list_sets()
    True
    """
    modules = pkgutil.iter_modules(_package().__path__)
    return sorted(module.name for module in modules if not module.name.startswith("_"))


def load_set(name: str) -> ParameterSet:
    """A parameter set by name, or from a file.

    Parameters
    ----------
    name : str
        One of :func:`list_sets`, or the path of a ``.toml`` (see
        :func:`multiscale.parameters.read_set`) or of a BPX ``.json``, which lacks entries.

    Returns
    -------
    ParameterSet
        With its own copy of the values.

    Raises
    ------
    ParameterError
        If there is no set of that name; the nearest one is proposed.

    Examples
    --------
    >>> chosen = load_set("Xu2022_NMC88")
    >>> chosen.transport, chosen.values["Upper voltage cut-off [V]"]
    ('thermodynamic', 4.3)
    """
    if not isinstance(name, str):
        raise ParameterError(f"the name of a parameter set is text, not {short(name)}")
    if name.endswith(".toml"):
        from multiscale.parameters.set_file import read_set

        return read_set(name)
    if name.endswith(".json"):
        from multiscale.parameters.bpx import read_bpx

        return read_bpx(name).parameter_set
    if name not in list_sets():
        raise ParameterError(unknown_name("parameter set", name, list_sets()))
    module = import_module(f"{PACKAGE}.{name}")
    values = pybamm.ParameterValues(module.get_parameter_values())
    # a copy: the sources of the module are those of every later caller
    return ParameterSet(name, module.TITLE, values, dict(module.SOURCES), module.TRANSPORT)


def _package() -> ModuleType:
    """The package of the sets, installed or in a checkout that is only on the path."""
    try:
        return import_module(PACKAGE)
    except ModuleNotFoundError as error:
        if error.name != PACKAGE or not _CHECKOUT.is_dir():
            raise
    # The folder stands at the top of the repository; only an installation maps it below
    # `multiscale`, so a bare checkout needs the mapping made here.
    spec = importlib.util.spec_from_file_location(
        PACKAGE, _CHECKOUT / "__init__.py", submodule_search_locations=[str(_CHECKOUT)]
    )
    if spec is None or spec.loader is None:
        raise ParameterError(f"Cannot load the parameter sets in {_CHECKOUT}")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return package
