"""Rows, labels and dtypes: what is parted is found, and what belongs together is left alone."""

# ruff: noqa: E501 - the lines of programs in strings

from __future__ import annotations

from pathlib import Path

import pytest

from cutaway.checking.lints.data.batches import batches
from cutaway.checking.lints.data.features import moved_features
from cutaway.checking.lints.data.integers import integer_weights
from cutaway.checking.lints.data.lost import lost_rows
from cutaway.checking.lints.data.pairs import shuffled_rows
from cutaway.checking.lints.data.unseen_rows import unseen_rows
from cutaway.checking.lints.data.unused import unused_scaling
from cutaway.checking.records import Case
from cutaway.checking.running.program import read
from cutaway.checking.sources.declared import declared_case

HEAD = """import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(40, 3)); y = (X[:, 0] > 0).astype(float)
def sigmoid(z): return 1 / (1 + np.exp(-z))
def loss(p, X=X, y=y): q = sigmoid(X @ p["w"]); return float(-np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))
def grads(p, X=X, y=y): return {"w": X.T @ (sigmoid(X @ p["w"]) - y) / len(X)}
def start(): return {"w": np.zeros(3)}
"""
TAIL = "def case(): return dict(params=start(), loss=loss, grads=grads, lr=0.1, train=train)\n"


def case_of(folder: Path, body: str) -> tuple[Case, int]:
    """The case of a program, and its line that ends in ``# A``."""
    text = HEAD + body + TAIL
    file = folder / "program.py"
    file.write_text(text)
    marked = [i for i, line in enumerate(text.split("\n"), 1) if line.endswith("# A")]
    return declared_case(read(file), "case", 30), marked[0] if marked else 0


def loop(shuffle: str, batch: str = "xb, yb = A[i : i + 10], b[i : i + 10]") -> str:
    return (
        "def train(steps=3):\n    p = start(); rng = np.random.default_rng(1); A, b = X.copy(), y.copy(); history = []\n"
        f"    for _ in range(steps):\n        {shuffle}\n        for i in range(0, len(A), 10):\n            {batch}\n"
        "            p = {'w': p['w'] - 0.1 * grads(p, xb, yb)['w']}\n        history.append(loss(p))\n    return history, p\n"
    )


@pytest.mark.parametrize(
    "shuffle",
    [
        "pass",
        "order = rng.permutation(len(A)); A, b = A[order], b[order]",
        "order = rng.permutation(len(X)); A, b = X[order], y[order]",
        "pairs = list(zip(A, b)); rng.shuffle(pairs); A = np.array([p for p, _ in pairs]); b = np.array([q for _, q in pairs])",
    ],
    ids=["none", "one-order", "from-the-originals", "pairs"],
)
def test_rows_that_stay_beside_their_labels(tmp_path: Path, shuffle: str) -> None:
    case, _ = case_of(tmp_path, loop(shuffle))
    assert list(shuffled_rows(case)) == [] and list(batches(case)) == []


def test_labels_that_are_taken_by_the_same_index_need_no_name(tmp_path: Path) -> None:
    body = loop("order = rng.permutation(len(X)); A = X[order]", "xb, yb = A[i : i + 10], y[order[i : i + 10]]")
    case, _ = case_of(tmp_path, body)
    assert list(shuffled_rows(case)) == []


@pytest.mark.parametrize(
    ("shuffle", "batch"),
    [
        ("A = rng.permutation(A); b = rng.permutation(b)  # A", "xb, yb = A[i : i + 10], b[i : i + 10]"),
        ("rng.shuffle(A)  # A", "xb, yb = A[i : i + 10], b[i : i + 10]"),
        ("order = rng.permutation(len(X))", "xb, yb = X[order[i : i + 10]], y[i : i + 10]  # A"),
    ],
    ids=["two-orders", "inputs-alone", "labels-not-indexed"],
)
def test_rows_parted_from_their_labels(tmp_path: Path, shuffle: str, batch: str) -> None:
    case, line = case_of(tmp_path, loop(shuffle, batch))
    (finding,) = shuffled_rows(case)
    assert (finding.kind, finding.line) == ("data", line)
    assert 0 < finding.evidence["rows_with_a_label_of_another"] <= finding.evidence["rows"]


def test_batches_without_rows(tmp_path: Path) -> None:
    case, line = case_of(tmp_path, loop("pass", "xb, yb = A[i:10], b[i:10]  # A"))
    assert ("empty-batch", line) in {(f.code, f.line) for f in batches(case)}


def test_batches_that_overlap(tmp_path: Path) -> None:
    body = loop("pass", "xb, yb = A[i // 10 : i // 10 + 10], b[i // 10 : i // 10 + 10]  # A")
    case, line = case_of(tmp_path, body)
    (finding,) = batches(case)
    assert (finding.code, finding.line, finding.evidence["rows_in_common"]) == ("overlapping-batches", line, 9)


def test_integer_weights_that_are_written_in_place(tmp_path: Path) -> None:
    body = (
        "def start(): return {'w': np.array([0, 0, 0])}  # A\n"
        "def train(steps=3):\n    p = start(); history = []\n    for _ in range(steps):\n        history.append(loss(p)); g = grads(p)\n"
        "        for i in range(3): p['w'][i] = p['w'][i] - 0.1 * g['w'][i]\n    return history, p\n"
    )
    case, line = case_of(tmp_path, body)
    (finding,) = integer_weights(case)
    assert (finding.line, finding.certain, finding.evidence["dtype"]) == (line, True, "int64")
    assert finding.corrected == "np.array([0, 0, 0], dtype=float)"


