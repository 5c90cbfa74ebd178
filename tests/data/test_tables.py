from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cutaway.data import Column, Dataset, Schema, Standardizer, Target, load, read_rows, read_table
from cutaway.errors import DataError, UsageError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(text: str, name: str = "sales.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


SALES = "age,colour,price,sold\n3,red,1.5,no\n4,blue,2.5,yes\n5,green,3.5,yes\n6,red,4.5,no\n"


@pytest.fixture
def sales(write: Write) -> Dataset:
    return load(write(SALES), target="sold")


def test_numbers_stay_and_texts_become_one_feature_for_each_category(sales: Dataset) -> None:
    assert sales.feature_names == ("age", "colour=blue", "colour=green", "colour=red", "price")
    assert sales.X.tolist() == [[3, 0, 0, 1, 1.5], [4, 1, 0, 0, 2.5], [5, 0, 1, 0, 3.5], [6, 0, 0, 1, 4.5]]
    assert sales.y.tolist() == [0, 1, 1, 0]
    assert (sales.task, sales.class_names, sales.target_name, sales.name) == ("binary", ("no", "yes"), "sold", "sales")


def test_a_table_of_texts_alone(write: Write) -> None:
    data = load(write("cap,smell,kind\nflat,none-at-all,good\nround,foul,bad\n"), target="kind")
    assert data.feature_names == ("cap=flat", "cap=round", "smell=foul", "smell=none-at-all")


def test_columns_can_be_ignored(write: Write) -> None:
    path = write(SALES.replace("3,red", ",red"))
    assert load(path, target="sold", ignore=["age", "price"]).feature_names == (
        "colour=blue",
        "colour=green",
        "colour=red",
    )
    assert "age" not in read_table(path, target="sold", ignore="age").feature_names


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["b", "a", "b"], "binary", ("a", "b")),
        (["c", "a", "b"], "multiclass", ("a", "b", "c")),
        (["True", "False", "True"], "binary", ("False", "True")),
        (["2", "10", "2"], "binary", ("2", "10")),
        (["1.0", "-1", "0"], "multiclass", ("-1", "0", "1")),
        (["0.5", "1.5", "0.5"], "regression", ()),
        ([str(n) for n in range(20)], "multiclass", tuple(map(str, range(20)))),
        ([str(n) for n in range(21)], "regression", ()),
        (["1", "2", "2.5"], "regression", ()),
    ],
)
def test_the_task_follows_from_the_target(write: Write, values: list[str], task: str, classes: tuple[str, ...]) -> None:
    data = load(write("x,t\n" + "".join(f"{row},{value}\n" for row, value in enumerate(values))), target="t")
    assert (data.task, data.class_names) == (task, classes)
    if classes:
        assert [data.class_names[label] for label in data.y] == [value.removesuffix(".0") for value in values]
    else:
        assert data.y.tolist() == list(map(float, values))


def test_the_task_can_be_said(write: Write) -> None:
    path = write("x,t\n1,1\n2,2\n3,3\n")
    assert load(path, target="t", task="regression").y.tolist() == [1, 2, 3]
    many = write("x,t\n" + "".join(f"{n},{n % 25}\n" for n in range(100)))
    assert load(many, target="t", task="classification").n_classes == 25
    halves = write("x,t\n1,0.5\n2,1.5\n")
    assert load(halves, target="t", task="classification").class_names == ("0.5", "1.5")


def test_a_new_table_is_encoded_in_the_same_way(sales: Dataset, write: Write) -> None:
    path = write("sold;price;extra;colour;age\nyes;9,5;?;blue;7\nno;8;;red;8\n", "new.csv")
    rows = read_rows(path, sales.schema)
    assert rows.X.tolist() == [[7, 1, 0, 0, 9.5], [8, 0, 0, 1, 8]]
    assert rows.y is not None
    assert rows.y.tolist() == [1, 0]


def test_the_schema_survives_json(sales: Dataset, write: Write) -> None:
    again = Schema.from_json(json.loads(json.dumps(sales.schema.to_json())))
    assert again == sales.schema
    assert np.array_equal(read_rows(write(SALES), again).X, sales.X)


@pytest.mark.parametrize("text", ["age,colour,price\n3,red,1.5\n", "age,colour,price,sold\n3,red,1.5,\n"])
def test_the_target_may_be_absent_or_empty(sales: Dataset, write: Write, text: str) -> None:
    rows = read_rows(write(text, "new.csv"), sales.schema)
    assert rows.X.tolist() == [[3, 0, 0, 1, 1.5]]
    assert rows.y is None


