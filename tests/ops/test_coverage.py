"""Every function that NumPy's protocols reach is recorded, answered or refused, and the page that says so is true."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import TraceError
from cutaway.graph import function_name
from cutaway.tracing import CONSTANTS, HANDLERS, REFUSED

DOCS = Path(__file__).parents[2] / "docs"


def load_generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load_generate()


@pytest.mark.parametrize("name", generate.overridable())
def test_each_function_is_recorded_or_refused_with_a_reason(name):
    assert (name in HANDLERS) != (name in REFUSED)
    if name in REFUSED:
        assert len(REFUSED[name]) > 20


def test_answered_functions_have_handlers():
    assert set(HANDLERS) >= CONSTANTS


def test_the_page_tells_the_truth():
    written, fresh = (DOCS / "support.md").read_text(encoding="utf-8"), generate.support_page()
    if f"NumPy {np.__version__}:" in written:
        assert written == fresh, "run python docs/generate.py"
    rows = [dict(re.findall(r"^\| `([\w.]+)` \| (.*) \|$", page, re.M)) for page in (written, fresh)]
    common = rows[0].keys() & rows[1].keys()
    assert len(common) > 300
    assert {n: rows[0][n] for n in common} == {n: rows[1][n] for n in common}


def resolve(name: str) -> Any:
    found: Any = np
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return found


@pytest.mark.parametrize("name", sorted(n for n in HANDLERS if n.startswith("numpy.") and callable(resolve(n))))
def test_positional_arguments_of_handlers_are_numpys_in_numpys_order(name):
    function = resolve(name)
    if isinstance(function, np.ufunc) or function_name(function) != name:
        return
    if name == "numpy.reshape":
        return  # NumPy 2.0 calls the shape newshape
    try:
        theirs = [p for p in inspect.signature(function).parameters.values() if p.kind <= p.VAR_POSITIONAL]
    except ValueError:
        return
    ours = [p for p in inspect.signature(HANDLERS[name]).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    if len(theirs) == 1 and theirs[0].kind == theirs[0].VAR_POSITIONAL:
        return
    for mine, other in zip(ours, theirs, strict=False):
        if mine.name.startswith("_"):
            break  # a value bound into the handler
        if mine.kind == mine.POSITIONAL_OR_KEYWORD and other.kind == other.POSITIONAL_OR_KEYWORD:
            assert mine.name == other.name
    assert len([p for p in ours if not p.name.startswith("_")]) <= len(theirs)


REFUSALS = {
    "unique": (lambda x: np.unique(x), "depends on the values; call it outside"),
    "svd": (lambda x: np.linalg.svd(x), "its derivative is not written"),
    "spectral norm": (lambda x: np.linalg.norm(x, 2), r"np\.linalg\.svd cannot be recorded"),
    "fft": (lambda x: np.fft.fft(x), "complex numbers"),
    "histogram": (lambda x: np.histogram(x), "counts have no gradient"),
    "array2string": (lambda x: np.array2string(x), r"use float\(x\) or f'\{x\}'"),
    "polyfit": (lambda x: np.polyfit(x[0], x[1], 1), "solves for coefficients"),
    "an argument": (lambda x: np.cov(x, fweights=[1, 1, 1, 1]), r"np\.cov cannot be recorded: .*'fweights'"),
    "quantile method": (lambda x: np.quantile(x, 0.5, method="weibull"), "Use method='linear'"),
    "pad mode": (lambda x: np.pad(x, 1, mode="mean"), "mode='mean' cannot be recorded"),
    "edge order": (lambda x: np.gradient(x, edge_order=2), "Leave edge_order at 1"),
    "accumulate": (lambda x: np.maximum.accumulate(x), r"np\.maximum\.accumulate cannot be recorded"),
    "ufunc at": (lambda x: np.multiply.at(x, [0], 2.0), r"np\.multiply\.at cannot be recorded"),
    "frompyfunc": (lambda x: np.frompyfunc(abs, 1, 1)(x), r"np\.frompyfunc cannot be recorded"),
    "complex": (lambda x: x * 1j, "multiply gives complex numbers here"),
    "emath": (lambda x: np.emath.sqrt(x - 100), r"np\.emath\.sqrt gives complex numbers here"),
    "method": (lambda x: x.tobytes(), r"method \.tobytes cannot be recorded"),
    "shape": (lambda x: setattr(x, "shape", (12,)), r"Write x = x\.reshape\(\(12,\)\)"),
    "put into plain": (lambda x: np.copyto(plain[0], x), "into a plain array of shape"),
}
plain = (np.zeros((3, 4)).tolist(), "kept from the recorder")


@pytest.mark.parametrize(("f", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_names_the_function_and_the_way_out(f, message):
    with pytest.raises(TraceError, match=message):
        ca.trace(f, np.arange(12.0).reshape(3, 4) + 1)


data = np.array([2, 0, 1, 2, 2])


def test_refused_functions_work_on_data_that_is_not_recorded():
    def loss(w: Any) -> Any:
        classes, counts = np.unique(data, return_counts=True)
        singular = np.linalg.svd(np.outer(data, data) * 1.0, compute_uv=False)
        return np.sum(w * counts) * len(classes) + singular[0] * w[0]

    found = ca.grad(loss)(np.ones(3))
    np.testing.assert_allclose(found, [3.0 + 13.0, 3.0, 9.0])
