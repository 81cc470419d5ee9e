"""The rules of docs/architecture.md, checked on the source itself."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import multiscale

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "multiscale"

# A layer may import itself and what is listed here, no other part of the package.
BASE = {"errors", "faults", "folders", "limits", "tables", "text", "units"}
MODELLING = BASE | {"parameters", "mesh", "electrode", "fem", "models", "results"}
OBSERVING = BASE | {"parameters", "analysis", "dataset", "imaging"}
SHOWING = {"plotting", "report"}
MAKING = MODELLING | OBSERVING | SHOWING
LAYERS = {
    "errors": set(),
    "faults": set(),
    "folders": {"errors"},
    "limits": {"errors"},
    "text": {"errors", "limits"},
    "units": {"errors"},
    "tables": {"errors", "text", "units"},
    "parameters": BASE,
    "mesh": BASE | {"meshes"},
    "electrode": BASE | {"mesh"},
    "fem": BASE | {"parameters", "mesh"},
    "models": BASE | {"parameters", "mesh", "electrode", "fem"},
    "results": MODELLING | {"analysis"},
    "analysis": BASE | {"parameters"},
    "dataset": BASE | {"analysis"},
    "tiff": BASE,
    "imaging": BASE | {"analysis", "dataset", "tiff"},
    "micrograph": BASE | {"mesh", "electrode", "dataset", "tiff"},
    "plotting": MODELLING | OBSERVING | {"micrograph"},
    "report": MODELLING | OBSERVING | {"plotting"},
    "microscope": MAKING,
    "cases": MAKING | {"microscope", "micrograph", "parameter_sets", "validation"},
    "commands": MAKING | {"cases", "microscope", "micrograph"},
    "cli": MAKING | {"cases", "commands"},
    # folders at the top level that packaging maps into the package
    "meshes": BASE | {"mesh"},
    "parameter_sets": BASE | {"parameters"},
    "validation": MAKING,
}
MAPPED = ("meshes", "parameter_sets", "validation")

# Libraries that only these parts of the package may know.
OWNERS = {
    "gmsh": {"mesh", "meshes"},
    "matplotlib": {"plotting"},
    "skimage": {"imaging", "micrograph"},
    "tifffile": {"imaging", "micrograph", "tiff"},
    "skfem": {"mesh", "fem"},
}
LAZY = {"av", "gmsh"}  # imported inside functions only: an extra; its wheel needs system libraries

MAX_TRACKED_BYTES = 500_000

PUBLIC = [
    "BlockedSurface",
    "ButlerVolmer",
    "DataPackage",
    "ElectrodeGeometry",
    "ElectrodeModel",
    "ElectrodeResults",
    "ImageStack",
    "ImposedFlux",
    "Lumped",
    "ParticleMesh",
    "Radial",
    "Resolved",
    "Results",
    "SingleParticleModel",
    "check_package",
    "check_parameters",
    "compare_timings",
    "reaction_timings",
    "read_package",
]


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """Path as used in messages."""
    return path.relative_to(ROOT).as_posix()


def layer_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0] if parts[0] != "multiscale" else parts[1]


def module_of(path: Path) -> str:
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return dotted if dotted.startswith("multiscale") else f"multiscale.{dotted}"


def imports(node: ast.AST, package: str) -> Iterator[tuple[str, int]]:
    """Absolute name and line of everything imported below a node.

    `from a.b import c` gives `a.b.c`: c may be a module.
    """
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = [child.module] if child.module else []
            if child.level:
                base = [package.rsplit(".", child.level - 1)[0], *base]
            yield from ((".".join([*base, alias.name]), child.lineno) for alias in child.names)


@functools.cache  # of sources, which stay as they are while the tests run
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports_of(path: Path) -> list[tuple[str, int]]:
    module = module_of(path)
    package = module.removesuffix(".__init__") if path.stem == "__init__" else module
    package = package if path.stem == "__init__" else package.rpartition(".")[0]
    return list(imports(tree_of(path), package))


LAYERED = [
    path
    for path in sources("multiscale", *MAPPED)
    if path not in (PACKAGE / "__init__.py", PACKAGE / "__main__.py")
]


def test_every_layer_imports_only_what_stands_before_it():
    unplaced = {layer_of(path) for path in LAYERED} - set(LAYERS)
    assert not unplaced, f"in no layer: place {sorted(unplaced)} in LAYERS"
    offending = []
    for path in LAYERED:
        layer = layer_of(path)
        for name, line in imports_of(path):
            target = f"{name}.".split(".")[1]
            if name.partition(".")[0] == "multiscale" and target not in {layer, *LAYERS[layer]}:
                offending.append(
                    f"{name_of(path)}:{line} imports {name}, but {layer} may import only "
                    f"{sorted(LAYERS[layer]) or 'itself'}"
                )
    assert not offending, "\n".join(offending)


def test_libraries_are_known_only_to_their_owners():
    offending = [
        f"{name_of(path)}:{line} imports {name}; only {sorted(OWNERS[library])} may"
        for path in LAYERED
        for name, line in imports_of(path)
        if (library := name.partition(".")[0]) in OWNERS and layer_of(path) not in OWNERS[library]
    ]
    assert not offending, "\n".join(offending)


def test_optional_libraries_are_imported_inside_functions():
    offending = []
    for path in LAYERED:
        tree = tree_of(path)
        inside = {
            found
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for found in imports(node, "")
        }
        outside = set(imports(tree, "")) - inside
        late = {name for name, _ in outside if name.split(".")[0] in LAZY}
        offending += [f"{name_of(path)} imports {name} at module level" for name in sorted(late)]
    assert not offending, "\n".join(offending)


def test_modules_import_each_other_in_no_circle():
    """Inside rooms too; imports inside functions and for types count."""
    modules = {module_of(path).removesuffix(".__init__"): path for path in sources("multiscale")}
    used = {}
    for module, path in modules.items():
        names = {name for name, _ in imports_of(path)}
        used[module] = {name if name in modules else name.rpartition(".")[0] for name in names}

    def reached(module: str) -> set[str]:
        seen: set[str] = set()
        waiting = used[module] & set(modules) - {module}
        while waiting:
            seen |= waiting
            waiting = set().union(*(used[name] for name in waiting)) & set(modules) - seen
        return seen

    circles = sorted(module for module in modules if module in reached(module))
    assert not circles, f"these import each other in a circle: {circles}"


def test_layers_have_no_cycle():
    """The folder of stored meshes is data to `mesh`; its build script uses `mesh`."""
    placed: set[str] = set()
    waiting = {name: below - {"meshes"} for name, below in LAYERS.items()}
    while waiting:
        ready = {name for name, below in waiting.items() if below <= placed | {name}}
        assert ready, f"cycle among {sorted(waiting)}"
        placed |= ready
        waiting = {name: below for name, below in waiting.items() if name not in ready}


def test_every_source_folder_is_a_package():
    """Otherwise its modules are missing from the wheel."""
    folders = {path.parent for path in sources("multiscale", *MAPPED)}
    bare = sorted(name_of(folder) for folder in folders if not (folder / "__init__.py").exists())
    assert not bare, f"no __init__.py in {bare}"


def test_tracked_files_are_small():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    tracked = [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    assert not [name_of(path) for path in tracked if path.stat().st_size > MAX_TRACKED_BYTES]


def test_import_is_silent_and_light(tmp_path):
    heavy = {"gmsh", "matplotlib", "pybamm", "skfem", "xarray"}
    code = f"import sys, multiscale; sys.exit(' '.join({heavy} & set(sys.modules)))"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert run.stdout == ""
    assert run.stderr.strip() == ""  # the names of heavy modules, or a message


def test_public_names():
    """Listed here a second time on purpose: a change of the interface is meant to be seen."""
    assert multiscale.__all__ == PUBLIC
    assert sorted(dir(multiscale)) == sorted([*PUBLIC, "__version__"])


def test_public_names_resolve_and_are_documented():
    things = {name: getattr(multiscale, name) for name in PUBLIC}
    assert [name for name, thing in things.items() if thing.__name__ != name] == []
    assert [name for name, thing in things.items() if not thing.__doc__] == []


def test_parameters_are_reachable_without_an_import():
    code = "import multiscale as ms; assert ms.parameters.from_table.__doc__"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_misspelt_name_proposes_the_right_one():
    with pytest.raises(AttributeError, match="did you mean 'ParticleMesh'"):
        multiscale.PartcleMesh  # noqa: B018
