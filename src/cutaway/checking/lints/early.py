"""Loops of the loss that are left at the end of their first pass: it, and its gradient, are those of one item.

Where loss and gradient share such a loop they agree, and no comparison shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.correction.edited import Text
from cutaway.checking.lines.early_exits import EarlyExit, early_exits
from cutaway.checking.lines.places import text_of
from cutaway.checking.lints.update.ends_at_once import ends_at_once
from cutaway.checking.records import Case, Finding, Kind, Params
from cutaway.checking.running.observe import STEPS, history_of, observe, undisturbed
from cutaway.checking.running.passes import counted
from cutaway.checking.running.quiet import call


def left_at_once(case: Case) -> Iterator[Finding]:
    """A ``return`` or ``break`` under no condition, because of which the loss is another than with all passes."""
    if not case.file or case.loss is None or case.notes.get("loop left early"):
        return
    text = Text(case.file, case.source)
    for function in list(text.functions()):
        for found in list(early_exits(function)):
            finding = _judged(case, text, found)
            if finding is not None:
                yield finding
                if counted(case, text, found.loop, case.gradients) is not None:  # the way back goes round it too
                    yield replace(finding, kind="gradient")
                return
            finding = _in_training(case, text, found)
            if finding is not None:
                yield finding
                return


def _in_training(case: Case, text: Text, found: EarlyExit) -> Finding | None:
    """The same in what only the training calls: the function that makes the batches, or that moves the parameters."""
    train = case.train
    if train is None or any(f.line == found.leaves.lineno for f in ends_at_once(case)):
        return None

    def few(params: Params) -> Any:
        return train(STEPS)

    own, before = counted(case, text, found.loop, few), _history(text, few)
    if own is None or own[0] != own[1] or not before:
        return None
    with found.moved():
        meant = counted(case, text, found.loop, few)
        after = _history(text, few) if meant is not None else []
    if meant is None or not after or meant[1] <= own[1] or abs(after[-1] - before[-1]) <= 1e-9 * abs(before[-1]):
        return None
    words = f"the loss comes to {after[-1]:.4g} in as many steps, instead of {before[-1]:.4g}"
    numbers = {"last_loss": before[-1], "last_loss_with_all": after[-1]}
    seen = observe(case)
    resting = seen is not None and any(seen.steps.values()) and not all(seen.steps.values())
    return _finding(case, found, "update" if resting else "data", own, meant, words, numbers)


def _history(text: Text, fn: Any) -> list[float]:
    """What the loop shows of its losses, with the program as the tree now says it."""
    try:
        with text.running() as done, undisturbed():
            return history_of(call(fn, {})) if done else []
    except Exception:
        return []


def _judged(case: Case, text: Text, found: EarlyExit) -> Finding | None:
    own = counted(case, text, found.loop, case.loss)
    before = _loss(case, text)
    if own is None or own[0] != own[1] or before is None:
        return None
    with found.moved():
        meant = counted(case, text, found.loop, case.loss)
        after = _loss(case, text) if meant is not None else None
    if meant is None or after is None or meant[1] <= own[1] or abs(after - before) <= 1e-9 * abs(before):
        return None
    words = f"the loss is {after:.4g} instead of {before:.4g}"
    return _finding(case, found, "loss", own, meant, words, {"loss": before, "loss_with_all": after})


def _finding(
    case: Case,
    found: EarlyExit,
    kind: Kind,
    own: tuple[int, int],
    meant: tuple[int, int],
    words: str,
    numbers: dict[str, float],
) -> Finding:
    where = (case.file, found.leaves.lineno)
    return Finding(
        "loop-left-early",
        kind,
        f"The loop of line {found.loop.lineno} {found.word} at the end of its first pass, each of the {own[0]} times "
        f"that it is entered: of {meant[1]} passes {own[1]} {'is' if own[1] == 1 else 'are'} made. With all of them, "
        f"{words}.",
        "Indent the line less, so that it stands behind the loop." if found.word == "returns" else "Leave it out.",
        (),
        *where,
        {"passes": own[1], "passes_meant": meant[1], **numbers},
        text_of(case, where),
        hint="How often does each loop go round?",
    )


def _loss(case: Case, text: Text) -> float | None:
    """The loss of the program as the tree now says it; None if there is no finite one."""
    try:
        with text.running() as done:
            value = float(np.asarray(call(case.loss, case.params))) if done and case.loss is not None else float("nan")
    except Exception:
        return None
    return value if np.isfinite(value) else None
