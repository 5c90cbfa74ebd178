"""Callbacks: who may listen, when training ends early, and what is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.errors import UsageError
from cutaway.train.callbacks import Callback, Checkpoint, EarlyStopping, callbacks
from cutaway.train.checkpoints import read_checkpoint
from cutaway.train.history import History


@dataclass
class FakeRun:
    """A run whose weights are the number of its epoch."""

    epochs: int = 100
    history: History = field(default_factory=History)
    network: Any = None
    steps_per_epoch: int = 1
    weights: int = 0
    snapshots: int = 0

    @property
    def epoch(self) -> int:
        return len(self.history)

    def snapshot(self) -> int:
        self.snapshots += 1
        return self.weights

    def restore(self, snapshot: Any) -> None:
        self.weights = snapshot

    def checkpoint(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        return {"w": np.array(self.weights)}, {"epoch": self.epoch}

    def play(self, listeners: Any, values: list[float], metric: str = "val_loss") -> FakeRun:
        """Run an epoch for each value, as the training loop does."""
        active = callbacks(listeners)
        for callback in active:
            callback.on_start(self)
        self.history.stopped = "finished"
        for value in values:
            self.weights = self.epoch + 1
            self.history.append({"epoch": self.epoch + 1, metric: value})
            if any([callback.on_epoch(self.history.last, self) for callback in active]):
                self.history.stopped = "early stopping"
                break
        for callback in active:
            callback.on_end(self.history)
        return self


def test_functions_of_a_record_may_listen() -> None:
    heard: list[Any] = []
    run = FakeRun().play(heard.append, [3.0, 2.0, 1.0])
    assert heard == run.history.records and len(heard) == 3


def test_callbacks_come_alone_in_lists_and_as_generators() -> None:
    one, two = Callback(), EarlyStopping()
    assert callbacks(one) == [one]
    assert callbacks(c for c in (one, two)) == [one, two]
    assert callbacks([]) == []


def test_a_function_stops_by_true_alone() -> None:
    assert FakeRun().play(lambda record: record["val_loss"], [3.0, 2.0, 1.0]).epoch == 3
    assert FakeRun().play(lambda record: 1, [3.0, 2.0, 1.0]).epoch == 3
    assert FakeRun().play(lambda record: record["val_loss"] < 2.5, [3.0, 2.0, 1.0]).epoch == 2
    assert FakeRun().play(lambda record: np.float64(1) < 2, [3.0, 2.0, 1.0]).epoch == 1


@pytest.mark.parametrize(
    ("listener", "message"),
    [
        (EarlyStopping, r"received the class EarlyStopping. Write EarlyStopping\(...\)"),
        (3, "received int"),
        ("csv", "received str"),
        ([None], "received NoneType"),
    ],
)
def test_what_cannot_listen(listener: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        callbacks(listener)


def test_early_stopping_waits_as_long_as_it_was_told_and_restores_the_best() -> None:
    stopping = EarlyStopping(patience=3)
    run = FakeRun().play(stopping, [5.0, 3.0, 4.0, 3.0, 3.5, 1.0])
    assert run.epoch == 5 and run.history.stopped == "early stopping"
    assert run.weights == 2 and stopping.best == {"epoch": 2, "val_loss": 3.0}
    assert run.history.notes == ["The weights are those of epoch 2, with the best val_loss (3)."]
    assert run.snapshots == 2  # only when something improved


def test_an_improvement_starts_the_wait_again() -> None:
    assert FakeRun().play(EarlyStopping(patience=2), [5.0, 6.0, 4.0, 5.0, 3.0, 4.0, 4.0, 0.0]).epoch == 7


def test_the_best_is_restored_even_if_all_epochs_ran() -> None:
    run = FakeRun().play(EarlyStopping(patience=10), [3.0, 1.0, 2.0])
    assert run.history.stopped == "finished" and run.weights == 2


def test_nothing_is_restored_if_the_last_is_the_best_or_it_is_not_wanted() -> None:
    run = FakeRun().play(EarlyStopping(), [3.0, 2.0, 1.0])
    assert run.weights == 3 and run.history.notes == []
    run = FakeRun().play(EarlyStopping(patience=1, restore_best=False), [1.0, 2.0])
    assert run.weights == 2 and run.snapshots == 0 and run.history.notes == []


def test_small_improvements_do_not_count() -> None:
    assert FakeRun().play(EarlyStopping(patience=2, min_delta=0.5), [3.0, 2.6, 2.4, 2.0, 1.6]).epoch == 5
    assert FakeRun().play(EarlyStopping(patience=2, min_delta=0.5), [3.0, 2.6, 2.5, 2.4]).epoch == 3


def test_of_accuracy_more_is_better() -> None:
    stopping = EarlyStopping("val_accuracy", patience=1)
    run = FakeRun().play(stopping, [0.5, 0.7, 0.6], "val_accuracy")
    assert run.epoch == 3 and run.weights == 2
    assert FakeRun().play(EarlyStopping("mine", patience=1), [0.5, 0.7], "mine").weights == 1
    assert FakeRun().play(EarlyStopping("mine", patience=1, higher=True), [0.5, 0.7, 0.6], "mine").weights == 2


def test_nan_is_never_the_best() -> None:
    run = FakeRun().play(EarlyStopping(patience=2), [math.nan, 3.0, math.nan, math.nan])
    assert run.epoch == 4 and run.weights == 2
    run = FakeRun().play(EarlyStopping(patience=2), [math.nan, math.nan])
    assert run.epoch == 2 and run.weights == 2 and run.history.notes == []


def test_one_object_serves_several_runs() -> None:
    stopping = EarlyStopping(patience=2)
    first = FakeRun().play(stopping, [1.0, 2.0, 3.0])
    second = FakeRun().play(stopping, [9.0, 8.0, 9.0, 9.0])
    assert (first.weights, second.weights) == (1, 2)


def test_a_run_that_continues_keeps_counting() -> None:
    whole = FakeRun().play(EarlyStopping(patience=3), [2.0, 1.0, 3.0, 3.0, 3.0, 3.0])
    run = FakeRun().play(Callback(), [2.0, 1.0, 3.0])
    run.play(EarlyStopping(patience=3), [3.0, 3.0, 3.0])
    assert run.epoch == whole.epoch == 5
    assert run.history.notes == ["The best val_loss (1) was at epoch 2, before the run continued."]


def test_a_metric_that_is_not_there() -> None:
    message = (
        r"EarlyStopping watches 'val_loss', which the records lack; received records with epoch, loss. "
        r"Give fit validation=0.2, or name one of these."
    )
    with pytest.raises(UsageError, match=message):
        FakeRun().play(EarlyStopping(), [1.0], "loss")
    with pytest.raises(UsageError, match=r"Checkpoint watches 'f1'.* Name one of these"):
        FakeRun().play(Checkpoint("x", keep_best="f1"), [1.0], "loss")


@pytest.mark.parametrize(
    "make",
    [
        lambda: EarlyStopping(patience=0),
        lambda: EarlyStopping(patience=2.5),
        lambda: EarlyStopping(min_delta=-1),
        lambda: Checkpoint("x", every=0),
    ],
)
def test_numbers_outside_their_limits(make: Any) -> None:
    with pytest.raises(UsageError, match="must be a"):
        make()


def test_checkpoints_are_written_when_due_and_at_the_last_epoch(tmp_path: Path) -> None:
    path, seen = tmp_path / "run.safetensors", []

    def look(record: Any) -> None:
        seen.append(read_checkpoint(path)[1]["epoch"] if path.exists() else None)

    FakeRun(epochs=8).play([Checkpoint(path, every=3), look], [1.0] * 8)
    assert seen == [None, None, 3, 3, 3, 6, 6, 8]
    arrays, meta = read_checkpoint(path)
    assert arrays["w"] == 8 and meta == {"epoch": 8}
    assert list(tmp_path.iterdir()) == [path]


def test_the_best_epoch_is_kept_beside(tmp_path: Path) -> None:
    saving = Checkpoint(tmp_path / "run.safetensors", every=2, keep_best="val_loss")
    assert saving.best_path == tmp_path / "run.best.safetensors"
    run = FakeRun().play(saving, [5.0, 4.0, 1.0, math.nan, 2.0])
    assert read_checkpoint(saving.path)[1] == {"epoch": 4}
    assert read_checkpoint(saving.best_path)[1] == {"epoch": 3}

    run.play(saving, [3.0, 3.0])  # goes on, and is not better
    assert read_checkpoint(saving.best_path)[1] == {"epoch": 3}
    run.play(saving, [0.5])
    assert read_checkpoint(saving.best_path)[1] == {"epoch": 8}

    accurate = Checkpoint(tmp_path / "a.safetensors", every=50, keep_best="accuracy")
    FakeRun().play(accurate, [0.5, 0.9, 0.7], "accuracy")
    assert read_checkpoint(accurate.best_path)[1] == {"epoch": 2}
    assert not Path(accurate.path).exists()
