"""Every primitive, from the registry, as PyTorch writes it: value, dtype and gradient; or why it has no twin."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import TraceError
from cutaway.export.torch.primitives import PRIMITIVES as TABLE
from cutaway.export.torch.primitives import REFUSED
from cutaway.graph import ZERO, NoGradient
from cutaway.tracing import PRIMITIVES, bind

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = pytest.mark.torch


def rules() -> ModuleType:
    """The module with an example of every primitive."""
    path = Path(__file__).parents[1] / "test_rules.py"
    spec = importlib.util.spec_from_file_location("rules_for_torch", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["rules_for_torch"] = module  # its dataclasses look there
    spec.loader.exec_module(module)
    return module


RULES = rules()
EACH = [(name, i) for name, cases in RULES.CASES.items() for i in range(len(cases))]


def test_every_primitive_is_an_operator_or_in_the_table_or_refused():
    own = {p.name for p in PRIMITIVES.values() if p.infix is None}
    assert own == TABLE.keys() | REFUSED.keys()
    assert not TABLE.keys() & REFUSED.keys()
    assert all(reason for reason in REFUSED.values())


def tensor(x):
    return torch.tensor(np.array(x), requires_grad=np.result_type(x).kind == "f")


@pytest.mark.parametrize(("name", "i"), EACH)
def test_value_dtype_and_gradient(name, i):
    prim, case = PRIMITIVES[name], RULES.CASES[name][i]
    args, wrt, rng = RULES.example(name, case)
    args = tuple(np.asarray(a)[()] for a in args)
    graph = ca.trace(lambda *xs: bind(prim, *xs, **case.params), *args)
    if prim.name in REFUSED:
        with pytest.raises(TraceError, match=r"has no twin in PyTorch: \w+"):
            ca.export.torch.source(graph)
        return
    names: dict = {}
    exec(ca.export.torch.source(graph), names)
    inputs = [tensor(a) for a in args]
    found = names[next(reversed(names))](*inputs)
    expected = prim.fn(*args, **case.params)
    if name.endswith("argpartition"):  # the places of a partition are not unique: what they part is
        found, expected = torch.sort(found).values, np.sort(expected)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-13, atol=1e-13)
    if np.result_type(expected).kind in "fb":
        assert found.detach().numpy().dtype == np.result_type(expected)
    if not wrt or isinstance(prim.vjp, NoGradient) or prim.vjp is ZERO or np.result_type(expected).kind != "f":
        return
    if not RULES.differentiable(prim, wrt) or not found.requires_grad:
        return
    weights = rng.normal(size=np.shape(expected))
    (found * torch.tensor(weights)).sum().backward()
    slopes = ca.grad(lambda *xs: np.sum(weights * bind(prim, *xs, **case.params)), wrt=wrt)(*args)
    for k, slope in zip(wrt, slopes, strict=True):
        theirs = np.zeros_like(slope) if inputs[k].grad is None else inputs[k].grad.numpy()
        if name.endswith("cholesky"):  # of a symmetric matrix, the slope's two halves are one number
            theirs, slope = (a + np.swapaxes(a, -1, -2) for a in (theirs, slope))
        np.testing.assert_allclose(theirs, slope, rtol=1e-11, atol=1e-12)


KINKS = {
    "relu": lambda x: np.maximum(x, 0),
    "maximum": lambda x: np.maximum(0.5, x),
    "minimum": lambda x: np.minimum(x, 0.5),
    "clip": lambda x: np.clip(x, -1, 0.5),
    "abs": np.abs,
    "max": lambda x: np.max(x, axis=0),
    "tied arrays": lambda x: np.maximum(x, x[::-1]) + np.minimum(x, x[::-1]) ** 2,
    "power": lambda x: x**2 + x**1 + x**0,
    "where": lambda x: np.where(x > 0, x, 0.1 * x),
}


@pytest.mark.parametrize("name", KINKS)
def test_slopes_at_kinks_are_cutaways(name):
    x = np.array([0.5, 0.0, -0.0, 0.5, -1.0, 2.0, 2.0])
    graph = ca.trace(lambda x: np.sum(np.arange(1.0, 8.0) * KINKS[name](x)), x)
    names: dict = {"__name__": "kinks"}
    exec(ca.export.torch.source(graph), names)
    given = torch.tensor(x, requires_grad=True)
    constants = {k: torch.tensor(v) for k, v in graph.constants.items()}
    names[next(reversed(names))](given, **constants).backward()
    slope = ca.grad(lambda x: np.sum(np.arange(1.0, 8.0) * KINKS[name](x)))(x)
    np.testing.assert_allclose(given.grad.numpy(), slope, rtol=1e-14)


ROWS, COLUMNS = np.array([2, 0, 2]), np.array([[1], [3]])
MASK = np.arange(20).reshape(4, 5) % 3 == 0
INDEXED = {
    "a step back": lambda x: x[3:0:-2, ::-1, 4::-3],
    "a step back to the start": lambda x: x[:, :1:-1, -2::-1],
    "new axes": lambda x: x[None, ..., None, ::2],
    "numbers": lambda x: x[-1, 2, 1],
    "arrays": lambda x: x[ROWS, COLUMNS],
    "arrays apart": lambda x: x[ROWS, :, [0, 1, 1]],
    "a number and an array apart": lambda x: x[1, ::2, ROWS],
    "a mask": lambda x: x[MASK],
    "a mask and a step": lambda x: x[MASK, ::-2],
    "nothing is left": lambda x: x[2:2],
    "small integers": lambda x: x[ROWS.astype(np.uint8)],
    "taken along an axis": lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1),
    "turned and repeated": lambda x: np.roll(np.repeat(np.flip(x, 1), 2, axis=0), 3, axis=2),
    "padded": lambda x: np.pad(x, ((1, 0), (0, 2), (3, 1))),
    "padded with edges": lambda x: np.pad(x, ((1, 0), (0, 2), (3, 1)), mode="reflect"),
    "split and joined": lambda x: np.concatenate(np.split(x, [1, 3], axis=1)[::-1], axis=1),
    "products": lambda x: np.einsum("ijk,ilk->jl", x, x) + np.tensordot(x, x, ([0, 2], [0, 2])),
    "written": lambda x: written(x),
}


def written(x):
    y = np.zeros((4, 5, 6))
    y[1:3] = x[:2]
    y[ROWS, 1] += x[ROWS, 2]
    y[MASK] *= 3
    y[..., 0] = 7
    np.add.at(y, (ROWS,), x[ROWS])
    return y


@pytest.mark.parametrize("name", INDEXED)
def test_indices(name):
    x = np.random.default_rng(3).normal(size=(4, 5, 6))
    weights = np.random.default_rng(4).normal(size=np.shape(INDEXED[name](x)))
    graph = ca.trace(lambda x: np.sum(weights * INDEXED[name](x)), x)
    names: dict = {}
    exec(ca.export.torch.source(graph), names)
    given = torch.tensor(x, requires_grad=True)
    constants = {k: torch.tensor(v) for k, v in graph.constants.items()}
    found = names[next(reversed(names))](given, **constants)
    assert abs(found.item() - graph.outputs[0].value) < 1e-12
    if np.size(weights):
        found.backward()
        slope = ca.grad(lambda x: np.sum(weights * INDEXED[name](x)))(x)
        np.testing.assert_allclose(given.grad.numpy(), slope, rtol=1e-12, atol=1e-13)
