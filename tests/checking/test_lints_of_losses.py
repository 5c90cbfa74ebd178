"""What no gradient shows, read from the loss: targets out of reach, rows that are not one-hot, overflow, flat steps."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.checking.api import examine
from cutaway.checking.lints.softmax import softmax_axis
from cutaway.checking.records import Case, Report

PROGRAM = """
import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(40, 3))
labels = r.integers(0, 3, 40)
T = np.eye(3)[labels]
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def loss(p):
    return -np.sum(T * np.log(softmax(X @ p["W"] + p["b"]))) / len(X)
def grads(p):
    d = (softmax(X @ p["W"] + p["b"]) - T) / len(X)
    return {"W": X.T @ d, "b": d.sum(axis=0)}
params = {"W": r.normal(size=(3, 3)), "b": np.zeros(3)}
"""

BINARY = """
import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(40, 3))
y = (X[:, :1] > 0).astype(float)
def act(z):
    return 1 / (1 + np.exp(-z))
def loss(p):
    return np.mean((act(X @ p["W"] + p["b"]) - y) ** 2)
def grads(p):
    a = act(X @ p["W"] + p["b"])
    d = 2 * (a - y) / len(X) * a * (1 - a)
    return {"W": X.T @ d, "b": d.sum(axis=0)}
params = {"W": r.normal(size=(3, 1)), "b": np.zeros(1)}
"""


def case_of(source: str, folder: Path) -> Case:
    file = folder / "lint_program.py"
    file.write_text(source)
    spec = importlib.util.spec_from_file_location("lint_program", file)
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Case(module.params, module.loss, module.grads, lr=1.0, steps=200, file=str(file), source=source)


def check(source: str, folder: Path) -> Report:
    return examine(case_of(source, folder))


@pytest.mark.parametrize("source", [PROGRAM, BINARY], ids=["softmax", "sigmoid"])
def test_right_programs_have_no_lint(source: str, tmp_path: Path) -> None:
    report = check(source, tmp_path)
    assert report.verdict == "correct" and report.findings == ()


@pytest.mark.parametrize(
    ("source", "old", "new", "code", "kind"),
    [
        (PROGRAM, "T = np.eye(3)[labels]", "T = 2 * np.eye(3)[labels]", "not-one-hot", "data"),
        (PROGRAM, "e / e.sum(axis=1, keepdims=True)", "e / e.sum(axis=0, keepdims=True)", "softmax-axis", "numerics"),
        (PROGRAM, "np.exp(z - z.max(axis=1, keepdims=True))", "np.exp(500 * z)", "overflow", "numerics"),
        (BINARY, "(X[:, :1] > 0).astype(float)", "np.where(X[:, :1] > 0, 1.0, -1.0)", "targets-out-of-range", "data"),
        (BINARY, "return 1 / (1 + np.exp(-z))", "return (z > 0) * 1.0", "step-in-path", "numerics"),
    ],
    ids=["one-hot", "softmax-axis", "overflow", "targets", "step"],
)
def test_a_lint_names_its_line(source: str, old: str, new: str, code: str, kind: str, tmp_path: Path) -> None:
    assert source.count(old) == 1
    report = check(source.replace(old, new), tmp_path)
    line = source[: source.index(old)].count("\n") + 1
    assert report.verdict == "faulty"
    assert (code, kind, line) in [(f.code, f.kind, f.line) for f in report.defects]
    (finding,) = [f for f in report.defects if f.code == code][:1]
    assert all(isinstance(v, (int, float, str)) or v is None for v in finding.evidence.values())


@pytest.mark.parametrize("total", ["e.sum()", "np.sum(e, axis=0)", "e.sum(axis=(0, 1))"])
def test_a_softmax_over_the_samples_is_named_where_its_sum_is_taken(total: str, tmp_path: Path) -> None:
    source = PROGRAM.replace("return e / e.sum(axis=1, keepdims=True)", f"total = {total}\n    return e * (1 / total)")
    line = source[: source.index("total =")].count("\n") + 1
    found = list(softmax_axis(case_of(source, tmp_path)))
    assert [(f.kind, f.line, f.certain) for f in found] == [
        ("numerics", line, True),
        ("numerics", line + 1, False),
        ("loss", line, False),
    ]


LOOPS = {  # each takes the exponentials apart in its own way
    "rows are added": "total = sum(e)\n    return e / total",
    "entry by entry": (
        "total = np.zeros(3)\n    out = np.zeros(e.shape)\n    for i in range(len(e)): total += e[i]\n"
        "    for i in range(len(e)): out[i] = e[i] / total\n    return out"
    ),
    "a product with ones": "total = np.ones(len(e)) @ e\n    return e / total",
    "class by class": "total = [c / np.sum(c) for c in e.T]\n    return np.array(total).T",
}


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS)
def test_a_softmax_over_the_samples_is_named_however_it_is_summed(body: str, tmp_path: Path) -> None:
    source = PROGRAM.replace("return e / e.sum(axis=1, keepdims=True)", body)
    lines = [i for i, line in enumerate(source.split("\n"), start=1) if "total +=" in line or "total = " in line]
    first = next(iter(softmax_axis(case_of(source, tmp_path))))
    assert first.code == "softmax-axis" and first.line in lines and first.evidence["axis"] != first.evidence["needed"]


@pytest.mark.parametrize(
    "body",
    ["return (e.T / sum(e.T)).T", "return np.array([row / sum(row) for row in e])"],
    ids=["columns are added", "row by row"],
)
def test_a_softmax_over_the_classes_is_right_however_it_is_summed(body: str, tmp_path: Path) -> None:
    source = PROGRAM.replace("return e / e.sum(axis=1, keepdims=True)", body)
    assert not list(softmax_axis(case_of(source, tmp_path)))


def test_log_of_zero_is_found_by_training(tmp_path: Path) -> None:
    source = PROGRAM.replace("X = r.normal(size=(40, 3))", "X = 400 * r.normal(size=(40, 3))")
    report = check(source, tmp_path)
    (finding,) = [f for f in report.defects if f.code == "log-of-zero"]
    assert source.splitlines()[finding.line - 1].startswith("    return -np.sum(T * np.log")
    assert finding.evidence["smallest"] == 0.0


def test_negated_targets_of_cross_entropy_are_not_out_of_range(tmp_path: Path) -> None:
    source = BINARY.replace(
        'np.mean((act(X @ p["W"] + p["b"]) - y) ** 2)',
        'np.mean(-y * np.log(act(X @ p["W"] + p["b"])) - (1 - y) * np.log(1 - act(X @ p["W"] + p["b"])))',
    ).replace("d = 2 * (a - y) / len(X) * a * (1 - a)", "d = (a - y) / len(X)")
    assert check(source, tmp_path).findings == ()


def test_the_case_is_left_as_it_was() -> None:
    w = np.array([0.5, -0.5])
    before = w.copy()
    examine(Case({"w": w}, lambda p: np.sum(p["w"] ** 2), lambda p: {"w": 2 * p["w"]}))
    assert np.array_equal(w, before)
