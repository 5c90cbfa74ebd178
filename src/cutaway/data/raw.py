"""A table as it stands in a file: named columns of texts or of numbers, before anything is decided about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from cutaway.data.checks import Floats, counted, listed, nearest
from cutaway.errors import DataError, UsageError

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})


@dataclass(frozen=True, eq=False)
class RawColumn:
    """The cells of one column: a list of stripped texts, or a float64 vector."""

    name: str
    cells: list[str] | Floats
    decimal_comma: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the cells came as texts, some of which may spell numbers."""
        return isinstance(self.cells, list)

    @cached_property
    def numbers(self) -> Floats:
        """The cells as float64; NaN where a text spells no number."""
        if not isinstance(self.cells, list):
            return self.cells
        cells = [cell.replace(",", ".") for cell in self.cells] if self.decimal_comma else self.cells
        return np.array([_number(cell) for cell in cells], dtype=np.float64)

    @cached_property
    def missing(self) -> list[int]:
        """The rows without a value."""
        no_number = np.flatnonzero(np.isnan(self.numbers)).tolist()
        if not isinstance(self.cells, list):
            return [int(row) for row in no_number]
        return [row for row in no_number if self.cells[row].lower() in MISSING]

    @cached_property
    def texts(self) -> list[str]:
        """The cells as texts; a whole number is written without a point."""
        if isinstance(self.cells, list):
            return self.cells
        return [spelled(value) for value in self.cells.tolist()]


@dataclass(frozen=True, eq=False)
class RawTable:
    """The columns of a file in their order.

    ``lines`` gives the line of each row in a text file. ``matrix`` says that the features came as one matrix without
    names, so that only their order means something.
    """

    path: Path
    columns: dict[str, RawColumn]
    lines: Sequence[int] | None = None
    image_shape: tuple[int, int] | None = None
    matrix: bool = False

    def where(self, row: int) -> str:
        """Return where a row stands, as one would look for it in the file."""
        return f"line {self.lines[row]}" if self.lines is not None else f"row {row}"

    def column(self, name: str, purpose: str) -> RawColumn:
        """Return a column, or raise a UsageError that suggests the nearest name."""
        if name in self.columns:
            return self.columns[name]
        raise UsageError(
            f"{self.path.name!r} has no column of this name to {purpose}",
            received=repr(name),
            instead=f"{nearest(name, self.columns)}Its columns are: {listed(self.columns)}",
        )

    def check_complete(self, names: Sequence[str]) -> None:
        """Raise a DataError when one of these columns lacks a value or holds an infinite one."""
        incomplete = [name for name in names if self.columns[name].missing]
        if incomplete:
            column = self.columns[incomplete[0]]
            row = column.missing[0]
            cell = column.cells[row]
            seen = "NaN" if not isinstance(cell, str) else repr(cell) if cell else "an empty cell"
            others = f", and {counted(len(incomplete) - 1, 'more column')} too" if len(incomplete) > 1 else ""
            raise DataError(
                f"Column {column.name!r} of {self.path.name!r} lacks {counted(len(column.missing), 'value')}{others}",
                received=f"{seen}, first on {self.where(row)}",
                instead="Fill in or delete those rows, or ignore the column",
            )
        for name in names:
            self._check_finite(self.columns[name])

    def _check_finite(self, column: RawColumn) -> None:
        infinite = np.isinf(column.numbers)
        if infinite.any():
            row = int(infinite.argmax())
            raise DataError(
                f"Column {column.name!r} of {self.path.name!r} holds {counted(int(infinite.sum()), 'infinite value')}",
                received=f"{column.cells[row]}, first on {self.where(row)}",
                instead="Write a finite number or delete those rows",
            )


def spelled(value: float) -> str:
    """Return the text of a number: whole ones without a point, others with all their digits."""
    return str(int(value)) if value.is_integer() else repr(value)


def _number(cell: str) -> float:
    try:
        # Python reads "1_000" as a number; in a table such a text is a code.
        return float(cell) if "_" not in cell else float("nan")
    except ValueError:
        return float("nan")
