"""From a file to a case: programs without an adapter, ``case()`` in its forms, and what is said when nothing is found."""

# ruff: noqa: E501 - the lines of programs in strings

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cutaway.checking.records import Report
from cutaway.checking.running.runner import check_file, split
from cutaway.errors import DataMissingError, UsageError

PROGRAMS = Path(__file__).parent / "programs"
RIGHT = ("notebook_right", "class_right", "layers_right", "one_function_right")
WRONG = {
    "notebook_missing_slope": ("gradient", "dZ1 = W2.T @ dZ2\n"),
    "class_updated_too_early": ("update", "self.W2 -= self.lr * self.hidden.T.dot(output_delta)"),
    "layers_bias_summed_over_all": ("gradient", "grad_bias = grad.sum()"),
    "one_function_wrong_slope": ("gradient", "d1 = (d2 @ w2.T) * (1 - h1)"),
}
LOGISTIC = """import numpy as np
X = np.array([[0.5, 1.0], [2.0, -1.0], [-1.0, 0.3]])
y = np.array([[1.0], [0.0], [1.0]])
def loss(p): return np.mean((np.tanh(X @ p["W"]) - y) ** 2)
def grads(p):
    a = np.tanh(X @ p["W"])
    return {"W": X.T @ (2 * (a - y) / len(X) * (1 - a**2))}
"""


def check(folder: Path, text: str, name: str = "", timeout: float = 60) -> Report:
    file = folder / "program.py"
    file.write_text(text)
    (report,) = check_file(f"{file}{':' if name else ''}{name}", timeout)
    return report


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_program_without_an_adapter(name: str) -> None:
    (report,) = check_file(PROGRAMS / f"{name}.py")
    assert report.verdict == "correct", report.findings
    assert report.parameters and all(p.error < 1e-6 for p in report.parameters)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_program_without_an_adapter(name: str) -> None:
    kind, part = WRONG[name]
    file = PROGRAMS / f"{name}.py"
    (report,) = check_file(file)
    text = file.read_text()
    line = text[: text.index(part)].count("\n") + 1
    assert report.verdict == "faulty"
    assert (kind, line) in {(f.kind, f.line) for f in report.findings}


def test_a_case_and_a_function_of_another_name(tmp_path: Path) -> None:
    text = LOGISTIC + "def mine(): return dict(params={'W': np.ones((2, 1))}, loss=loss, grads=grads, lr=0.1)\n"
    assert check(tmp_path, text, "mine").verdict == "correct"
    assert check(tmp_path, text + "case = mine\n").verdict == "correct"
    with pytest.raises(UsageError, match=r"Choose one of: grads, loss, mine"):
        check(tmp_path, text, "yours")


def test_parameters_in_a_list(tmp_path: Path) -> None:
    text = LOGISTIC + (
        "def case(): return dict(params=[np.ones((2, 1))], loss=lambda p: loss({'W': p[0]}), "
        "grads=lambda p: [grads({'W': p[0]})['W']], lr=0.1)\n"
    )
    report = check(tmp_path, text)
    assert report.verdict == "correct" and [p.name for p in report.parameters] == ["0"]


def test_a_case_that_lacks_something_says_what(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="case\\(\\) lacks loss and grads; received params"):
        check(tmp_path, "def case(): return dict(params={})\n")
    with pytest.raises(UsageError, match="must return a dict; received NoneType"):
        check(tmp_path, "def case(): pass\n")


def test_a_program_without_a_network_is_told_what_was_looked_for_and_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No training loop was found") as caught:
        check(tmp_path, "total = 0\nfor i in range(3):\n    total += i\n")
    assert "def case():" in str(caught.value) and "grads=lambda p" in str(caught.value)


def test_a_program_that_stops_shows_its_error_and_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"stops with an error; received ZeroDivisionError in line 2: 1 / x"):
        check(tmp_path, "x = 0\n1 / x\n")
    with pytest.raises(UsageError, match="InputRefusedError"):
        check(tmp_path, "n = input('how many? ')\n")
    with pytest.raises(UsageError, match="is not a Python program"):
        check(tmp_path, "def f(:\n")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError):
        check_file(tmp_path / "nothing.py")


def test_a_program_that_never_ends_is_stopped_and_judged_by_what_was_seen(tmp_path: Path) -> None:
    text = (PROGRAMS / "notebook_right.py").read_text().replace("range(300)", "range(10**9)")
    assert check(tmp_path, text, timeout=30).verdict == "correct"


def test_a_program_that_cannot_be_stopped_is_ended(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="took too long"):
        check(tmp_path, "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n", timeout=3)


def test_the_program_runs_as_its_user_runs_it_and_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        "import sys, os\nassert __name__ == '__main__' and sys.argv == [__file__] and os.getcwd() == sys.path[0]\n"
        "assert os.environ['MPLBACKEND'] == 'Agg'\nprint('loud')\nget_ipython().run_line_magic('matplotlib', 'inline')\n"
    )
    text += (PROGRAMS / "notebook_right.py").read_text()
    assert check(tmp_path, text).verdict == "correct"
    assert os.listdir(tmp_path) == ["program.py"]
    assert capfd.readouterr() == ("", "")


def test_names_files_and_comments_are_not_read(tmp_path: Path) -> None:
    text = (PROGRAMS / "one_function_wrong_slope.py").read_text()
    first = check(tmp_path, text)
    other = check(tmp_path, '"""Correct."""\n' + text.replace("\n    return costs", "  # right\n    return costs"))
    assert [(f.code, f.line + 1) for f in first.findings] == [(f.code, f.line) for f in other.findings]


def test_the_words_of_a_target() -> None:
    assert split("net.py:my_case") == ("net.py", "my_case")
    assert split("net.py") == ("net.py", None)
