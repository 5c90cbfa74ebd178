"""Reporters: callbacks that write and show the records of a run: log files, pictures, a progress bar.

None of them changes the run, and each can be looked at while it goes on.
"""

from __future__ import annotations

import importlib.util
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cutaway.errors import one_of
from cutaway.files import replacing
from cutaway.train.callbacks import Callback, Run
from cutaway.train.history import History, Record, csv_lines, json_record
from cutaway.train.settings import Count, check_numbers

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


@dataclass
class _Log(Callback, ABC):
    """A text file that gets a line for each record; readable at any moment, also while the run goes on."""

    path: str | Path
    _written: History = field(default_factory=History, init=False, repr=False)
    _file: IO[str] | None = field(default=None, init=False, repr=False)

    def on_start(self, run: Run) -> None:
        """Write the records of a run that continues, or an empty file."""
        self._written = History(list(run.history.records))
        self._rewrite()

    def on_epoch(self, record: Record, run: Run) -> None:
        """Add a line; it is on its way to the disk when this returns."""
        fits = self._fits(record)
        self._written.records.append(record)
        if self._file is None or not fits:
            self._rewrite()
        else:
            self._file.write(self._line(record))
            self._file.flush()

    def on_end(self, history: History) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _rewrite(self) -> None:
        self.on_end(self._written)
        with replacing(self.path) as temporary:
            temporary.write_text(self._head() + "".join(map(self._line, self._written)), encoding="utf-8", newline="\n")
        self._file = open(self.path, "a", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed in on_end

    def _head(self) -> str:
        return ""

    def _fits(self, record: Record) -> bool:
        return True

    @abstractmethod
    def _line(self, record: Record) -> str: ...


@dataclass
class JSONLLog(_Log):
    """Write each record as a line of JSON to ``path``; what is no finite number becomes ``"nan"`` or ``"inf"``."""

    def _line(self, record: Record) -> str:
        return json.dumps(json_record(record)) + "\n"


@dataclass
class CSVLog(_Log):
    """Write each record as a line of a CSV table to ``path``, which `History.from_csv` reads.

    If a record brings a new column, the table is written again with it.
    """

    _columns: tuple[str, ...] = field(default=(), init=False, repr=False)

    def _head(self) -> str:
        self._columns = self._written.columns
        return csv_lines([self._columns]) if self._columns else ""

    def _fits(self, record: Record) -> bool:
        return bool(self._columns) and record.keys() <= set(self._columns)

    def _line(self, record: Record) -> str:
        return csv_lines([[record.get(name, "") for name in self._columns]])


@dataclass
class PlotCurves(Callback):
    """Draw the curves of loss and metrics to a picture file, again after every ``every`` epochs and at the end."""

    path: str | Path
    _: KW_ONLY
    every: Count = 100

    def __post_init__(self) -> None:
        """Check the numbers."""
        check_numbers(self)

    def on_start(self, run: Run) -> None:
        """Refuse a file that cannot be a picture now, and not after the training."""
        from cutaway.plots.save import FORMATS

        suffix = Path(self.path).suffix.lower().lstrip(".")
        if suffix.replace("jpeg", "jpg") not in FORMATS:
            raise one_of(suffix, FORMATS, name=f"the picture format of {self.path}")

    def on_epoch(self, record: Record, run: Run) -> None:
        """Draw if it is time; the first record alone makes no curve."""
        if record["epoch"] % self.every == 0 and record["epoch"] > 1:
            self._draw(run.history)

    def on_end(self, history: History) -> None:
        """Draw the whole run."""
        if len(history):
            self._draw(history)

    def _draw(self, history: History) -> None:
        from cutaway.plots import curves, save

        save(curves(history), self.path)


@dataclass
class ProgressBar(Callback):
    """Show epoch, rate, time left and the latest numbers in the terminal; silent where there is none.

    It draws at most ten times a second, and only from within `on_epoch`: between drawings it costs the loop one look
    at the clock, and there is no thread.

    Parameters
    ----------
    console : rich.console.Console, optional
        Where to draw; by default standard error, so that standard output stays clean.
    """

    every_epoch = False

    _: KW_ONLY
    console: Console | None = None
    clock: Callable[[], float] = field(default=time.perf_counter, repr=False)
    _progress: Progress | None = field(default=None, init=False, repr=False)
    _began: float = field(default=0.0, init=False, repr=False)
    _drawn: float = field(default=0.0, init=False, repr=False)
    _first: int = field(default=0, init=False, repr=False)

    def on_start(self, run: Run) -> None:
        """Draw the empty bar, if somebody can see it."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        console = self.console or Console(stderr=True)
        notebook = console.is_jupyter and importlib.util.find_spec("ipywidgets") is not None
        if not (notebook or (console.is_terminal and not console.is_dumb_terminal)):
            self._progress = None
            return
        self._progress = Progress(
            TextColumn("epoch {task.completed}/{task.total}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[speed]}", table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[numbers]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
            console=console,
            auto_refresh=False,
            expand=True,
        )
        self._first = run.epoch
        self._began = self._drawn = self.clock()
        self._progress.add_task("", total=run.epochs, completed=self._first, speed="", numbers="")
        self._progress.start()

    def on_epoch(self, record: Record, run: Run) -> None:
        """Draw, if the last time is a tenth of a second ago."""
        if self._progress is not None and self.clock() - self._drawn >= 0.1:
            self._draw(record, left=run.epochs - record["epoch"])

    def on_end(self, history: History) -> None:
        """Draw for the last time, and give the terminal back."""
        if self._progress is not None:
            if len(history):
                self._draw(history.last, left=0, why=history.stopped if history.stopped != "finished" else None)
            self._progress.stop()
            self._progress = None

    def _draw(self, record: Record, *, left: int, why: str | None = None) -> None:
        assert self._progress is not None
        self._drawn = self.clock()
        seconds = max(self._drawn - self._began, 1e-9)
        rate = max(record["epoch"] - self._first, 1e-9) / seconds
        speed = f"{rate:,.0f} epochs/s" if rate >= 10 else f"{1 / rate:.2g} s/epoch"
        speed += f", {_duration(left / rate)} left" if left else f", {_duration(seconds)}"
        shown = [f"{k} {v:.3g}" for k, v in record.items() if k not in ("epoch", "lr", "seconds")]
        self._progress.update(
            self._progress.task_ids[0],
            completed=record["epoch"],
            speed=speed,
            numbers="  ".join([why, *shown] if why else shown),
        )
        self._progress.refresh()


def _duration(seconds: float) -> str:
    """Return a duration as people write it: ``0.4 s``, ``12 s``, ``3:05``, ``1:02:03``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
