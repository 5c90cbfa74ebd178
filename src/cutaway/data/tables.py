"""Tables from files: one to learn from, with its schema, and later ones encoded in the same way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cutaway.data.checks import counted, listed, nearest
from cutaway.data.csv_file import read_csv
from cutaway.data.dataset import Dataset
from cutaway.data.encoding import Rows, encode, infer_schema
from cutaway.data.npz_file import MATRIX, read_npz
from cutaway.data.raw import RawColumn, RawTable
from cutaway.data.schema import Schema
from cutaway.errors import DataError, DataMissingError, UsageError, one_of

TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".txt", ".data", ""})
KINDS = ("classification", "regression")


def read_table(
    path: str | os.PathLike[str],
    *,
    target: str | None = None,
    ignore: Sequence[str] = (),
    task: str | None = None,
) -> Dataset:
    r"""Return the data set of a text table (CSV) or an NPZ archive.

    Columns of numbers are features as they are, columns of texts become one feature of 0 and 1 for each category. A
    target of texts, or of whole numbers with at most 20 different values, is one of classes; any other is a number.

    Parameters
    ----------
    path : str or path
        A text table whose first line has the names, or an NPZ archive.
    target : str, optional
        The column to predict. An archive with arrays ``X`` and ``y`` does without.
    ignore : sequence of str
        Columns to leave out, such as identifiers.
    task : {"classification", "regression"}, optional
        What the target is, where the rule above guesses wrong.

    Raises
    ------
    DataMissingError
        When there is no such file.
    UsageError
        When a column is not in the table, or the target is not named.
    DataError
        When the file cannot be read, or a value is missing, infinite or out of place; the message says where.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "sales.csv")
    ...     _ = file.write_text("age,colour,sold\n3,red,no\n4,blue,yes\n5,red,yes\n")
    ...     read_table(file, target="sold").feature_names
    ('age', 'colour=blue', 'colour=red')
    """
    if isinstance(ignore, str):
        ignore = (ignore,)
    if task is not None and task not in KINDS:
        raise one_of(task, KINDS, name="The task")
    path = find_file(path)
    if path.suffix.lower() == ".npz":
        table = read_npz(path, target or "y", frozenset(ignore))
        if target is None and table.matrix and "y" in table.columns:
            target = "y"
    else:
        table = read_csv(path)
        for name in ignore:
            table.column(name, "ignore")
    if target is None:
        raise UsageError(
            f"Which column of {path.name!r} is to be predicted was not said",
            instead=f"Give target=NAME, one of: {listed(table.columns)}",
        )
    schema = infer_schema(table, target, ignore, task)
    rows = encode(table, schema)
    assert rows.y is not None, "infer_schema has found a value of the target in each row"
    return Dataset(
        name=path.stem,
        X=rows.X,
        y=rows.y,
        task=schema.target.task,
        feature_names=schema.feature_names,
        class_names=schema.target.classes,
        target_name=target,
        description=f"the table {path.name}, {target} from {counted(len(schema.columns), 'column')}",
        source=f"file {path}",
        image_shape=table.image_shape,
        schema=schema,
    )


def read_rows(path: str | os.PathLike[str], schema: Schema) -> Rows:
    """Return the rows of another file, encoded as the table was from which `schema` was made.

    Columns may stand in any order, and more than the schema names are passed over. The target column may be absent or
    empty. A matrix ``X`` without names is taken in the order of the schema.

    Raises
    ------
    DataMissingError
        When there is no such file.
    DataError
        When columns are missing, or hold a category, a class or a text that the schema does not know.
    """
    path = find_file(path)
    table = read_npz(path, schema.target.name) if path.suffix.lower() == ".npz" else read_csv(path)
    if table.matrix:
        table = _with_names(table, schema)
    absent = [column.name for column in schema.columns if column.name not in table.columns]
    if absent:
        raise DataError(
            f"{path.name!r} lacks {counted(len(absent), 'column')} of the table trained on: "
            f"{listed(map(repr, absent))}",
            received=listed(table.columns),
            instead=f"{nearest(absent[0], table.columns)}Give it the columns {listed(c.name for c in schema.columns)}",
        )
    return encode(table, schema)


def find_file(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file that can be read as a table, or raise the error that says why it cannot."""
    found = Path(os.path.expanduser(path))
    if os.path.isdir(found):
        tables = [name for name in _names(found) if name.lower().endswith((".csv", ".tsv", ".npz"))]
        hint = f"Name a file in it: {listed(tables)}" if tables else "Name a .csv or .npz file"
        raise UsageError("A file was expected, not a folder", received=repr(str(path)), instead=hint)
    if "://" in str(path):
        raise UsageError("Tables are read from files", received=repr(str(path)), instead="Download the file first")
    if not os.path.exists(found):
        raise DataMissingError(
            "There is no such file",
            received=repr(str(path)),
            instead=f"{nearest(found.name, _names(found.parent))}Check its name and folder",
        )
    if found.suffix.lower() not in TEXT_SUFFIXES | {".npz"}:
        raise DataError(
            f"Files of the kind {found.suffix!r} are not read as tables",
            received=repr(str(path)),
            instead="Save the table as .csv or .npz",
        )
    if not os.access(found, os.R_OK):
        raise DataError("The file may not be read by you", received=repr(str(path)))
    return found


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):
        return []


def _with_names(table: RawTable, schema: Schema) -> RawTable:
    """Name the columns of a matrix by their order, which is the only thing that can tell them apart."""
    target = table.columns.get(schema.target.name)
    features = [column for column in table.columns.values() if column is not target]
    if len(features) != len(schema.columns):
        raise DataError(
            f"The matrix {MATRIX} of {table.path.name!r} has another number of columns than the table trained on",
            received=f"{len(features)} columns for {len(schema.columns)}",
            instead=f"Give it the columns {listed(c.name for c in schema.columns)}",
        )
    columns = {c.name: RawColumn(c.name, raw.cells) for c, raw in zip(schema.columns, features, strict=True)}
    if target is not None:
        columns[target.name] = target
    return RawTable(table.path, columns, matrix=True)