def test_integer_weights_that_a_gradient_copies(tmp_path: Path) -> None:
    body = (
        "def start(): return {'w': np.array([2, -1, 1])}\n"
        "exact = grads\n"
        "def grads(p):\n    g = np.empty_like(p['w'])  # A\n    g[:] = exact(p)['w']\n    return {'w': g}\n"
        "def train(steps=3):\n    p = start(); history = []\n    for _ in range(steps):\n        history.append(loss(p)); g = grads(p)\n"
        "        p['w'] = p['w'] - 0.1 * g['w']\n    return history, p\n"
    )
    case, line = case_of(tmp_path, body)
    first, *others = integer_weights(case)
    assert first.certain and "the gradient comes out as" in first.message
    assert [f.line for f in others] == [line]


def test_integer_weights_that_become_floats_are_only_noted(tmp_path: Path) -> None:
    body = (
        "def start(): return {'w': np.array([0, 0, 0])}\n"
        "def train(steps=3):\n    p = start(); history = []\n    for _ in range(steps):\n        history.append(loss(p)); g = grads(p)\n"
        "        p['w'] = p['w'] - 0.1 * g['w']\n    return history, p\n"
    )
    case, _ = case_of(tmp_path, body)
    assert [f.certain for f in integer_weights(case)] == [False]


@pytest.mark.parametrize(("used", "count"), [("S", 0), ("R", 1)])
def test_scaled_inputs_that_nothing_reads(tmp_path: Path, used: str, count: int) -> None:
    body = (
        "R = 100 * X + 7\nS = (R - R.mean(axis=0)) / R.std(axis=0)  # A\n"
        f"def train(steps=3):\n    p = start(); history = []\n    for _ in range(steps):\n"
        f"        history.append(loss(p, {used})); p = {{'w': p['w'] - 0.001 * grads(p, {used})['w']}}\n    return history, p\n"
    )
    case, line = case_of(tmp_path, body)
    found = list(unused_scaling(case))
    assert [(f.code, f.line) for f in found] == [("scaled-but-not-used", line)] * count


SWAP = "for i in range(len(A) - 1, 0, -1):\n            j = rng.integers(0, i + 1); "


@pytest.mark.parametrize(
    ("shuffle", "batch", "code"),
    [
        ("import random; random.shuffle(A)  # A", "xb, yb = A[i : i + 10], b[i : i + 10]", "rows-lost"),
        (SWAP + "A[i], A[j] = A[j], A[i]  # A", "xb, yb = A[i : i + 10], b[i : i + 10]", "rows-lost"),
        ("o = rng.choice(40, 40); A, b = A[o], b[o]  # A", "xb, yb = A[i : i + 10], b[i : i + 10]", "rows-lost"),
        (
            "order = rng.permutation(40); A = A[order]  # A",
            "xb, yb = A[i : i + 10], y[order[i : i + 10]]",
            "rows-separated-from-labels",
        ),
        ("pass", "xb, yb = A[i : i + 10], np.roll(b, 1)[i : i + 10]  # A", "rows-separated-from-labels"),
        ("pass", "o = rng.integers(0, 10, 10); xb, yb = A[o], b[o]  # A", "rows-never-seen"),
        ("pass", "k = i // 10; xb, yb = A[k : k + 10], b[k : k + 10]  # A", "rows-never-seen"),
        ("A = A[:, rng.permutation(3)]  # A", "xb, yb = A[i : i + 10], b[i : i + 10]", "features-permuted"),
    ],
    ids=["shuffle", "swap", "choice", "again", "rolled", "drawn-of-a-few", "moved-by-one", "features"],
)
def test_what_an_epoch_must_not_do_with_samples(tmp_path: Path, shuffle: str, batch: str, code: str) -> None:
    case, line = case_of(tmp_path, loop(shuffle, batch))
    found = [f for lint in (lost_rows, shuffled_rows, unseen_rows, moved_features) for f in lint(case)]
    assert found and {f.code for f in found} == {code}
    assert line in {f.line for f in found}


@pytest.mark.parametrize(
    ("shuffle", "batch"),
    [
        ("o = rng.choice(40, 40); A, b = X[o], y[o]", "xb, yb = A[i : i + 10], b[i : i + 10]"),
        (SWAP + "A[[i, j]] = A[[j, i]]; b[[i, j]] = b[[j, i]]", "xb, yb = A[i : i + 10], b[i : i + 10]"),
        ("pass", "o = rng.choice(40, 10); xb, yb = A[o], b[o]"),
        ("A, b = A[::-1], b[::-1]", "xb, yb = A[i : i + 10], b[i : i + 10]"),
    ],
    ids=["with-replacement", "swapped-by-an-index", "drawn", "backwards"],
)
def test_epochs_that_use_the_data_as_they_may(tmp_path: Path, shuffle: str, batch: str) -> None:
    case, _ = case_of(tmp_path, loop(shuffle, batch))
    assert [f.code for lint in (lost_rows, shuffled_rows, unseen_rows, moved_features) for f in lint(case)] == []
