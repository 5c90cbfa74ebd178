"""Wide layers: rows in lines, sums in shares, and updates that follow at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="machine code is made by llvmlite")

import cutaway as ca
from cutaway.engines.native import machine, wide
from cutaway.engines.native.nodes import Node
from cutaway.engines.native.program import Program
from cutaway.engines.native.share_code import ShareCode
from cutaway.interpreters.simplify import simplify

pytestmark = pytest.mark.native
Array = np.ndarray[Any, Any]
D, S = ca.Dense, dict


def train(engine: str, inputs: int, widths: tuple[int, ...], *, n: int, dtype: str = "float64", **how: Any) -> Any:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n, inputs)).astype(dtype), rng.integers(0, 3, n)
    middle = how.pop("middle", lambda: [])
    layers = [layer for width in widths for layer in (D(width, "relu"), *middle())]
    net = ca.Network([*layers, D(3, "softmax")], seed=1, dtype=dtype)
    history = net.fit(X, y, **{"optimizer": ca.SGD(0.02, momentum=0.9), "progress": False, **how}, engine=engine)
    return np.array(history["loss"]), np.concatenate([a.ravel() for part in net.params for a in part.values()])


CASES: dict[str, tuple[int, tuple[int, ...], dict[str, Any]]] = {
    "batches that fill no vectors": (200, (64,), S(n=130, batch_size=50)),
    "one batch": (256, (64,), S(n=100)),
    "a rest of one row": (140, (64,), S(n=65, batch_size=32)),
    "widths that fill no vectors": (301, (77, 67), S(n=120, batch_size=40)),
    "several wide layers": (150, (140, 130), S(n=128, batch_size=64)),
    "normalised": (150, (140, 64), S(n=128, batch_size=64, middle=lambda: [ca.BatchNorm()])),
    "dropout": (150, (140, 64), S(n=128, batch_size=64, middle=lambda: [ca.Dropout(0.3)])),
    "adam": (200, (64,), S(n=130, batch_size=50, optimizer=ca.Adam(0.01))),
    "decay": (200, (64,), S(n=130, batch_size=50, optimizer=ca.AdamW(0.01, weight_decay=0.1))),
    "clipped by value": (200, (64,), S(n=130, batch_size=50, optimizer=ca.SGD(0.1, clip_value=0.01))),
    "clipped by norm": (200, (64,), S(n=130, batch_size=50, optimizer=ca.SGD(0.1, clip_norm=0.1))),
    "narrow inputs": (64, (128,), S(n=130, batch_size=50)),
}


@pytest.mark.parametrize("name", list(CASES))
def test_both_engines_and_any_number_of_threads(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, widths, how = CASES[name]
    results = {}
    for threads in (1, 2, 3):
        monkeypatch.setattr("cutaway.train.native.cores", lambda threads=threads: threads)
        results[threads] = train("native", inputs, widths, epochs=4, **how)
    for threads in (2, 3):
        for one, more in zip(results[1], results[threads], strict=True):
            np.testing.assert_array_equal(one, more)
    for found, expected in zip(results[1], train("numpy", inputs, widths, epochs=4, **how), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", list(CASES))
def test_next_steps_products_with_the_update_or_apart(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, widths, how = CASES[name]
    updates_all, answers = ShareCode._updates_all, []

    def asked(self: ShareCode, sums: list[Node]) -> bool:
        answers.append(updates_all(self, sums))
        return answers[-1]

    monkeypatch.setattr(ShareCode, "_updates_all", asked)
    at_once = train("native", inputs, widths, epochs=4, **how)
    monkeypatch.setattr(ShareCode, "_updates_all", lambda self, sums: False)
    apart = train("native", inputs, widths, epochs=4, **how)
    np.testing.assert_array_equal(at_once[0], apart[0])
    np.testing.assert_array_equal(at_once[1], apart[1])
    assert any(answers) == (name not in ("clipped by norm", "narrow inputs")), answers


@pytest.mark.parametrize("name", list(CASES))
def test_rows_read_by_number_or_gathered_first(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, widths, how = CASES[name]
    by_number = []

    def gathered(*args: Any, **kwargs: Any) -> wide.Wide:
        found = wide.wide_products(*args, **kwargs)
        by_number.append(bool(found.by_number))
        found.by_number = set()
        return found

    read = train("native", inputs, widths, epochs=4, **how)
    monkeypatch.setattr("cutaway.engines.native.program.wide_products", gathered)
    copied = train("native", inputs, widths, epochs=4, **how)
    np.testing.assert_array_equal(read[0], copied[0])
    np.testing.assert_array_equal(read[1], copied[1])
    assert any(by_number) == (name not in ("one batch", "narrow inputs")), by_number


def test_two_hundred_steps_in_single_precision() -> None:
    how: dict[str, Any] = {"n": 1000, "batch_size": 50, "epochs": 10, "dtype": "float32"}
    (found, _), (expected, _) = (train(engine, 784, (128,), **how) for engine in ("native", "numpy"))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def program(loss: Any, *arrays: Array, **how: Any) -> Program:
    """Of the gradient of ``loss`` by its first argument, with rows in the second."""
    graph = simplify(ca.gradient_graph(loss, *arrays))
    return Program(graph, {1: 0}, len(arrays[1]), results=range(len(graph.outputs)), **how)


def squares(W: Array, X: Array) -> Any:
    return (np.tanh(X @ W) ** 2).mean()


@pytest.mark.parametrize("kind", ["host", "avx2", "sse2"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sizes_that_fill_nothing(kind: str, dtype: str) -> None:
    target = machine.host() if kind == "host" else machine.lesser(kind)
    if target.width > machine.host().width or "neon" in machine.host().enabled:
        pytest.skip(f"this machine has no {kind}")
    rng = np.random.default_rng(0)
    for n, inputs, outputs in ((1, 128, 64), (7, 131, 65), (33, 300, 70), (100, 129, 97)):
        W, X = rng.normal(size=(inputs, outputs)).astype(dtype), rng.normal(size=(n, inputs)).astype(dtype)
        made = program(squares, W, X, target=target)
        assert made.wide.products and made.wide.sums and made.wide.early
        for i, array in enumerate((W, X)):
            made.put(i, array)
        made.run()
        expected = ca.value_and_grad(squares)(W, X)
        tolerance = 1e-11 if dtype == "float64" else 2e-5
        for k, wanted in enumerate(expected):
            np.testing.assert_allclose(np.squeeze(made.output(k)), np.squeeze(wanted), rtol=tolerance, atol=tolerance)


def test_what_is_wide() -> None:
    def made(n: int, inputs: int, outputs: int) -> Program:
        return program(squares, np.ones((inputs, outputs)), np.ones((n, inputs)))

    text = made(100, 784, 128).explain()
    for part in (
        "100 rows in 2 tiles of 50",
        "784 → 128 of all rows at the beginning",
        "784 × 128 over all rows in the end",
    ):
        assert part in text, part
    assert not made(100, 2, 16).wide and not made(1000, 16, 32).wide, "a few features"
    assert not made(20_000, 200, 64).wide, "rows that do not stay in the cache until all are done"


def test_what_is_read_by_number() -> None:
    W, X = np.ones((200, 64)), np.ones((100, 200))

    def read(loss: Any, *, gather: bool = True) -> bool:
        return bool(program(loss, W, X, gather=gather).wide.by_number)

    assert read(squares)
    assert not read(squares, gather=False), "all rows are there"
    assert not read(lambda W, X: squares(W, X) + (X**2).mean()), "something else reads the data"


@pytest.mark.parametrize("size", [1, 64, 100, 129, 784, 5000])
def test_shares_cover_all_features_once(size: int) -> None:
    count, each = wide.shares(size)
    assert (count - 1) * each < size <= count * each
    assert count % 2 == 0 or size < 3
