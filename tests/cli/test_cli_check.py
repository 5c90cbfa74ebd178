"""``cutaway check``: verdicts, exit codes, one JSON document, files for reports, and hints without the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
PROGRAM = """import numpy as np
X = np.array([[0.5, 1.0], [2.0, -1.0], [-1.0, 0.3]])
y = np.array([[1.0], [0.0], [1.0]])
def loss(p): return np.mean((np.tanh(X @ p["W"]) - y) ** 2)
def grads(p):
    a = np.tanh(X @ p["W"])
    return {"W": X.T @ (2 * (a - y) / len(X)SLOPE)}
def case(): return dict(params={"W": np.full((2, 1), 0.3)}, loss=loss, grads=grads, lr=0.1)
"""


@pytest.fixture
def right(tmp_path: Path) -> Path:
    file = tmp_path / "right.py"
    file.write_text(PROGRAM.replace("SLOPE", " * (1 - a**2)"))
    return file


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    file = tmp_path / "wrong.py"
    file.write_text(PROGRAM.replace("SLOPE", ""))
    return file


def test_a_right_network(cutaway: Command, right: Path) -> None:
    answer = cutaway("check", right)
    assert answer.code == 0 and answer.out.startswith("Correct") and not answer.err


def test_a_wrong_network_as_one_document(cutaway: Command, wrong: Path) -> None:
    answer = cutaway("check", "--json", wrong)
    document = json.loads(answer.out)
    assert (answer.code, document["verdict"]) == (1, "faulty")
    finding = document["findings"][0]
    assert (finding["code"], finding["kind"], finding["line"]) == ("missing-slope", "gradient", 7)
    assert set(finding) == {"code", "kind", "parameters", "file", "line", "message", "fix", "evidence"}
    assert document["parameters"]["W"]["shape"] == [2, 1]


def test_several_files_give_the_worst_verdict(cutaway: Command, right: Path, wrong: Path) -> None:
    answer = cutaway("check", "--json", right, wrong)
    document = json.loads(answer.out)
    assert (answer.code, document["verdict"]) == (1, "faulty")
    assert [r["verdict"] for r in document["reports"]] == ["correct", "faulty"]


def test_a_hint_keeps_the_answer_back(cutaway: Command, wrong: Path) -> None:
    full, hint = cutaway("check", wrong).out, cutaway("check", "--hint", wrong).out
    assert "1 - a" in full and "1 - a" not in hint and "line 7" in hint


def test_reports_are_written_to_files(cutaway: Command, wrong: Path, tmp_path: Path) -> None:
    page, text = tmp_path / "report.html", tmp_path / "report.md"
    assert cutaway("check", wrong, "--html", page, "--markdown", text).code == 1
    assert "missing-slope" in text.read_text() and page.read_text().lstrip().lower().startswith("<!doctype html")


def test_wrong_usage(cutaway: Command, right: Path, tmp_path: Path) -> None:
    assert cutaway("check").code == 2
    assert cutaway("check", f"{right}:nothing").code == 2
    (tmp_path / "empty.py").write_text("x = 1\n")
    answer = cutaway("check", tmp_path / "empty.py")
    assert answer.code == 2 and "No training loop was found" in answer.err