def test_a_target_of_numbers_is_recognised_however_it_is_spelled(write: Write) -> None:
    data = load(write("x,t\n1,1\n2,0\n"), target="t")
    rows = read_rows(write("x,t\n1,0.0\n2,1.0\n3,1e0\n", "new.csv"), data.schema)
    assert rows.y is not None
    assert rows.y.tolist() == [0, 1, 1]


def test_a_regression_target_is_read_as_numbers(write: Write) -> None:
    data = load(write("x,t\n1,1.5\n2,0\n"), target="t")
    rows = read_rows(write("t,x\n7,3\n", "new.csv"), data.schema)
    assert rows.y is not None
    assert rows.y.tolist() == [7]
    with pytest.raises(DataError, match=r"'t' of 'new\.csv' must hold numbers; received 'high' on line 2"):
        read_rows(write("t,x\nhigh,3\n", "new.csv"), data.schema)


def test_a_matrix_without_names_is_taken_in_the_order_of_the_schema(tmp_path: Path) -> None:
    digits = load("digits")
    path = tmp_path / "new.npz"
    np.savez(path, X=digits.X[:5].reshape(5, 8, 8), target=digits.y[:5])
    digits_schema = Schema(digits.schema.columns, Target("target", "multiclass", digits.class_names))
    rows = read_rows(path, digits_schema)
    assert np.array_equal(rows.X, digits.X[:5])
    assert np.array_equal(rows.y, digits.y[:5])
    np.savez(path, X=digits.X[:5])
    assert read_rows(path, digits.schema).y is None


def test_named_arrays_and_a_text_table_are_interchangeable(sales: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "new.npz"
    np.savez(path, price=[1.0], age=[2], colour=["green"])
    assert read_rows(path, sales.schema).X.tolist() == [[2, 0, 1, 0, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age,price\n1,2\n", r"lacks 1 column .*: 'colour'; received age, price"),
        ("AGE,kolour,price\n1,red,2\n", r"lacks 2 columns .*: 'age', 'colour'.* Did you mean 'AGE'\?"),
        ("age,colour,price\n1,Red,2\n2,pink,3\n", r"'colour' .* holds a category .* received 'Red' on line 2 \(2 such"),
        ("age,colour,price\n1,rad,2\n", r"Did you mean 'red'\? Known are: blue, green, red"),
        ("age,colour,price\nold,red,2\n", r"'age' of 'new\.csv' must hold numbers; received 'old' on line 2"),
        ("age,colour,price\n1,red,2\n,red,3\n", "'age' .* lacks 1 value; received an empty cell, first on line 3"),
        ("age,colour,price\n1,,2\n", "'colour' .* lacks 1 value"),
        ("age,colour,price,sold\n1,red,2,maybe\n", "'sold' .* holds a class that .* received 'maybe' on line 2"),
        ("age,colour,price,sold\n1,red,2,no\n1,red,2,\n", "'sold' .* lacks 1 value"),
        ("age,colour,price\n1,red,inf\n", "'price' .* holds 1 infinite value; received inf, first on line 2"),
    ],
)
def test_new_tables_that_do_not_fit(sales: Dataset, write: Write, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_rows(write(text, "new.csv"), sales.schema)


def test_a_matrix_of_another_width(sales: Dataset, tmp_path: Path) -> None:
    np.savez(tmp_path / "new.npz", X=np.ones((2, 2)))
    with pytest.raises(DataError, match=r"another number of columns .* received 2 columns for 3"):
        read_rows(tmp_path / "new.npz", sales.schema)


def test_names_made_from_categories_must_not_meet_a_column(write: Write) -> None:
    with pytest.raises(DataError, match="A feature name occurs more than once; received 'c=a'"):
        load(write("c,c=a,t\na,1,0\nb,2,1\n"), target="t")


def test_a_table_can_be_split_and_standardised(write: Write) -> None:
    lines = "".join(f"{n},{'ab'[n % 2]},{'yes' if n % 3 else 'no'}\n" for n in range(60))
    split = load(write("x,c,t\n" + lines), target="t").split()
    assert split.test.schema == split.train.schema
    Z = Standardizer.fit(split.train.X).transform(split.train.X)
    assert np.allclose(Z.std(axis=0), 1)


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        ({}, DataError, "not the schema of a table; received KeyError: 'columns'"),
        ([], DataError, "not the schema of a table; received TypeError"),
        ({"columns": [{"name": "a"}], "target": {}}, DataError, "KeyError: 'categories'"),
        ({"columns": [], "target": {"name": "t", "task": "ternary", "classes": []}}, UsageError, "task is not known"),
    ],
)
def test_documents_that_are_no_schema(document: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Schema.from_json(document)


def test_a_schema_prints_as_code() -> None:
    schema = Schema((Column("a"), Column("c", ("x", "y"))), Target("t", "binary", ("0", "1")))
    assert eval(repr(schema)) == schema
