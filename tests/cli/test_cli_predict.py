"""``cutaway predict``: other rows, in each form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cutaway import experiments

Command = Callable[..., Any]


def test_the_first_rows_and_the_scores_are_shown(cutaway: Command, moons: Path) -> None:
    answer = cutaway("predict", moons, "moons")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0].split() == ["row", "predicted", "true"]
    assert lines[10].split()[0] == "10"
    assert "The first 10 of 500 rows; --out FILE writes them all." in answer.out
    assert "On 500 rows: accuracy 0." in answer.out


def test_probabilities_are_shown(cutaway: Command, moons: Path) -> None:
    answer = cutaway("predict", moons, "moons", "--proba", "--n-samples", "5")
    assert answer.out.splitlines()[0].split() == ["row", "predicted", "true", "p(0)", "p(1)"]
    assert "The first" not in answer.out


def test_all_rows_are_written(cutaway: Command, moons: Path, tmp_path: Path) -> None:
    answer = cutaway("predict", moons, "moons", "--out", tmp_path / "p.csv", "--proba")
    assert f"500 rows written to {tmp_path / 'p.csv'}." in answer.out
    with open(tmp_path / "p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 500
    assert list(rows[0]) == ["row", "predicted", "true", "p(0)", "p(1)"]


def test_rows_go_to_standard_output(cutaway: Command, moons: Path, tmp_path: Path) -> None:
    cutaway("predict", moons, "moons", "--out", tmp_path / "p.csv")
    answer = cutaway("predict", moons, "moons", "--out", "-")
    assert answer.out == (tmp_path / "p.csv").read_text()
    assert len(list(csv.reader(io.StringIO(answer.out)))) == 501


def test_json_is_one_document(cutaway: Command, moons: Path) -> None:
    answer = cutaway("predict", moons, "moons", "--json", "--n-samples", "20", "--noise", "0", "--seed", "5", "--proba")
    found = json.loads(answer.out)
    assert found["rows"] == 20
    assert len(found["predicted"]) == len(found["probabilities"]) == 20
    assert found["scores"]["accuracy"] >= 0.7


def test_the_seed_of_the_training_comes_with_a_caution(cutaway: Command, moons: Path) -> None:
    assert "trained on a part" in cutaway("predict", moons, "moons", "--seed", "0").out
    assert "trained on a part" not in cutaway("predict", moons, "moons", "--seed", "1").out


def test_a_table_is_predicted(cutaway: Command, moons: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("x1,x0,name\n1.0,0.0,a\n-0.5,1.0,b\n")
    answer = cutaway("predict", moons, tmp_path / "new.csv", "--out", "-")
    assert answer.out == "row,predicted\n1,0\n2,1\n"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (None, 3, "no such file"),
        ("x0\n1\n", 2, "lacks 1 column"),
        ("x0,x1\n1,a\n", 2, "must hold numbers"),
        ("x0,x1\n1,\n", 2, "x1"),
    ],
)
def test_a_table_that_does_not_fit(
    cutaway: Command, moons: Path, tmp_path: Path, text: str | None, code: int, words: str
) -> None:
    if text is not None:
        (tmp_path / "new.csv").write_text(text)
    answer = cutaway("predict", moons, tmp_path / "new.csv")
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err


def test_a_folder_that_is_no_run(cutaway: Command, tmp_path: Path) -> None:
    answer = cutaway("predict", tmp_path, "moons")
    assert answer.code == 3
    assert "holds no run" in answer.err


def test_a_run_whose_weights_are_gone(cutaway: Command, moons: Path, tmp_path: Path) -> None:
    (tmp_path / "network.json").write_text((moons / "network.json").read_text())
    answer = cutaway("predict", tmp_path, "moons")
    assert answer.code == 3
    assert "network is not there" in answer.err


def test_the_command_of_the_report_works(cutaway: Command, moons: Path) -> None:
    command = f"cutaway predict {moons} moons --out predictions.csv"
    assert command in (moons / "report.html").read_text()
    assert experiments.read(moons).data_name == "moons"
