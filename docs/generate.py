"""Write the pages of the documentation that follow from the program: run ``python docs/generate.py``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

import numpy as np
from numpy.testing import overrides

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import cutaway.ops  # noqa: F401  (registers what NumPy's functions mean)
from cutaway.graph import NoGradient, function_name
from cutaway.tracing import CONSTANTS, HANDLERS, PRIMITIVES, REFUSED

HEAD = """# What happens to each NumPy function

This page is written by `docs/generate.py`; a test compares it with the program.

NumPy names the functions that stand-ins for arrays can take part in (`numpy.testing.overrides`). Each of them is

- **one equation** of the recorded graph, with its own gradient rules,
- **through others**: recorded as the equations of the functions that it is written with,
- **answered** from shapes and dtypes, as a plain value, or
- **refused**, by an error that says why and what to write instead. On arrays that do not depend on what is recorded,
  such as the data of a training set, these functions work as ever.

"""
GRADIENTS = {
    "zero": "; its gradient is zero",
    "undefined": "; it has no gradient",
    "not written": "; gradient not written",
}


def overridable() -> list[str]:
    """Full names of all public NumPy functions that a stand-in for an array can take part in."""
    for module in ("fft", "strings", "char", "polynomial", "lib.recfunctions", "lib.scimath"):  # loaded on use
        importlib.import_module(f"numpy.{module}")
    functions = overrides.get_overridable_numpy_ufuncs() | overrides.get_overridable_numpy_array_functions()
    names = {function_name(f) for f in functions}
    return sorted(n for n in names if not n.rpartition(".")[2].startswith("_"))


def state(name: str) -> str:
    """What happens to a function that meets a recorded array, in words."""
    if name in PRIMITIVES:
        vjp = PRIMITIVES[name].vjp
        return "one equation" + (GRADIENTS[vjp.reason] if isinstance(vjp, NoGradient) else "")
    if name in CONSTANTS:
        return "answered"
    if name in HANDLERS:
        return "through others"
    return f"refused: {REFUSED[name]}" if name in REFUSED else "not known"


def table(names: list[str]) -> list[str]:
    """Lines of a Markdown table of the states of functions."""
    short = [name.replace("numpy.", "np.", 1) for name in names]
    return [
        "| function | state |",
        "|---|---|",
        *(f"| `{s}` | {state(n)} |" for s, n in zip(short, names, strict=True)),
    ]


def support_page() -> str:
    """The page ``support.md``."""
    names = overridable()
    states = [state(n).partition(";")[0].partition(":")[0] for n in names]
    counts = ", ".join(f"{states.count(s)} {s}" for s in ("one equation", "through others", "answered", "refused"))
    special = sorted(n for n in HANDLERS if n.startswith("scipy."))
    special += ["scipy.special.logsumexp", "scipy.special.softmax", "scipy.special.log_softmax"]
    lines = [
        f"NumPy {np.__version__}: {len(names)} functions: {counts}.",
        "",
        *table(names),
        "",
        "## SciPy",
        "",
        "Recorded: " + ", ".join(f"`{n}`" for n in sorted(special)) + ", and products of `scipy.sparse` matrices and",
        "arrays with recorded arrays, from both sides.",
    ]
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    here = Path(__file__).parent
    (here / "support.md").write_text(support_page(), encoding="utf-8")
    from ten_ways import ten_ways_page

    (here / "ten-ways.md").write_text(ten_ways_page(), encoding="utf-8")
    if importlib.util.find_spec("onnx"):
        from onnx_support import cases, onnx_page, outcome

        (here / "onnx-support.md").write_text(onnx_page(outcome(cases())), encoding="utf-8")


if __name__ == "__main__":
    main()
