"""Random programs in plain NumPy, in machine code: the numbers are those of the graph."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

pytest.importorskip("llvmlite", reason="machine code is made by llvmlite")

import cutaway as ca
from cutaway.engines.native import machine
from cutaway.engines.native.discover import compiled
from cutaway.engines.native.nodes import Unsupported
from cutaway.engines.native.program import Program
from cutaway.interpreters.simplify import simplify

pytestmark = pytest.mark.native
Array = np.ndarray[Any, Any]

_spec = importlib.util.spec_from_file_location("random_programs", Path(__file__).parents[1] / "test_random_programs.py")
assert _spec is not None and _spec.loader is not None
random_programs = importlib.util.module_from_spec(_spec)
sys.modules["random_programs"] = random_programs
_spec.loader.exec_module(random_programs)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_values_and_gradients_of_random_programs(dtype: str) -> None:
    taken = []

    @settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
    @given(random_programs.programs(dtype))
    def check(drawn: Any) -> None:
        graph = simplify(random_programs.with_gradients(random_programs.recorded(drawn)))
        outputs = range(len(graph.outputs))
        try:
            program = compiled(graph, [1, 2, 4], results=outputs)
        except Unsupported:
            assume(False)
        taken.append(program)
        for seed in (1, 2):
            new = random_programs.fresh(drawn.inputs, seed)
            for i, array in enumerate(new):
                program.put(i, array)
            program.run()
            random_programs.same([program.output(i) for i in outputs], ca.run(graph, *new), dtype)

    check()
    assert any(p.schedule.passes for p in taken), "some of them have rows"


OWN: dict[str, Any] = {
    "rows": lambda X, W, b: np.tanh(X @ W + b),
    "columns": lambda X, W, b: (np.tanh(W.T @ X.T + b[:, None]) ** 2).sum(),
    "centred": lambda X, W, b: (X - X.mean(axis=0)) @ W / (X.std() + 1),
    "normalised": lambda X, W, b: ((X - X.mean(axis=0)) / np.sqrt(((X - X.mean(axis=0)) ** 2).mean(axis=0) + 1e-5)) @ W,
    "softmax": lambda X, W, b: (
        np.exp(X @ W - (X @ W).max(axis=1, keepdims=True))
        / np.exp(X @ W - (X @ W).max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)
    ),
    "weighted": lambda X, W, b: ((X @ W) * X[:, :1]).sum(axis=0) + b,
    "gram": lambda X, W, b: X.T @ (X @ W) @ W.T,
    "ridge": lambda X, W, b: ((X @ W + b) ** 2).mean() + 0.1 * (W**2).sum(),
    "columns of rows": lambda X, W, b: X[:, 1:3] * X[:, :2] + W[1, 0],
    "powers": lambda X, W, b: np.abs(X) ** 1.5 + X**3 - np.abs(X) ** -0.5,
    "choice": lambda X, W, b: np.where(X > 0.3, np.log1p(np.abs(X)), np.minimum(X, 0.1) + np.clip(X, -0.2, 0.2)),
    "comparisons": lambda X, W, b: ((X > 0) & (X < 1)).astype(X.dtype) + (X >= 0.5) * 2 + ~(X > 0),
    "whole numbers": lambda X, W, b: (X > 0).astype(np.int64).sum(axis=0),
    "two passes": lambda X, W, b: ((X @ W) - ((X @ W).sum(axis=0) / len(X)) ** 2).sum(),
    "deviations": lambda X, W, b: X.std(axis=0) + X.var(axis=0),
}
SIZES = [1, 2, 17, 100, 333]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", list(OWN))
def test_programs_with_rows_of_any_number(name: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(5, 3)).astype(dtype), rng.normal(size=3).astype(dtype)
    for n in SIZES:
        X = rng.normal(size=(n, 5)).astype(dtype)
        graph = simplify(ca.trace(OWN[name], X, W, b))
        program = Program(graph, {0: 0}, n, results=[0])
        other = rng.normal(size=(n, 5)).astype(dtype)
        for i, array in enumerate((other, W, b)):
            program.put(i, array)
        program.run()
        found, expected = program.output(0), ca.run(graph, other, W, b)[0]
        assert np.shape(found) == np.shape(expected) and found.dtype == np.result_type(expected)
        close = {"rtol": 1e-9, "atol": 1e-9} if dtype == "float64" else {"rtol": 3e-4, "atol": 3e-4}
        np.testing.assert_allclose(found, expected, **close)


@pytest.mark.parametrize("kind", ["avx2", "sse2"])
def test_narrower_vectors(kind: str) -> None:
    host = machine.host()
    if "sse2" not in host.enabled or machine.lesser(kind).width > host.width:
        pytest.skip(f"this machine has no {kind}")
    rng = np.random.default_rng(0)
    X, W, b = rng.normal(size=(101, 5)), rng.normal(size=(5, 7)), rng.normal(size=7)
    for name in ("rows", "softmax", "ridge", "gram", "normalised"):
        graph = simplify(ca.trace(OWN[name], X, W, b))
        program = Program(graph, {0: 0}, 101, results=[0], target=machine.lesser(kind))
        for i, array in enumerate((X, W, b)):
            program.put(i, array)
        program.run()
        np.testing.assert_allclose(program.output(0), ca.run(graph, X, W, b)[0], rtol=1e-9, atol=1e-9)


def test_code_for_other_processors_can_be_made() -> None:
    llvm = pytest.importorskip("llvmlite.binding")
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(40, 5)), rng.normal(size=(5, 7)), rng.normal(size=7)
    graph = simplify(ca.trace(OWN["softmax"], *arrays))
    neon = machine.Machine("aarch64-unknown-linux-gnu", "generic", "+neon", 16)
    made = []

    class Stop(Exception):
        pass

    def load(text: str, target: machine.Machine) -> Any:
        made.append(machine.assemble(text, target))
        raise Stop

    for target in (neon, machine.Machine("x86_64-unknown-linux-gnu", "skylake-avx512", "+avx512f,+avx512dq", 64)):
        with pytest.raises(Stop):
            Program(graph, {0: 0}, 40, results=[0], target=target, load=load)
    assert all(code.startswith(b"\x7fELF") for code in made)


def test_infinities_and_nan_of_one_row_stay_in_it() -> None:
    rng = np.random.default_rng(0)
    X, W, b = rng.normal(size=(77, 5)), rng.normal(size=(5, 7)), rng.normal(size=7)
    X[3, 2], X[76, 0] = np.inf, np.nan
    graph = ca.trace(OWN["rows"], rng.normal(size=(77, 5)), W, b)
    program = Program(graph, {0: 0}, 77, results=[0])
    for i, array in enumerate((X, W, b)):
        program.put(i, array)
    program.run()
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(program.output(0), np.tanh(X @ W + b), rtol=1e-9)


def test_what_has_no_machine_code_is_named() -> None:
    X = np.linspace(0, 1, 6).reshape(3, 2)
    graph = ca.trace(lambda X: np.sort(X, axis=0).sum(), X)
    with pytest.raises(Unsupported, match=r"sort.*\(3, 2\).*no machine code"):
        Program(graph, {0: 0}, 3, results=[0])


def test_a_branch_that_depends_on_values_is_left_to_the_reference_engine() -> None:
    X = np.ones((3, 2))
    graph = ca.trace(lambda X: X * 2 if X.sum() > 0 else X, X)
    with pytest.raises(Unsupported, match="branch"):
        Program(graph, {0: 0}, 3, results=[0])
