"""Read a text table: one line of names, then one line for each row, separated by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import numpy as np

from cutaway.data.checks import counted, listed
from cutaway.data.raw import RawColumn, RawTable
from cutaway.errors import DataError

DELIMITERS = ",;\t|"
SAMPLE_LINES = 20  # looked at to find the delimiter
LARGE = 1_000_000  # characters; a smaller table is read in a moment anyway


def read_csv(path: Path) -> RawTable:
    """Return the columns of a text table as texts.

    The delimiter is found from the first lines. Quoted cells may hold delimiters and line breaks, blank lines are
    skipped, spaces around cells are removed. With semicolons a comma in a number is read as a decimal point.

    Raises
    ------
    DataError
        When the file is empty, not UTF-8 text, has no line of names, a name twice, or rows of different lengths.
    """
    text = _decode(path)
    delimiter = find_delimiter(text)
    table = _read_numbers(path, text, delimiter)
    if table is not None:
        return table
    header, rows, lines = _parse(path, text, delimiter)
    _check_header(path, header)
    if not rows:
        raise DataError(f"{path.name!r} has a line of names and no rows", received=listed(header))
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise DataError(
                f"Line {line} of {path.name!r} has {counted(len(row), 'value')} for {counted(len(header), 'column')}",
                instead="Give each row one value for each column, and put quotes around texts with a delimiter in them",
            )
    columns = {
        name: RawColumn(name, [cell.strip() for cell in cells], decimal_comma=delimiter == ";")
        for name, cells in zip(header, zip(*rows, strict=True), strict=True)
    }
    return RawTable(path, columns, lines)


def find_delimiter(text: str) -> str:
    r"""Return the delimiter that splits most of the first lines into as many cells as the line of names.

    Examples
    --------
    >>> find_delimiter("age;price\n30;1,5\n")
    ';'
    """
    head = [line for line in itertools.islice(io.StringIO(text, newline=""), SAMPLE_LINES) if line.strip()]

    def fitness(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in csv.reader(head, delimiter=delimiter, skipinitialspace=True) if row]
        except csv.Error:
            return (0.0, 0)
        if not widths or widths[0] == 1:
            return (0.0, 0)
        return (widths.count(widths[0]) / len(widths), widths[0])

    return max(DELIMITERS, key=fitness)


def _decode(path: Path) -> str:
    data = path.read_bytes()
    advice = "Save it as comma-separated text in UTF-8"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path.name!r} is not UTF-8 text",
            received=f"byte 0x{data[error.start]:02x} on line {line}",
            instead=advice,
        ) from error
    if "\0" in text:
        raise DataError(f"{path.name!r} is not a text file", received="a zero byte", instead=advice)
    return text


def _read_numbers(path: Path, text: str, delimiter: str) -> RawTable | None:
    """Read a large table of nothing but numbers several times faster, or return None.

    What is unusual in any way is left to the slow reader, which says where.
    """
    n_rows = text.count("\n") - text.endswith("\n")
    if len(text) < LARGE or n_rows < 1:
        return None
    try:
        names = next(csv.reader([text[: text.index("\n")]], delimiter=delimiter, skipinitialspace=True, strict=True))
        values = np.loadtxt(io.StringIO(text), delimiter=delimiter, skiprows=1, comments=None, ndmin=2)
    except (ValueError, csv.Error):
        return None
    header = [name.strip() for name in names]
    if values.shape != (n_rows, len(header)) or not np.isfinite(values).all():
        return None
    _check_header(path, header)
    columns = {name: RawColumn(name, cells) for name, cells in zip(header, values.T, strict=True)}
    return RawTable(path, columns, lines=range(2, n_rows + 2))


def _parse(path: Path, text: str, delimiter: str) -> tuple[list[str], list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for row in reader:
            if len(row) > 1 or any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"The row that begins on line {start} of {path.name!r} cannot be read",
            received=str(error),
            instead="Close every quote, and write a quote within a quoted text twice",
        ) from error
    if not rows:
        raise DataError(f"{path.name!r} is empty", instead="Write a line of column names, then one line for each row")
    return [cell.strip() for cell in rows[0]], rows[1:], lines[1:]


def _check_header(path: Path, header: list[str]) -> None:
    if "" in header:
        raise DataError(
            f"Column {header.index('') + 1} of {path.name!r} has no name in the first line",
            instead="Name it, or delete it if it holds row numbers (pandas: to_csv(..., index=False))",
        )
    twice = [name for name in dict.fromkeys(header) if header.count(name) > 1]
    if twice:
        raise DataError(
            f"Column names of {path.name!r} occur more than once",
            received=listed(map(repr, twice)),
            instead="Give each column its own name",
        )
    if all(_is_number(name) for name in header):
        raise DataError(
            f"The first line of {path.name!r} holds numbers where column names belong",
            received=listed(header),
            instead="Write the names of the columns in the first line",
        )


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True
