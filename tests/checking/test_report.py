"""The report: what it says, in every form."""

from __future__ import annotations

import html
import json
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.checking.records import KINDS, Finding, ParameterVerdict, Report
from cutaway.errors import UsageError
from cutaway.testing import assert_gradients

X = np.random.default_rng(0).normal(size=(12, 3))
Y = np.sign(X[:, :1]) * 0.5
START = {"W": np.full((3, 4), 0.2) + np.arange(12).reshape(3, 4) / 20, "V": np.linspace(-1, 1, 4)[:, None]}


def loss(p: dict[str, Any]) -> Any:
    return np.mean((np.tanh(X @ p["W"]) @ p["V"] - Y) ** 2)


def right(p: dict[str, Any]) -> dict[str, Any]:
    A = np.tanh(X @ p["W"])
    d = 2 * (A @ p["V"] - Y) / len(X)
    dZ = d @ p["V"].T * (1 - A**2)
    return {"W": X.T @ dZ, "V": A.T @ d}


def wrong(p: dict[str, Any]) -> dict[str, Any]:
    A = np.tanh(X @ p["W"])
    d = 2 * (A @ p["V"] - Y) / len(X)
    dZ = d @ p["V"].T * (1 - A)
    return {"W": X.T @ dZ, "V": A.T @ d}


FAULTY = ca.check(loss, wrong, START)
CORRECT = ca.check(loss, right, START)


def test_verdicts_and_exit_codes() -> None:
    assert (FAULTY.verdict, FAULTY.exit_code) == ("faulty", 1)
    assert (CORRECT.verdict, CORRECT.exit_code) == ("correct", 0)
    assert Report("unclear").exit_code == 0


def test_the_text_shows_the_line_the_correction_and_the_proof() -> None:
    text = str(FAULTY)
    (excerpt, corrected) = (
        next(line.strip() for line in text.splitlines() if line.strip().startswith(f"{sign} ")) for sign in "-+"
    )
    number = FAULTY.findings[0].line
    assert excerpt == f'- {number} dZ = d @ p["V"].T * (1 - A)'
    assert corrected.startswith(f"+ {number} dZ = ")
    assert f"    {number - 1} d = 2 *" in text and f"    {number + 1} return" in text
    assert corrected.replace(" ", "").endswith("((1-A**2))") or corrected.replace(" ", "").endswith("(1-A**2)")
    assert "Proof" in text and "test_report.py, line" in text
    assert all(len(line) <= 110 for line in text.splitlines())


def test_a_correct_network_gets_its_becauses() -> None:
    text = str(CORRECT)
    assert "Because" in text
    assert "slope of tanh from its output" in text
    assert "exact gradient" in CORRECT.compared


def test_the_document_has_what_it_should_and_is_json() -> None:
    document = json.loads(json.dumps(FAULTY.to_json()))
    assert set(document) == {"verdict", "findings", "parameters", "witnesses"}
    finding = document["findings"][0]
    assert set(finding) == {"code", "kind", "parameters", "file", "line", "message", "fix", "evidence"}
    assert finding["kind"] in KINDS and finding["parameters"] == ["W"]
    assert document["parameters"]["V"]["verdict"] == "correct"
    assert document["parameters"]["W"]["shape"] == [3, 4]


def test_numbers_of_all_kinds_become_json() -> None:
    evidence = {
        "a": np.float32(1.5),
        "b": np.arange(2),
        "c": np.inf,
        "d": (np.int64(1), None, True),
        "e": {"f": np.bool_(True)},
    }
    document = Report("faulty", (Finding("x", "data", "y", evidence=evidence),)).to_json()
    assert json.loads(json.dumps(document))["findings"][0]["evidence"] == {
        "a": 1.5, "b": [0, 1], "c": "inf", "d": [1, None, True], "e": {"f": True},
    }  # fmt: skip


def test_a_hint_gives_no_answer() -> None:
    for text in (FAULTY.text(hint=True), FAULTY.markdown(hint=True), FAULTY.html(hint=True)):
        assert "gradient" in text and "line" in text
        assert "Fix" not in text and "A**2" not in text.replace(" ", "") and "slope-misspelt" not in text


def _letters(text: str) -> str:
    return "".join(html.unescape(text).split())


def test_no_form_of_a_hint_holds_the_answer() -> None:
    """The corrected line, the fix and the code of the mistake stand nowhere in the whole output."""
    finding = FAULTY.findings[0]
    secrets = {_letters(s) for s in (finding.corrected, finding.fix, finding.right, finding.code, finding.message)}
    assert all(len(s) > 5 for s in secrets)
    document = json.dumps(FAULTY.to_json(hint=True))
    forms = {
        "text": FAULTY.text(hint=True, width=1000),
        "markdown": FAULTY.markdown(hint=True),
        "html": FAULTY.html(hint=True),
        "json": document,
    }
    for name, text in forms.items():
        assert [s for s in secrets if s in _letters(text)] == [], name
        assert finding.hint in html.unescape(text) and str(finding.line) in text
    assert json.loads(document)["findings"][0]["kind"] == "gradient"
    full = _letters(json.dumps(FAULTY.to_json()).replace('\\"', '"'))
    assert sum(s in full for s in secrets) >= 3  # they are found where they stand


def test_markdown_and_html() -> None:
    page = FAULTY.html()
    assert page.startswith("<!doctype html>") and "http" not in page and "<script" not in page
    assert "<code>W</code>" in page
    assert "```diff" in FAULTY.markdown() and "| `W` |" in FAULTY.markdown()
    assert FAULTY._repr_html_().startswith("<style>")


def test_markup_in_names_is_escaped() -> None:
    report = Report(
        "faulty",
        (Finding("x", "data", "a < b & c", excerpt="if a < b: <b>"),),
        (ParameterVerdict("<W>", (2,), 0.5, "wrong"),),
    )
    assert "<b>" not in report.html() and "&lt;W&gt;" in report.html()
    assert "[bold]" in Report("faulty", (Finding("x", "data", "[bold]"),)).text()


def test_colours_only_where_asked_for() -> None:
    assert "\x1b[" not in FAULTY.text()
    assert "\x1b[" in FAULTY.text(color=True)


def test_findings_about_several_lines_are_one_chapter() -> None:
    twice = tuple(Finding("factor", "gradient", "same", file="a.py", line=n, excerpt=f"x{n}") for n in (3, 7))
    text = Report("faulty", twice).text()
    assert text.count("same") == 1 and "a.py, line 7" in text


def test_notes_do_not_make_a_program_faulty() -> None:
    note = Finding("no-bias", "initialization", "a note", certain=False)
    report = Report("correct", (note,))
    assert report.defects == () and "note" in report.text()


def test_the_pytest_helper_fails_with_the_report() -> None:
    assert_gradients(loss, right, START)
    with pytest.raises(AssertionError, match=r"slope-misspelt") as caught:
        assert_gradients(loss, wrong, START)
    assert "Proof" in str(caught.value)


def test_what_is_needed_is_said() -> None:
    with pytest.raises(UsageError, match=r"ca\.check\(loss, gradients"):
        ca.check(loss, right, {})
    with pytest.raises(UsageError, match="check needs"):
        ca.check(loss, None, START)
