"""Reporters: logs that can be read at any moment, pictures, and a progress bar that keeps out of the way."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from cutaway import plots
from cutaway.errors import UsageError
from cutaway.train.callbacks import Callback
from cutaway.train.history import History
from cutaway.train.reporters import CSVLog, JSONLLog, PlotCurves, ProgressBar


def a_run(epochs: int = 10, records: Any = ()) -> Any:
    history = History(list(records))
    return SimpleNamespace(epoch=len(history), epochs=epochs, history=history)


def tell(listener: Callback, run: Any, record: dict[str, Any]) -> None:
    run.history.append(record)
    run.epoch += 1
    listener.on_epoch(run.history.last, run)


RECORDS = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.1 + 0.2}, {"epoch": 3, "loss": math.nan}]


def test_csv_log_is_whole_after_every_record(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log.csv"
    log, run = CSVLog(path), a_run()
    log.on_start(run)
    assert path.read_text() == ""
    for n, record in enumerate(RECORDS, start=1):
        tell(log, run, record)
        assert repr(History.from_csv(path).records) == repr(RECORDS[:n])
    log.on_end(run.history)
    assert path.read_text() == "epoch,loss\n1,0.5\n2,0.30000000000000004\n3,nan\n"
    assert list(path.parent.iterdir()) == [path]


def test_csv_log_makes_room_for_new_columns(tmp_path: Path) -> None:
    log, run = CSVLog(tmp_path / "log.csv"), a_run()
    log.on_start(run)
    tell(log, run, {"epoch": 1, "loss": 0.5})
    tell(log, run, {"epoch": 2, "loss": 0.4, "val_loss": 0.6})
    tell(log, run, {"epoch": 3, "loss": 0.3})
    log.on_end(run.history)
    assert (tmp_path / "log.csv").read_text() == "epoch,loss,val_loss\n1,0.5,\n2,0.4,0.6\n3,0.3,\n"


def test_jsonl_log_is_strict_json(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log, run = JSONLLog(path), a_run()
    log.on_start(run)
    for record in RECORDS:
        tell(log, run, record)
        last = path.read_text().splitlines()[-1]
        assert json.loads(last, parse_constant=pytest.fail)["epoch"] == record["epoch"]
    log.on_end(run.history)
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"epoch": 1, "loss": 0.5},
        {"epoch": 2, "loss": 0.1 + 0.2},
        {"epoch": 3, "loss": "nan"},
    ]


@pytest.mark.parametrize("kind", [CSVLog, JSONLLog])
def test_logs_of_a_run_that_continues_are_those_of_one_that_never_stopped(tmp_path: Path, kind: Any) -> None:
    whole, parts = kind(tmp_path / "whole"), kind(tmp_path / "parts")
    run = a_run()
    whole.on_start(run)
    for record in RECORDS:
        tell(whole, run, record)
    whole.on_end(run.history)

    (tmp_path / "parts").write_text("of some other run, or with a broken last li")
    run = a_run(records=RECORDS[:2])
    parts.on_start(run)
    tell(parts, run, RECORDS[2])
    parts.on_end(run.history)
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("kind", [CSVLog, JSONLLog])
def test_a_log_serves_several_runs(tmp_path: Path, kind: Any) -> None:
    log = kind(tmp_path / "log")
    for _ in range(2):
        run = a_run()
        log.on_start(run)
        tell(log, run, RECORDS[0])
        log.on_end(run.history)
    assert len((tmp_path / "log").read_text().splitlines()) == (2 if kind is CSVLog else 1)


@pytest.mark.parametrize("kind", [CSVLog, JSONLLog])
def test_a_log_that_cannot_be_written_says_so_before_training(tmp_path: Path, kind: Any) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        kind(tmp_path).on_start(a_run())


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note for each picture that is drawn how many epochs it shows."""
    drawn: list[int] = []
    curves = plots.curves
    monkeypatch.setattr(plots, "curves", lambda history: drawn.append(len(history)) or curves(history))
    return drawn


def test_curves_are_drawn_now_and_then_and_at_the_end(tmp_path: Path, pictures: list[int]) -> None:
    path = tmp_path / "curves.png"
    plot, run = PlotCurves(path, every=3), a_run()
    plot.on_start(run)
    for epoch in range(1, 8):
        tell(plot, run, {"epoch": epoch, "loss": 0.5})
    plot.on_end(run.history)
    assert pictures == [3, 6, 7]
    assert path.read_bytes().startswith(b"\x89PNG") and list(tmp_path.iterdir()) == [path]


def test_no_curves_of_nothing(tmp_path: Path, pictures: list[int]) -> None:
    PlotCurves(tmp_path / "curves.png").on_end(History())
    assert pictures == [] and not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["curves.bmp", "curves", "curves.csv"])
