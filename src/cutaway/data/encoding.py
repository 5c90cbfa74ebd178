"""Turn the columns of a table into numbers: find out how, once, as a schema; then encode any table by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.data.checks import Floats, Integers, counted, listed, nearest
from cutaway.data.raw import RawColumn, RawTable, spelled
from cutaway.data.schema import Column, Schema, Target
from cutaway.errors import DataError, UsageError

MOST_CLASSES = 20  # of a target of whole numbers; more different numbers make it a regression
FEW_CATEGORIES, MOST_CATEGORIES = 20, 200  # of a column of texts; more look like identifiers


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows encoded by a schema.

    Parameters
    ----------
    X : ndarray, shape (n_samples, n_features), float64
        The features in the order of the schema.
    y : ndarray, shape (n_samples,), int64 or float64, or None
        The target as the schema counts its classes; None when the table has no such column, or an empty one.
    """

    X: Floats
    y: Integers | Floats | None


def infer_schema(table: RawTable, target: str, ignore: Sequence[str] = (), task: str | None = None) -> Schema:
    """Return how the columns of a table become numbers; raise when one of them cannot."""
    answer = table.column(target, "predict")
    if target in ignore:
        raise UsageError("The target cannot be ignored", received=repr(target))
    names = [name for name in table.columns if name != target and name not in ignore]
    if not names:
        raise DataError(f"{table.path.name!r} has no column beside the target", received=listed(table.columns))
    table.check_complete([*names, target])
    columns = tuple(Column(name, _categories(table, table.columns[name])) for name in names)
    return Schema(columns, _infer_target(table, answer, task))


def encode(table: RawTable, schema: Schema) -> Rows:
    """Return the columns that a schema names as a matrix, and its target if the table has it."""
    table.check_complete([column.name for column in schema.columns])
    X = np.column_stack([_features(table, table.columns[column.name], column) for column in schema.columns])
    answer = table.columns.get(schema.target.name)
    if answer is None or len(answer.missing) == len(X):
        return Rows(X, None)
    table.check_complete([answer.name])
    if schema.target.task == "regression":
        return Rows(X, _numbers(table, answer))
    texts = answer.texts
    if answer.is_text and not set(texts) <= set(schema.target.classes):
        # "1.0" stands for the class "1", as it did when the classes were found.
        texts = [t if np.isnan(v) else spelled(v) for t, v in zip(texts, answer.numbers.tolist(), strict=True)]
    return Rows(X, _codes(table, answer, texts, schema.target.classes, "class"))


def _infer_target(table: RawTable, answer: RawColumn, task: str | None) -> Target:
    categories = _categories(table, answer)
    if categories is None:
        values = np.unique(answer.numbers)
        whole = bool((values == np.floor(values)).all())
        if task == "regression" or (task is None and not (whole and len(values) <= MOST_CLASSES)):
            if len(values) == 1:
                raise DataError(
                    f"The target {answer.name!r} has the same value in every row", received=f"{values[0]:g}"
                )
            return Target(answer.name, "regression")
        _check_categories(table, answer, len(values))
        categories = tuple(spelled(value) for value in values.tolist())
    elif task == "regression":
        raise DataError(f"The target {answer.name!r} of a regression holds texts", received=listed(categories))
    if len(categories) == 1:
        raise DataError(
            f"The target {answer.name!r} has a single class",
            received=f"{categories[0]!r} in every row",
            instead="Give rows of at least two classes",
        )
    return Target(answer.name, "binary" if len(categories) == 2 else "multiclass", categories)


def _categories(table: RawTable, column: RawColumn) -> tuple[str, ...] | None:
    """Return the sorted texts of a column, or None when all its cells are numbers."""
    if not isinstance(column.cells, list):
        return None
    no_number = np.isnan(column.numbers)
    if not no_number.any():
        return None
    if no_number.mean() < 0.5:
        row = int(no_number.argmax())
        raise DataError(
            f"Column {column.name!r} of {table.path.name!r} holds numbers, and "
            f"{counted(int(no_number.sum()), 'text')} that {'is' if no_number.sum() == 1 else 'are'} none",
            received=f"{column.cells[row]!r} on {table.where(row)}",
            instead="Write a number there, or ignore the column",
        )
    categories = sorted(set(column.cells))
    _check_categories(table, column, len(categories))
    return tuple(categories)


def _check_categories(table: RawTable, column: RawColumn, count: int) -> None:
    n = len(column.cells)
    if count > max(FEW_CATEGORIES, min(n // 2, MOST_CATEGORIES)):
        raise DataError(
            f"Column {column.name!r} of {table.path.name!r} has too many categories",
            received=f"{count} different values in {counted(n, 'row')}",
            instead="If it identifies rows, ignore the column; else write fewer categories",
        )


def _features(table: RawTable, raw: RawColumn, column: Column) -> Floats:
    if column.categories is None:
        return _numbers(table, raw)
    codes = _codes(table, raw, raw.texts, column.categories, "category")
    one_hot: Floats = (codes[:, None] == np.arange(len(column.categories))).astype(np.float64)
    return one_hot


def _numbers(table: RawTable, column: RawColumn) -> Floats:
    no_number = np.isnan(column.numbers)
    if no_number.any():
        row = int(no_number.argmax())
        raise DataError(
            f"Column {column.name!r} of {table.path.name!r} must hold numbers",
            received=f"{column.texts[row]!r} on {table.where(row)}",
        )
    return column.numbers


def _codes(table: RawTable, column: RawColumn, texts: Sequence[str], known: Sequence[str], word: str) -> Integers:
    code = {text: number for number, text in enumerate(known)}
    unknown = [row for row, text in enumerate(texts) if text not in code]
    if unknown:
        row = unknown[0]
        raise DataError(
            f"Column {column.name!r} of {table.path.name!r} holds a {word} that was not in the table trained on",
            received=f"{texts[row]!r} on {table.where(row)} ({counted(len(unknown), 'such row')})",
            instead=f"{nearest(texts[row], known)}Known are: {listed(known)}",
        )
    return np.array([code[text] for text in texts], dtype=np.int64)
