"""What somebody can get wrong about data, and the whole message that they then read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.data import load
from cutaway.errors import CutawayError, DataError, DataMissingError, ShapeError, UsageError

BUILT_IN = (
    "and, blobs, breast-cancer, circles, cora, diabetes, digits, fashion-mnist, iris, karate, mnist, moons, or, "
    "quadrants, spirals, wine, xor"
)
UNKNOWN = "The data set (a name, or the path of a .csv or .npz file) is not known; received"
GOOD = "age,bmi,outcome\n30,21.5,well\n40,30.1,ill\n50,25.0,well\n"

Mistake = tuple[str, dict[str, Any], type[CutawayError], str]

NAMES_AND_ARGUMENTS: list[Mistake] = [
    ("mons", {}, UsageError, f"{UNKNOWN} 'mons'. Did you mean 'moons'? Choose one of: {BUILT_IN}."),
    ("", {}, UsageError, f"{UNKNOWN} ''. Choose one of: {BUILT_IN}."),
    (None, {}, UsageError, "Data are named by a text or a path; received NoneType. Write for example 'moons'."),  # type: ignore[list-item]
    (
        "moons",
        {"n_samples": -5},
        UsageError,
        "n_samples must be a whole number; received -5. Write one of at least 2.",
    ),
    (
        "moons",
        {"n_samples": 1.5},
        UsageError,
        "n_samples must be a whole number; received 1.5. Write one of at least 2.",
    ),
    ("xor", {"n_samples": 3}, UsageError, "n_samples must be a whole number; received 3. Write one of at least 4."),
    (
        "circles",
        {"noise": -0.1},
        UsageError,
        "noise must be a number that is not negative; received -0.1. "
        "It is a standard deviation: write 0 for none, or for example 0.2.",
    ),
    (
        "circles",
        {"noise": float("nan")},
        UsageError,
        "noise must be a number that is not negative; received nan. "
        "It is a standard deviation: write 0 for none, or for example 0.2.",
    ),
    (
        "moons",
        {"seed": -1},
        UsageError,
        "seed must be a whole number; received -1. Write one of at least 0 and under 4294967296.",
    ),
    (
        "digits",
        {"n_samples": 100},
        UsageError,
        "n_samples is for generated data; received n_samples=100 with 'digits'.",
    ),
    (
        "iris",
        {"target": "species"},
        UsageError,
        "target is for a table in a file; received target='species' with 'iris'.",
    ),
]

FILES: list[Mistake] = [
    (
        "patient.csv",
        {"target": "outcome"},
        DataMissingError,
        "There is no such file; received 'patient.csv'. Did you mean 'patients.csv'? Check its name and folder.",
    ),
    (
        "nowhere/x.csv",
        {},
        DataMissingError,
        "There is no such file; received 'nowhere/x.csv'. Check its name and folder.",
    ),
    ("folder", {}, UsageError, "A file was expected, not a folder; received 'folder'. Name a file in it: inner.csv."),
    (
        "book.xlsx",
        {},
        DataError,
        "Files of the kind '.xlsx' are not read as tables; received 'book.xlsx'. Save the table as .csv or .npz.",
    ),
    (
        "https://example.org/a.csv",
        {},
        UsageError,
        "Tables are read from files; received 'https://example.org/a.csv'. Download the file first.",
    ),
    (
        "patients.csv",
        {},
        UsageError,
        "Which column of 'patients.csv' is to be predicted was not said. Give target=NAME, one of: age, bmi, outcome.",
    ),
    (
        "patients.csv",
        {"target": "outcom"},
        UsageError,
        "'patients.csv' has no column of this name to predict; received 'outcom'."
        " Did you mean 'outcome'? Its columns are: age, bmi, outcome.",
    ),
    (
        "patients.csv",
        {"target": "OUTCOME"},
        UsageError,
        "'patients.csv' has no column of this name to predict; received 'OUTCOME'."
        " Did you mean 'outcome'? Its columns are: age, bmi, outcome.",
    ),
    (
        "patients.csv",
        {"target": "outcome", "ignore": ["agee"]},
        UsageError,
        "'patients.csv' has no column of this name to ignore; received 'agee'."
        " Did you mean 'age'? Its columns are: age, bmi, outcome.",
    ),
    ("patients.csv", {"target": "age", "ignore": ["age"]}, UsageError, "The target cannot be ignored; received 'age'."),
    (
        "patients.csv",
        {"target": "outcome", "task": "regresion"},
        UsageError,
        "The task is not known; received 'regresion'. Did you mean 'regression'?"
        " Choose one of: classification, regression.",
    ),
    (
        "patients.csv",
        {"target": "outcome", "task": "regression"},
        DataError,
        "The target 'outcome' of a regression holds texts; received ill, well.",
    ),
    (
        "patients.csv",
        {"target": "outcome", "noise": 0.1},
        UsageError,
        "noise is for generated data; received noise=0.1 with 'patients.csv'.",
    ),
]


@pytest.mark.parametrize(("name", "arguments", "error", "message"), NAMES_AND_ARGUMENTS + FILES)
def test_a_wrong_name_or_argument(
    name: str,
    arguments: dict[str, Any],
    error: type[CutawayError],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "patients.csv").write_text(GOOD)
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner.csv").write_text(GOOD)
    with pytest.raises(CutawayError) as caught:
        load(name, **arguments)
    assert type(caught.value) is error
    assert str(caught.value) == message


TABLES: list[tuple[str | bytes, str]] = [
    ("", "'t.csv' is empty. Write a line of column names, then one line for each row."),
    ("age,outcome\n", "'t.csv' has a line of names and no rows; received age, outcome."),
    (
        "age,outcome\n30,well\n,ill\n50,ill\nNA,ill\n",
        "Column 'age' of 't.csv' lacks 2 values; received an empty cell, first on line 3. "
        "Fill in or delete those rows, or ignore the column.",
    ),
    (
        "age,bmi,outcome\n30,?,well\n,20,ill\n",
        "Column 'age' of 't.csv' lacks 1 value, and 1 more column too; received an empty cell, first "
        "on line 3. Fill in or delete those rows, or ignore the column.",
    ),
    (
        "age,outcome\n30,well\n40,\n",
        "Column 'outcome' of 't.csv' lacks 1 value; received an empty cell, first on line 3. "
        "Fill in or delete those rows, or ignore the column.",
    ),
    (
        "age,outcome\n30,well\n40,ill\ninf,ill\n",
        "Column 'age' of 't.csv' holds 1 infinite value; received inf, first on line 4. "
        "Write a finite number or delete those rows.",
    ),
    (
        "age,outcome\n30,well\n4o,ill\n50,ill\n",
        "Column 'age' of 't.csv' holds numbers, and 1 text that is none; received '4o' on line 3. "
        "Write a number there, or ignore the column.",
    ),
    (
        "age,outcome\n30,well\n40\n",
        "Line 3 of 't.csv' has 1 value for 2 columns. "
        "Give each row one value for each column, and put quotes around texts with a delimiter in them.",
    ),
    (
        "age,age,outcome\n30,1,well\n",
        "Column names of 't.csv' occur more than once; received 'age'. Give each column its own name.",
    ),
    (
        ",age,outcome\n0,30,well\n",
        "Column 1 of 't.csv' has no name in the first line. "
        "Name it, or delete it if it holds row numbers (pandas: to_csv(..., index=False)).",
    ),
    (
        "30,1\n40,0\n",
        "The first line of 't.csv' holds numbers where column names belong; received 30, 1. "
        "Write the names of the columns in the first line.",
    ),
    (
        "age,outcome\n30,well\n40,well\n",
        "The target 'outcome' has a single class; received 'well' in every row. Give rows of at least two classes.",
    ),
    ("age,outcome\n30,1.5\n40,1.5\n", "The target 'outcome' has the same value in every row; received 1.5."),
    ("outcome\nwell\nill\n", "'t.csv' has no column beside the target; received outcome."),
    (
        "name,outcome\n" + "".join(f"n{row},{'well' if row % 2 else 'ill'}\n" for row in range(30)),
        "Column 'name' of 't.csv' has too many categories; received 30 different values in 30 rows. "
        "If it identifies rows, ignore the column; else write fewer categories.",
    ),
    (
        'age,outcome\n30,"well\n40,ill\n',
        "The row that begins on line 2 of 't.csv' cannot be read; received unexpected end of data. "
        "Close every quote, and write a quote within a quoted text twice.",
    ),
    (
        "age,outcome\n30,gut\n40,schön\n".encode("latin-1"),
        "'t.csv' is not UTF-8 text; received byte 0xf6 on line 3. Save it as comma-separated text in UTF-8.",
    ),
    (
        b"age,outcome\n30,\x00\n",
        "'t.csv' is not a text file; received a zero byte. Save it as comma-separated text in UTF-8.",
    ),
]


@pytest.mark.parametrize(("content", "message"), TABLES)
def test_a_table_that_cannot_be_used(content: str | bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        load(path, target="outcome")
    assert str(caught.value) == message


def test_arrays_of_different_lengths(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.ones((5, 2)), y=np.ones(4))
    with pytest.raises(ShapeError) as caught:
        load(tmp_path / "a.npz")
    assert str(caught.value) == (
        "The arrays of 'a.npz' have different numbers of rows; received X (5, 2), y (4,). "
        "Save arrays of the same samples in one file."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"test": 0}, "The share test must lie between 0 and 1; received 0. Write for example 0.2."),
        ({"test": 20}, "The share test must lie between 0 and 1; received 20. Write for example 0.2."),
        (
            {"test": 0.5, "validation": 0.5},
            "The test and validation shares leave nothing to train on; received test=0.5, validation=0.5. "
            "Their sum must be under 1.",
        ),
        (
            {"validation": 0.2},
            "There are too few rows of class '0' to have one in each of 3 parts; received 2 rows of it among 4. "
            "Add rows, leave that class out or ask for smaller shares.",
        ),
    ],
)
def test_a_split_that_cannot_be_made(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((UsageError, DataError)) as caught:
        load("xor").split(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("width", [3, 785])
def test_a_message_stays_short_however_wide_the_table(width: int, tmp_path: Path) -> None:
    header = ",".join(f"pixel{j}" for j in range(width))
    (tmp_path / "wide.csv").write_text(header + "\n" + ",".join(["0"] * width) + "\n")
    with pytest.raises(UsageError) as caught:
        load(tmp_path / "wide.csv", target="label")
    assert len(str(caught.value)) < 250


def test_exit_codes_tell_missing_data_from_wrong_use() -> None:
    assert (DataMissingError.exit_code, DataError.exit_code, UsageError.exit_code) == (3, 2, 2)
