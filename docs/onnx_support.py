"""The page about ONNX that follows from the program and from the test cases in the package onnx."""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import cutaway.export.onnx.nodes
import cutaway.export.onnx.operators
import cutaway.ops  # noqa: F401  (registers what NumPy's functions mean)
from cutaway.errors import CutawayError
from cutaway.export.onnx.importer import imported
from cutaway.export.onnx.nodes.table import REFUSED, RULES
from cutaway.export.onnx.operators.table import OPERATORS

HEAD = """# ONNX: what is written and read

This page is written by `docs/generate.py`; a test compares it with the program.

"""


@dataclass
class Outcome:
    """What became of the test cases of ONNX: how many passed and were refused by operator, and which went wrong."""

    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    crashed: list[str] = field(default_factory=list)


def cases() -> list[Any]:
    """The test cases of single operators that the package onnx makes."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it divides by zero on purpose
        found: list[Any] = load_model_tests(kind="node")
    return found


def outcome(found: list[Any]) -> Outcome:
    """Compute every case; a case counts for its operator, also where it is written out by others."""
    operators = {c.name: c.model.graph.node[0].op_type for c in found}
    result = Outcome()
    for case in found:
        operator = operators[case.name.split("_expanded")[0]]
        try:
            model = imported(case.model)
            right = all(_agrees(model, inputs, outputs, case) for inputs, outputs in case.data_sets)
        except CutawayError:
            result.refused[operator] += 1
        except Exception as error:
            result.crashed.append(f"{case.name}: {error!r}")
        else:
            result.passed[operator] += right
            result.wrong += [] if right else [case.name]
    return result


def _agrees(model: Any, inputs: Any, outputs: Any, case: Any) -> bool:
    found = model(*map(_array, inputs))
    found = found if isinstance(found, tuple) else (found,)
    return len(found) >= len(outputs) and all(
        (a := np.asarray(x)).dtype == (b := np.asarray(_array(y))).dtype
        and a.shape == b.shape
        and np.allclose(a, b, case.rtol, case.atol, equal_nan=True)
        for x, y in zip(found, outputs, strict=False)
    )


def _array(x: Any) -> Any:
    from onnx import TensorProto, numpy_helper

    return numpy_helper.to_array(x) if isinstance(x, TensorProto) else x


def onnx_page(result: Outcome) -> str:
    """The page ``onnx-support.md``."""
    import onnx

    assert not result.wrong and not result.crashed, [*result.wrong, *result.crashed]
    passed, refused = result.passed, result.refused
    reasons: dict[str, list[str]] = {}
    for name, reason in REFUSED.items():
        reasons.setdefault(reason, []).append(f"`{name.replace('numpy.', 'np.').rpartition('cutaway.ops.')[2]}`")
    known = sorted(n for n in {*passed, *refused} if passed[n])
    lines = [
        "## Writing",
        "",
        f"Of {len(RULES) + len(REFUSED)} primitives, {len(RULES)} are written. The others are refused by name:",
        "",
        *(f"- {', '.join(sorted(names))}: {reason}." for reason, names in sorted(reasons.items())),
        "",
        "## Reading",
        "",
        f"{len(OPERATORS)} operators are computed in NumPy. Others that ONNX defines by these, such as `Attention`,",
        "are computed by their definitions. The rest are refused by name, and so are strings, sequences and the dtypes",
        "that NumPy lacks.",
        "",
        f"The package onnx {onnx.__version__} makes {passed.total() + refused.total()} test cases of single operators, "
        f"written as they are and",
        f"written out by others. {passed.total()} pass, {refused.total()} are refused, none is wrong.",
        "",
        "| operator | cases that pass | refused |",
        "|---|---|---|",
        *(f"| `{n}` | {passed[n]} | {refused[n] or ''} |" for n in known),
        "",
        "Refused altogether: " + ", ".join(f"`{n}`" for n in sorted(refused) if not passed[n]) + ".",
        "",
        "Not among the cases, but computed: " + ", ".join(f"`{n}`" for n in sorted(set(OPERATORS) - set(known))) + ".",
    ]
    return HEAD + "\n".join(lines) + "\n"
