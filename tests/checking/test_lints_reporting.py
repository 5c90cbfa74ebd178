"""Printed and kept numbers: sums, stale values, lists of one array and odd accuracies are found; running means are not."""

# ruff: noqa: E501 - the lines of programs in strings

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cutaway.checking.lints.aliasing import kept_by_reference, same_array
from cutaway.checking.lints.reporting.history import stale, summed
from cutaway.checking.lints.reporting.metrics import odd_metric
from cutaway.checking.lints.reporting.sums import accumulating
from cutaway.checking.records import Case
from cutaway.checking.running.program import read
from cutaway.checking.sources.declared import declared_case

HEAD = """import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(20, 2)); y = X[:, :1] - X[:, 1:]
def start(): return {"w": np.ones((2, 1))}
def loss(p): return np.mean((X @ p["w"] - y) ** 2)
def grads(p): return {"w": X.T @ (2 * (X @ p["w"] - y) / len(X))}
"""
TAIL = "def case(): return dict(params=start(), loss=loss, grads=grads, lr=0.1, train=train)\n"


def case_of(folder: Path, loop: str, before: str = "pass", after: str = "pass") -> tuple[Case, int]:
    """A program whose loop has these lines, and its line that ends in ``# A``."""
    text = HEAD + (
        f"def train(steps=5):\n    p = start(); history = []; {before}\n    for epoch in range(steps):\n        {loop}\n"
        f"        p['w'] -= 0.1 * grads(p)['w']\n        {after}\n    return history, p\n{TAIL}"
    )
    file = folder / "program.py"
    file.write_text(text)
    marked = [i for i, line in enumerate(text.split("\n"), 1) if line.endswith("# A")]
    return declared_case(read(file), "case", 30), marked[0] if marked else 0


LINTS = (accumulating, summed, stale, same_array, kept_by_reference, odd_metric)


@pytest.mark.parametrize(
    ("loop", "before"),
    [
        ("history.append(float(loss(p)))", "pass"),
        ("total += float(loss(p)); history.append(total / (epoch + 1))", "total = 0.0"),
        ("total = 0.0; total += float(loss(p)); history.append(total)", "pass"),
        ("seen += 1.0; history.append(float(loss(p)))", "seen = 0.0"),
        ("kept.append(p['w'].copy()); history.append(float(loss(p)))", "kept = []"),
    ],
    ids=["plain", "running-mean", "reset", "counter", "copies"],
)
def test_right_reports(tmp_path: Path, loop: str, before: str) -> None:
    case, _ = case_of(tmp_path, loop, before)
    assert [f.code for lint in LINTS for f in lint(case)] == []


@pytest.mark.parametrize(
    ("code", "loop", "before", "after"),
    [
        ("loss-accumulates", "total += float(loss(p)); history.append(total)  # A", "total = 0.0", "pass"),
        ("loss-of-old-weights", "history.append(history[0] if history else float(loss(p)))  # A", "pass", "pass"),
        ("history-of-one-array", "kept.append(p['w'])  # A", "kept = []", "history.append(float(loss(p)))"),
    ],
)
def test_wrong_reports(tmp_path: Path, code: str, loop: str, before: str, after: str) -> None:
    case, line = case_of(tmp_path, loop, before, after)
    found = [f for lint in LINTS for f in lint(case)]
    assert (code, line) in {(f.code, f.line) for f in found}


@pytest.mark.parametrize(("kept", "count"), [("w", 1), ("w.copy()", 0)])
def test_the_best_weights_by_reference(tmp_path: Path, kept: str, count: int) -> None:
    text = HEAD + (
        "def train(steps=5):\n    w = start()['w']; history = []; best = None\n    for epoch in range(steps):\n"
        "        history.append(float(loss({'w': w})))\n        if history[-1] <= min(history):\n"
        f"            best = {kept}  # A\n        w -= 0.1 * grads({{'w': w}})['w']\n    return history, best\n{TAIL}"
    )
    (tmp_path / "program.py").write_text(text)
    found = list(kept_by_reference(declared_case(read(tmp_path / "program.py"), "case", 30)))
    assert [(f.code, f.line) for f in found] == [
        ("kept-by-reference", 1 + text[: text.index("# A")].count("\n"))
    ] * count


def test_an_accuracy_of_all_pairs() -> None:
    X, y = np.random.default_rng(0).normal(size=(12, 2)), np.arange(12) % 2
    case = Case({"w": np.ones((2, 1))}, metric=lambda p: np.mean((X @ p["w"] > 0) == y))
    (finding,) = odd_metric(case)
    assert finding.evidence["comparisons"] == 144
    right = Case({"w": np.ones((2, 1))}, metric=lambda p: np.mean((X @ p["w"] > 0)[:, 0] == y))
    assert list(odd_metric(right)) == []


def test_the_largest_over_the_samples() -> None:
    X = np.random.default_rng(0).normal(size=(12, 2))
    onehot = np.eye(3)[np.arange(12) % 3]
    case = Case({"w": np.ones((2, 3))}, metric=lambda p: np.mean((X @ p["w"]).argmax(axis=0) == onehot.argmax(axis=0)))
    (finding,) = odd_metric(case)
    assert (finding.code, finding.evidence["samples"], finding.evidence["classes"]) == ("metric-axis", 12, 3)
