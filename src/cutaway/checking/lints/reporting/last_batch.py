"""An epoch's loss that is not that of the epoch but only that of its last batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each
from cutaway.checking.lints.data.unseen_rows import tables
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Log, by_slot
from cutaway.checking.running.observe import observe
from cutaway.checking.running.trajectories import trajectories

FAR = 1.5  # times the loss of the data, or the part of it
ROUNDS = 3


def last_batch(case: Case) -> Iterator[Finding]:
    """A history of numbers of which every round had several, and only the last was kept."""
    seen = observe(case)
    if seen is None or case.loss is None or len(seen.history) < ROUNDS or seen.log.sampled:
        return
    if set(seen.steps) != set(case.params):
        return
    graph = recorded_loss(case)
    rows = max((d.shape[axis] for d, axis in tables(graph)), default=0) if graph is not None else 0
    numbers = (c for c in seen.log.changes if isinstance(c.new, float | np.floating) and len(c.loops) > 1)
    for slot, changes in by_slot(numbers).items():
        if len(slot[1]) > 1:
            continue
        rounds: dict[tuple[int, int, int], list[float]] = {}
        for c in changes:
            rounds.setdefault(c.loops[0], []).append(float(c.new))
        shown = [values[-1] for values in rounds.values()]
        if len(shown) < ROUNDS or min(len(v) for v in rounds.values()) < 2 or not np.isfinite(shown).all():
            continue
        if not np.array_equal(shown[: len(seen.history)], seen.history[: len(shown)]):
            continue
        if any(sum(v) == 0 or np.all(np.diff(v) > 0) for v in rounds.values()):
            continue  # a running sum
        truths = _losses(case, seen.log, list(rounds))
        off = [max(s / t, t / s) for s, t in zip(shown, truths, strict=False) if s > 0 and t > 0]
        if len(off) < ROUNDS or max(off) <= FAR:
            continue
        kept = next(
            (
                c
                for c in seen.log.changes
                if len(c.slot[1]) > 1 and np.ndim(c.new) == 0 and float(c.new) == shown[0] and len(c.loops) == 1
            ),
            changes[-1],
        )
        batches = len(next(iter(rounds.values())))
        finding = Finding(
            "loss-of-last-batch",
            "reporting",
            f"{changes[0].name} has {batches} values in each round and the history keeps the last, the loss of one "
            f"batch: {_row(shown)}. The loss of all {rows} samples at those moments is {_row(truths)}.",
            "Add up the losses of the batches, each times its rows, and divide by all rows; or compute the loss of "
            "all rows after the last batch.",
            evidence={"shown": shown, "losses_of_all": truths, "batches": batches},
            hint=HINT,
        )
        places = [(c.file, c.line) for c in (kept, changes[0])]
        yield from at_each(case, finding, places, "The loss of one batch is computed here.")
        return


def _row(values: list[float]) -> str:
    return ", ".join(f"{v:.3g}" for v in values[:4])


def _losses(case: Case, log: Log, rounds: list[tuple[int, int, int]]) -> list[float]:
    """The loss of the case at the end of each round."""
    assert case.loss is not None
    kept = trajectories(case.params, log.changes)
    if set(kept) != set(case.params):
        return []
    found = []
    try:
        with np.errstate(all="ignore"):
            for this in rounds:
                end = max(c.at for c in log.changes if this in c.loops)
                values = {n: np.array([c.new for c in changes if c.at <= end][-1]) for n, changes in kept.items()}
                found.append(float(case.loss(values)))
    except Exception:
        return []
    return found
