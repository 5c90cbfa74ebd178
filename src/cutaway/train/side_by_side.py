"""Networks of equal shape in machine code: compiled once, each with memory of its own, and threads over networks."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from cutaway.engines.native.estimate import WORTH
from cutaway.engines.native.machine import why_not
from cutaway.engines.native.nodes import Unsupported
from cutaway.engines.native.team import cores
from cutaway.engines.threads import one_blas_thread
from cutaway.train.callbacks import Callback
from cutaway.train.steppers import NativeStepper, estimated

if TYPE_CHECKING:
    from cutaway.train.loop import TrainingRun


def compile_together(runs: Sequence[TrainingRun], engine: str) -> bool:
    """Let runs of one graph share machine code; whether they do.

    "auto" goes by the estimated work alone; with "native" each run by itself says what is wrong.
    """
    if engine == "numpy" or why_not() is not None:
        return False
    if engine == "auto" and sum(map(estimated, runs)) < WORTH:
        return False
    try:
        first = NativeStepper(runs[0])
    except Unsupported:
        return False
    for run in runs:
        run.take(first.twin(run))
    return True


def train_side_by_side(runs: Sequence[TrainingRun], bar: Sequence[Callback]) -> None:
    """Train runs to which nobody listens, several at once; ``bar`` hears how far they are together."""
    pool = ThreadPoolExecutor(max_workers=cores(), thread_name_prefix="cutaway network")
    view = _Together(runs)
    waiting: set[Future[None]] = set()
    with one_blas_thread():
        try:
            for listener in bar:
                listener.on_start(view)
            waiting = {pool.submit(run.go, []) for run in runs}
            while waiting:
                done, waiting = wait(waiting, timeout=0.1, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                for listener in bar:
                    listener.on_epoch(view.record(), view)
        except BaseException as error:
            for run in runs:
                run.interrupt()
            if not isinstance(error, KeyboardInterrupt):
                raise
        finally:
            pool.shutdown(wait=True)
            for listener in bar:
                listener.on_end(runs[0].history)


class _Together:
    """What a progress bar sees of several runs: their mean."""

    def __init__(self, runs: Sequence[TrainingRun]) -> None:
        self._runs = runs
        self.network, self.history = None, runs[0].history
        self.epochs, self.steps_per_epoch = runs[0].epochs, runs[0].steps_per_epoch

    @property
    def epoch(self) -> int:
        """Epochs done, on average."""
        return sum(run.epoch for run in self._runs) // len(self._runs)

    def record(self) -> dict[str, Any]:
        """The mean of the networks' last losses."""
        losses = [run.history.records[-1]["loss"] for run in self._runs if run.history.records]
        return {"epoch": self.epoch, **({"loss": sum(losses) / len(losses)} if losses else {})}

    def snapshot(self) -> Any:
        """Nothing: a bar asks for none."""

    def restore(self, snapshot: Any) -> None:
        """Nothing."""

    def checkpoint(self) -> Any:
        """Nothing."""
