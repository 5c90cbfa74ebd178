"""Every primitive becomes ONNX or is declared refused: the same values from two independent runtimes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cutaway as ca
import cutaway.export.onnx.nodes
from cutaway.errors import TraceError
from cutaway.export.onnx import save, to_model
from cutaway.export.onnx.nodes.table import REFUSED, RULES
from cutaway.tracing import PRIMITIVES, bind

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
pytestmark = pytest.mark.onnx


def load_cases() -> ModuleType:
    """The examples of all primitives."""
    spec = importlib.util.spec_from_file_location("cases_of_rules", Path(__file__).parents[1] / "test_rules.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


rules = load_cases()
TOLERANCE = {"float32": 2e-6, "float64": 1e-13}
LACKING = {("numpy.linalg.det", "float64")}
"""What ONNX Runtime has no kernel for; the reference computes it."""


def test_every_primitive_is_exported_or_refused_with_a_reason():
    assert set(RULES) | set(REFUSED) == set(PRIMITIVES)
    assert not set(RULES) & set(REFUSED)
    assert all(len(reason) > 20 for reason in REFUSED.values())


def fixed(name: str, x: Any) -> bool:
    """Whether an argument stays a constant: where entries of sparse matrices stand, masks, and edges of bins."""
    places = x.dtype.kind in "ib" and "sparse" in name
    return bool(places or (x.dtype == bool and "select" in name) or (name == "numpy.digitize" and x.ndim == 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "c"),
    [
        pytest.param(name, c, id=f"{name.removeprefix('numpy.')}-{i}")
        for name, cases in rules.CASES.items()
        if name in RULES
        for i, c in enumerate(cases)
    ],
)
def test_a_primitive_has_the_same_values(name, c, dtype):
    from onnx.reference import ReferenceEvaluator

    prim = PRIMITIVES[name]
    args, _, _ = rules.example(name, c)
    args = tuple(a.astype(dtype) if getattr(a, "dtype", None) == np.float64 else a for a in args)
    given = [i for i, a in enumerate(args) if isinstance(a, (np.ndarray, np.generic)) and not fixed(name, a)]

    def f(*inputs: Any) -> Any:
        full = list(args)
        for i, x in zip(given, inputs, strict=True):
            full[i] = x
        return bind(prim, *full, **c.params)

    inputs = [np.asarray(args[i]) for i in given]
    model, expected = to_model(f, inputs=inputs, rows=()), np.asarray(f(*inputs))
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    runs = [ReferenceEvaluator(model)]
    if (name, dtype) not in LACKING:
        runs.append(ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]))
    for run in runs:
        with np.errstate(all="ignore"):
            (found,) = run.run(None, {i.name: x for i, x in zip(model.graph.input, inputs, strict=True)})
        assert (np.shape(found), found.dtype) == (expected.shape, expected.dtype)
        if expected.dtype.kind == "f":
            np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype] * np.max(np.abs(expected)))
        else:
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["log1p", "expm1", "sinh", "arcsinh", "arctanh", "tan", "arctan", "arcsin", "sigmoid"])
def test_small_and_large_numbers_keep_their_digits(name, dtype):
    fn = getattr(ca.nn.activations, name, None) or getattr(np, name)
    x = np.array([1e-30, 1e-9, 3e-5, 0.01, 0.5, 0.99], dtype)
    x = np.concatenate([-x, x]) if name != "log1p" else x
    options = ort.SessionOptions()
    options.log_severity_level = 4
    model = to_model(lambda x: fn(x), inputs=[x])
    (found,) = ort.InferenceSession(model.SerializeToString(), options).run(None, {"x": x})
    np.testing.assert_allclose(found, fn(x), rtol=1e-6 if dtype == "float32" else 2e-15)


@pytest.mark.parametrize("x", [np.array([-800.0, -40.0, 40.0, 800.0]), np.array([-np.inf, np.inf])], ids=["far", "inf"])
@pytest.mark.parametrize("name", ["elu", "gelu", "softplus", "sigmoid", "tanh", "silu"])
def test_activations_hold_far_out(name, x):
    fn = ca.nn.ACTIVATIONS[name]
    with np.errstate(all="ignore"):
        expected = fn(x)
    model = to_model(lambda x: fn(x), inputs=[x])
    (found,) = ort.InferenceSession(model.SerializeToString()).run(None, {"x": x})
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)  # the runtime rounds sigmoid(-40) to 0


REFUSALS = {
    "a branch": (lambda x: x if np.sum(x) > 0 else -x, r"test_onnx_primitives\.py:\d+: the program used a value as if"),
    "a mask": (lambda x: x[x > 0], "used a value as an index"),
    "random numbers": (lambda x: x + np.random.default_rng().normal(), "drew random numbers"),
    "a loop over the rows": (lambda x: sum(x[i] for i in range(len(x))), "as many steps for 2 rows as for 61"),
    "sizes of their own": (lambda x: x * float(len(x) ** 3), "depends on the number of rows in a way of its own"),
    "an inverse": (lambda x: np.linalg.inv(x.T @ x + np.eye(2)), r"linalg\.inv cannot be exported to ONNX"),
}


@pytest.mark.parametrize(("f", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_what_and_where_and_leaves_no_file(f, message, tmp_path):
    with pytest.raises(TraceError, match=message):
        save(f, tmp_path / "f.onnx", inputs=[np.ones((3, 2))])
    assert list(tmp_path.iterdir()) == []