def test_a_file_that_is_no_picture_is_refused_before_training(name: str) -> None:
    with pytest.raises(UsageError, match=f"the picture format of {name} is not known; .* Choose one of: .*png"):
        PlotCurves(name).on_start(a_run())


def test_numbers_outside_their_limits() -> None:
    with pytest.raises(UsageError, match="every of PlotCurves"):
        PlotCurves("x", every=0)


class Clock:
    """A clock that somebody else moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_bar(*, terminal: bool = True, width: int = 120) -> tuple[ProgressBar, Clock, io.StringIO]:
    text, clock = io.StringIO(), Clock()
    console = Console(file=text, force_terminal=terminal, force_jupyter=False, width=width, _environ={"TERM": "xterm"})
    return ProgressBar(console=console, clock=clock), clock, text


def new(text: io.StringIO) -> str:
    """Return what was written since the last time."""
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written


def test_the_bar_shows_rate_time_left_and_numbers() -> None:
    bar, clock, text = a_bar()
    run = a_run(epochs=1000)
    bar.on_start(run)
    assert "epoch 0/1000" in new(text)
    clock.now += 2.0
    tell(bar, run, {"epoch": 100, "loss": 0.123456, "val_accuracy": 0.97, "lr": 0.1, "seconds": 2.0})
    shown = new(text)
    for part in ("epoch 100/1000", "50 epochs/s, 18 s left", "loss 0.123", "val_accuracy 0.97"):
        assert part in shown
    assert "lr" not in shown and "seconds" not in shown
    run.history.stopped = "early stopping"
    bar.on_end(run.history)
    shown = new(text)
    assert "early stopping" in shown and "2.0 s" in shown and "left" not in shown
    assert "\x1b[?25h" in shown  # the cursor is back


def test_slow_epochs_and_runs_that_continue() -> None:
    bar, clock, text = a_bar()
    run = a_run(epochs=200, records=[{"epoch": n} for n in range(1, 101)])
    bar.on_start(run)
    assert "epoch 100/200" in new(text)
    clock.now += 2.0
    tell(bar, run, {"epoch": 101, "loss": 0.5})
    assert "2 s/epoch, 3:18 left" in new(text)
    clock.now += 100 * 3600.0
    tell(bar, run, {"epoch": 102, "loss": 0.5})
    assert "left" in new(text)
    bar.on_end(run.history)


def test_the_bar_draws_at_most_ten_times_a_second() -> None:
    bar, clock, text = a_bar()
    run = a_run(epochs=10**6)
    bar.on_start(run)
    drawings = 0
    new(text)
    for epoch in range(1, 10_001):
        clock.now += 1e-4
        tell(bar, run, {"epoch": epoch, "loss": 0.5})
        drawings += bool(new(text))
    assert 9 <= drawings <= 10
    bar.on_end(run.history)


def test_without_a_terminal_nothing_is_written() -> None:
    bar, clock, text = a_bar(terminal=False)
    run = a_run(epochs=2)
    bar.on_start(run)
    clock.now += 5
    tell(bar, run, {"epoch": 1, "loss": 0.5})
    bar.on_end(run.history)
    assert text.getvalue() == ""


def test_a_dumb_terminal_is_left_alone() -> None:
    text = io.StringIO()
    bar = ProgressBar(console=Console(file=text, force_terminal=True, force_jupyter=False, _environ={"TERM": "dumb"}))
    run = a_run()
    bar.on_start(run)
    tell(bar, run, {"epoch": 1, "loss": 0.5})
    bar.on_end(run.history)
    assert text.getvalue() == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_by_default_standard_output_stays_clean(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1" if terminal else "0")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    bar, run = ProgressBar(), a_run(epochs=1)
    bar.on_start(run)
    tell(bar, run, {"epoch": 1, "loss": 0.5})
    bar.on_end(run.history)
    written = capsys.readouterr()
    assert written.out == "" and bool(written.err) == terminal


def test_a_run_without_an_epoch_leaves_the_terminal_in_order() -> None:
    bar, _, text = a_bar()
    run = a_run()
    bar.on_start(run)
    new(text)
    bar.on_end(run.history)
    assert "\x1b[?25h" in new(text)
    bar.on_end(run.history)
    assert new(text) == ""


@pytest.mark.parametrize("width", [10, 40, 60])
def test_narrow_terminals(width: int) -> None:
    bar, clock, text = a_bar(width=width)
    run = a_run()
    bar.on_start(run)
    clock.now += 1
    tell(bar, run, {"epoch": 1, "loss": 0.5, "accuracy": 0.5, "val_loss": 0.5, "val_accuracy": 0.5})
    bar.on_end(run.history)
    assert "epoch 1/10" in text.getvalue() or width == 10
