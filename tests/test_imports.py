"""Imports point one way, and ``import cutaway`` stays light.

The files are parsed, not run: an import inside a function counts as much as one at the top of a file.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"

# A unit is a module or package directly under cutaway. It may import units of the rows above it; units of one row may
# import each other as long as that makes no circle. The front page, __init__, names everything, on use.
ROWS = (
    ("errors", "_version", "tree", "files"),
    ("data",),
    ("graph",),
    ("tracing",),
    ("ops",),
    ("interpreters",),
    ("engines", "checking", "explaining", "testing"),
    ("nn",),
    ("train",),
    ("estimators", "plots", "export"),
    ("experiments",),
    ("__init__",),
    ("cli", "lab"),
    ("__main__",),
)
RANK = {unit: rank for rank, row in enumerate(ROWS) for unit in row}

# A method that a user expects on an object, though its work is done by a later unit. Only inside functions, and for
# types.
DOORS = {
    ("nn", "train"): "net.fit() trains",
    ("nn", "plots"): "net.plot() draws",
    ("train", "plots"): "history.plot() draws",
    ("nn", "export"): "net.to_torch() exports",
}

HEAVY = (
    "scipy",
    "sklearn",
    "matplotlib",
    "pandas",
    "click",
    "rich",
    "safetensors",
    "torch",
    "onnx",
    "llvmlite",
    "IPython",
)


def sources() -> dict[str, str]:
    """Return the text of every file of the package, by its path from ``src``."""
    return {path.relative_to(SOURCE).as_posix(): path.read_text() for path in sorted(SOURCE.rglob("*.py"))}


def unit_of(module: str) -> str:
    """Return the unit of a dotted name such as ``cutaway.ops.reduce``; a name that is no unit is the front page's."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in RANK else "__init__"


def imports(path: str, text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield (dotted name, line, whether inside a function or for types alone); ``from a import b`` is ``a.b``."""
    package = path.removesuffix(".py").split("/")[:-1]

    def visit(node: ast.AST, inside: bool) -> Iterator[tuple[str, int, bool]]:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join(base + ([node.module] if node.module else []))
            yield from ((f"{stem}.{alias.name}", node.lineno, inside) for alias in node.names)
        inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        inside = inside or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")  # never runs
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside)

    yield from visit(ast.parse(text), False)


def violations(files: dict[str, str]) -> list[str]:
    """Return a sentence for each import that points the wrong way."""
    found: list[str] = []
    siblings: dict[str, set[str]] = {}
    for path, text in files.items():
        unit = path.split("/")[1].removesuffix(".py")
        if unit not in RANK:
            found.append(f"{path}: {unit} has no row; give it one in {Path(__file__).name}")
        if unit not in RANK or unit == "__init__":
            continue
        for name, line, inside in imports(path, text):
            other = unit_of(name) if name.split(".")[0] == "cutaway" else unit
            if other == unit or (inside and (unit, other) in DOORS):
                continue
            if RANK[other] > RANK[unit]:
                found.append(f"{path}:{line}: {unit} must not import {name}")
            elif RANK[other] == RANK[unit]:
                siblings.setdefault(unit, set()).add(other)
    try:
        TopologicalSorter(siblings).prepare()
    except CycleError as error:
        found.append(f"a circle of imports: {' <- '.join(error.args[1])}")
    return found


def test_imports_point_one_way() -> None:
    assert violations(sources()) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cutaway/graph.py", "from cutaway.tracing import record"),
        ("cutaway/graph.py", "import cutaway.tracing"),
        ("cutaway/graph.py", "from . import tracing"),
        ("cutaway/ops/reduce.py", "from ..interpreters.run import run"),
        ("cutaway/engines/native/emit.py", "def emit():\n    from ...nn import Network"),
        ("cutaway/nn/network.py", "from cutaway.train import fit"),
        ("cutaway/plots/curves.py", "import cutaway as ca"),
        ("cutaway/plots/curves.py", "from cutaway import Network"),
        ("cutaway/utilities.py", ""),
    ],
)
def test_wrong_direction_is_found(path: str, text: str) -> None:
    assert len(violations({path: text})) == 1


def test_circle_between_equals_is_found() -> None:
    files = {"cutaway/checking/a.py": "import cutaway.explaining", "cutaway/explaining/b.py": "import cutaway.checking"}
    assert violations(dict(list(files.items())[:1])) == []
    assert "circle" in violations(files)[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cutaway/ops/reduce.py", "from ..graph import Graph\nfrom .elementwise import add\nimport numpy"),
        ("cutaway/data/tables.py", "from cutaway.errors import DataError"),
        ("cutaway/graph.py", "from cutaway import errors"),
        ("cutaway/nn/network.py", "def fit(self):\n    from cutaway.train import fit"),
        ("cutaway/__init__.py", "from cutaway.cli import main"),
        ("cutaway/cli/train.py", "import cutaway as ca"),
    ],
)
def test_right_direction_passes(path: str, text: str) -> None:
    assert violations({path: text}) == []


def test_importing_cutaway_loads_numpy_and_nothing_heavier() -> None:
    code = "import sys, cutaway; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "cutaway" in loaded
    assert not set(HEAVY).intersection(loaded)


def test_the_package_says_that_it_is_typed() -> None:
    assert (SOURCE / "cutaway" / "py.typed").is_file()
