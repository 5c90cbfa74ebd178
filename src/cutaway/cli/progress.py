"""A line for each network while it is trained, in a terminal; nothing at all where there is none."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import numpy as np

from cutaway.cli.output import bars
from cutaway.train import Callback, History
from cutaway.train.callbacks import Run
from cutaway.train.history import Record


class Progress:
    """The lines of all networks; a context, so that the terminal is given back whatever happens.

    Parameters
    ----------
    networks, seed : int
        How many there are to be, and the seed of the first.
    wanted : bool
        Whether to show anything.
    """

    def __init__(self, networks: int, seed: int, *, wanted: bool = True) -> None:
        self.networks, self.seed = networks, seed
        self._rest: Any = None
        self.lines, self.shown = bars(8, wanted=wanted)  # drawn from within on_epoch

    def __enter__(self) -> Self:
        if self.shown:
            self.lines.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.shown:
            if self._rest is not None:
                self.lines.remove_task(self._rest)
            self.lines.stop()

    def listeners(self, number: int) -> list[Callback]:
        """Return what listens to the network with this number."""
        return [_Line(self, f"seed {self.seed + number}", number == self.networks - 1)] if self.shown else []

    def rest(self) -> None:
        """Say what is done after the last network; with large data it takes a while."""
        self._rest = self.lines.add_task("then  ", text="fitting simpler models and drawing pictures", total=1)
        self.lines.refresh()


@dataclass
class _Line(Callback):
    """The line of one network."""

    progress: Progress
    title: str
    last: bool
    _task: Any = field(default=None, init=False)
    _began: float = field(default=0.0, init=False)
    _drawn: float = field(default=0.0, init=False)

    def on_start(self, run: Run) -> None:
        """Draw the empty line."""
        self._began = time.perf_counter()
        self._task = self.progress.lines.add_task(self.title, total=run.epochs, text="")
        self.progress.lines.refresh()

    def on_epoch(self, record: Record, run: Run) -> None:
        """Draw, if the last time is a tenth of a second ago."""
        now = time.perf_counter()
        if now - self._drawn < 0.1:
            return
        self._drawn = now
        epochs = record["epoch"]
        left = (now - self._began) / epochs * (run.epochs - epochs)
        self._draw(epochs, f"epoch {epochs}/{run.epochs}, {_numbers(record)}, ≤{_duration(left)} left")

    def on_end(self, history: History) -> None:
        """Draw how it ended."""
        if len(history):
            self._summary(history)
        if self.last or history.stopped == "interrupted":
            self.progress.rest()

    def _summary(self, history: History) -> None:
        epochs, seconds = history.last["epoch"], _duration(time.perf_counter() - self._began)
        validated = "val_loss" in history and not np.isnan(history["val_loss"]).all()
        record = history.best("val_loss") if validated else history.last
        ended = {"finished": "", "early stopping": ""}.get(str(history.stopped), f"{history.stopped}, ")
        which = f"best epoch {record['epoch']}/{epochs}" if validated else f"{epochs} epochs"
        self._draw(epochs, f"{ended}{which}, {_numbers(record)}, {seconds}", total=epochs)

    def _draw(self, epochs: int, text: str, **changes: Any) -> None:
        self.progress.lines.update(self._task, completed=epochs, text=text, **changes)
        self.progress.lines.refresh()


def _numbers(record: Record) -> str:
    """Return the loss, on validation rows if there are any, and the metric beside it."""
    prefix = "val_" if "val_loss" in record else ""
    wanted = [n for n in record if n.startswith(prefix) and n not in ("epoch", "lr", "seconds")]
    return ", ".join(f"{name.replace('_', ' ')} {record[name]:.3g}" for name in wanted)


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"
