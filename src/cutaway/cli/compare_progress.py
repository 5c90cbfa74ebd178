"""The line of a comparison while it runs, in a terminal; nothing at all where there is none."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from cutaway.cli.output import bars

if TYPE_CHECKING:
    from cutaway.experiments.grids.grid import Unit


class Progress:
    """A line with the networks that are done, the best so far and the time that is left; none without a terminal."""

    def __init__(self, *, wanted: bool = True) -> None:
        self.line, self.shown = bars(12, wanted=wanted)
        self._done, self._total, self._first, self._part = 0, 0, 0, 0.0
        self._began = self._drawn = time.perf_counter()
        self._best: tuple[float, str] | None = None
        self._task: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the terminal back."""
        if self._task is not None:
            self.line.stop()
            self._task = None

    def on_start(self, done: int, total: int) -> None:
        """Draw the empty line."""
        self._done = self._first = done
        self._total, self._began = total, time.perf_counter()
        if self.shown:
            self.line.start()
            self._task = self.line.add_task("networks", total=total, text="")
            self._draw()

    def on_epoch(self, unit: Unit, epoch: int, epochs: int) -> None:
        """Draw, if the last time is a tenth of a second ago."""
        self._part = len(unit) * epoch / epochs
        if time.perf_counter() - self._drawn >= 0.1:
            self._draw()

    def on_unit(self, records: Sequence[dict[str, Any]]) -> None:
        """Count what is done, and remember the best."""
        self._done, self._part = self._done + len(records), 0.0
        for record in records:
            loss = (record["validation"] or {}).get("loss")
            if loss is not None and (self._best is None or loss < self._best[0]):
                own = record["configuration"]
                units = ",".join(map(str, own["layers"])) or "none"
                self._best = loss, f"{units} {own['activation']} {own['optimizer']} {own['lr']:g}"
        self._draw()

    def drawing(self) -> None:
        """Say what is done after the last network; with large data it takes a while."""
        if self._task is not None:
            self.line.update(self._task, completed=self._done, text="fitting simpler models and drawing pictures")
            self.line.refresh()

    def _draw(self) -> None:
        if self._task is None:
            return
        self._drawn = time.perf_counter()
        now = self._done + self._part
        words = [f"{self._done} of {self._total}"]
        if self._best is not None:
            words.append(f"best so far {self._best[1]} (validation loss {self._best[0]:.3g})")
        if now > self._first:
            left = (self._drawn - self._began) / (now - self._first) * (self._total - now)
            words.append(f"{left:.0f} s left" if left < 60 else f"{left / 60:.1f} min left")
        self.line.update(self._task, completed=now, text=", ".join(words))
        self.line.refresh()
