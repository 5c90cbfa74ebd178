"""History: what a training run said, one record of plain numbers for each epoch.

Training appends records and nothing else; tables, files and pictures are made from them afterwards.
"""

from __future__ import annotations

import csv
import html
import io
import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import DataError, DataMissingError, MissingPackageError, UsageError, one_of
from cutaway.files import replacing

if TYPE_CHECKING:
    from rich.console import RenderableType

Record: TypeAlias = dict[str, Any]
Stopped: TypeAlias = Literal["finished", "early stopping", "interrupted", "diverged"]

# Anything else is an error of some kind, of which less is better.
_HIGHER_IS_BETTER = frozenset(
    ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "auc", "roc_auc", "r2", "score")
)
_ROWS_SHOWN = 8


class History:
    """The records of a training run.

    Parameters
    ----------
    records : list of dict, optional
        One for each epoch: ``epoch`` (from 1), ``loss``, metrics such as ``accuracy``, the same with ``val_``,
        ``lr``, ``seconds``. Plain Python numbers.
    stopped : str, optional
        Why training ended: ``"finished"``, ``"early stopping"``, ``"interrupted"`` or ``"diverged"``; None before.
    notes : list of str, optional
        What was decided on the way, in sentences, such as the loss that was chosen.

    Examples
    --------
    >>> history = History([{"epoch": 1, "loss": 0.7}, {"epoch": 2, "loss": 0.5}])
    >>> history["loss"]
    array([0.7, 0.5])
    >>> history.best("loss")["epoch"]
    2
    """

    def __init__(
        self, records: list[Record] | None = None, stopped: Stopped | None = None, notes: list[str] | None = None
    ) -> None:
        self._records = [] if records is None else records
        self._unread: list[dict[str, NDArray[Any]]] = []  # columns that nobody has looked at as records yet
        self.stopped = stopped
        self.notes = [] if notes is None else notes

    @property
    def records(self) -> list[Record]:
        """The records themselves, first to last."""
        for columns in self._unread:
            rows = zip(*(values.tolist() for values in columns.values()), strict=True)
            self._records += [dict(zip(columns, row, strict=True)) for row in rows]
        self._unread.clear()
        return self._records

    def extend(self, columns: Mapping[str, Sequence[float] | NDArray[Any]]) -> None:
        """Add one or more records, given as columns of one length; they are made when somebody looks at them."""
        self._unread.append({name: np.asarray(values) for name, values in columns.items()})

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record; NumPy numbers in it become plain ones.

        Raises
        ------
        UsageError
            If a value is not one real number.
        """
        self.records.append({k: v if type(v) in (int, float) else _number(k, v) for k, v in record.items()})

    @property
    def columns(self) -> tuple[str, ...]:
        """Every name that occurs in a record, in the order of first occurrence."""
        return tuple(dict.fromkeys(name for record in (*self._records, *self._unread) for name in record))

    @property
    def last(self) -> Record:
        """The last record."""
        self._check_not_empty()
        if self._unread:
            return {name: values[-1].item() for name, values in self._unread[-1].items()}
        return self._records[-1]

    def best(self, metric: str = "loss", *, higher: bool | None = None) -> Record:
        """Return the record of the best epoch: the first one, if several are equal.

        Parameters
        ----------
        metric : str
            The column to judge by.
        higher : bool, optional
            Whether more is better; by default the name tells (``accuracy``, ``r2``: more; anything else: less).

        Raises
        ------
        UsageError
            If there is no such column, or no number in it.
        """
        self._check_not_empty()
        values = self[metric]
        if np.isnan(values).all():
            raise UsageError(f"the history has no number for {metric!r}", received=f"{len(self)} records, all NaN")
        sign = -1.0 if (higher_is_better(metric) if higher is None else higher) else 1.0
        return self.records[int(np.nanargmin(sign * values))]

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return a column as an array of float64, NaN where a record lacks it."""
        if name not in self:
            raise one_of(name, self.columns, name="the column of the history")
        parts = [np.array([record.get(name, math.nan) for record in self._records], dtype=np.float64)]
        for columns in self._unread:
            parts.append(columns[name] if name in columns else np.full(_length(columns), math.nan))
        return np.concatenate(parts, dtype=np.float64)

    def __contains__(self, name: object) -> bool:
        """Return whether any record has this name."""
        return any(name in record for record in (*self._unread, *self._records))

    def __len__(self) -> int:
        """Return the number of records: of epochs."""
        return len(self._records) + sum(_length(columns) for columns in self._unread)

    def __eq__(self, other: object) -> bool:
        """Return whether another history says the same."""
        if not isinstance(other, History):
            return NotImplemented
        return (self.records, self.stopped, self.notes) == (other.records, other.stopped, other.notes)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __iter__(self) -> Iterator[Record]:
        """Give the records, first to last."""
        return iter(self.records)

    def to_frame(self) -> Any:
        """Return a pandas DataFrame, one row for each epoch.

        Raises
        ------
        MissingPackageError
            If pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise MissingPackageError(
                "to_frame needs pandas, which is not installed",
                instead="Run pip install pandas, or use {name: history[name] for name in history.columns}",
            ) from error
        return pandas.DataFrame(self.records, columns=list(self.columns))

    def to_csv(self, path: str | Path) -> None:
        """Write the records as a CSV table, atomically; numbers are written so that they read back exactly."""
        with replacing(path) as temporary:
            temporary.write_text(csv_lines([self.columns, *self.rows()]), encoding="utf-8", newline="\n")

    def rows(self) -> Iterator[list[Any]]:
        """Give the values of each record in the order of `columns`, an empty string for a missing one."""
        columns = self.columns
        return ([record.get(name, "") for name in columns] for record in self.records)

    @classmethod
    def from_csv(cls, path: str | Path) -> Self:
        """Read the records that `to_csv` or the `CSVLog` callback wrote.

        Raises
        ------
        DataMissingError, DataError
            If the file is not there, or is no table of numbers.
        """
        path = Path(path)
        if not path.is_file():
            raise DataMissingError("the history is not there", received=str(path), instead="Name a history.csv")
        history = cls()
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.reader(file)
            try:
                header = next(table, [])
                for row in table:
                    cells = zip(header, row, strict=True)
                    history.records.append({k: _parsed(text) for k, text in cells if text})
            except (ValueError, csv.Error) as error:
                raise DataError(
                    f"{path} is no history", received=f"line {table.line_num} ({error})", instead="Mend that line"
                ) from error
        return history

    def to_json(self) -> dict[str, Any]:
        """Return the whole history for JSON; numbers that JSON lacks become ``"nan"``, ``"inf"``, ``"-inf"``."""
        records = [json_record(record) for record in self.records]
        return {"stopped": self.stopped, "notes": list(self.notes), "records": records}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Make the history that `to_json` wrote."""
        records = [{k: float(v) if isinstance(v, str) else v for k, v in r.items()} for r in data["records"]]
        return cls(records, data.get("stopped"), list(data.get("notes", [])))

    def plot(self, **options: Any) -> Any:
        """Draw the curves of loss and metrics; see `cutaway.plots.curves`, which takes ``options``."""
        from cutaway.plots import curves

        return curves(self, **options)

    def __repr__(self) -> str:
        """Return a short table as text."""
        table = [list(self.columns), *self._shown()]
        widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        return "\n".join([self.title(), *lines] if self.records else [self.title()])

    def __rich__(self) -> RenderableType:
        """Return a short table for the terminal."""
        from rich.console import Group
        from rich.table import Table

        table = Table(*self.columns)
        for row in self._shown():
            table.add_row(*row)
        return Group(self.title(), table)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in self._shown())
        return f"<table><caption>{html.escape(self.title())}</caption><tr>{head}</tr>{body}</table>"

    def title(self) -> str:
        """Return one line: how many epochs, why training ended, the best loss."""
        text = f"History: {len(self)} epoch{'' if len(self) == 1 else 's'}" + (
            f", {self.stopped}" if self.stopped else ""
        )
        metric = "val_loss" if "val_loss" in self else "loss"
        if metric in self and not np.isnan(self[metric]).all():
            best = self.best(metric)
            text += f"; best {metric} {_text(best[metric])} at epoch {best.get('epoch', '?')}"
        return text

    def _shown(self) -> list[list[str]]:
        """Return the cells of a few rows, evenly spaced from the first to the last."""
        rows = list(self.rows())
        few = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _ROWS_SHOWN)).astype(int))
        return [[_text(cell) for cell in rows[i]] for i in few]

    def _check_not_empty(self) -> None:
        if not self._records and not self._unread:
            raise UsageError("the history is empty", instead="Train the network for an epoch first")


def higher_is_better(metric: str) -> bool:
    """Return whether more of this metric is better, judged by its name, with or without ``val_``."""
    return metric.removeprefix("val_") in _HIGHER_IS_BETTER


def json_record(record: Record) -> Record:
    """Return a record for strict JSON, which has no NaN and no infinity: they become strings."""
    return {k: v if math.isfinite(v) else str(v) for k, v in record.items()}


def csv_lines(rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as CSV text."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _length(columns: Mapping[str, NDArray[Any]]) -> int:
    return len(next(iter(columns.values())))


def _number(name: str, value: Any) -> int | float:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    received = f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
    raise UsageError(f"{name!r} in a record of the history must be one real number", received=received)


def _parsed(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
