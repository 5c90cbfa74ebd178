"""Whether a step draws at random, a dropout mask say, what the loss beside it does not have or draws anew."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from cutaway.checking.records import Case
from cutaway.checking.sources.losses import Loss
from cutaway.checking.sources.parameters import Step
from cutaway.checking.sources.snapshots import is_data
from cutaway.tracing.walk import Walk

WORDS = (
    "what the program shows as its loss is computed without the random mask of the step. Compared was the loss whose "
    "error the step itself sends back, with the same mask, and with the penalty that its gradient holds"
)


def drawn_in_step_alone(step: Step, case: Case, loss: Loss) -> bool:
    """Whether other random numbers give other gradients, and the same loss."""
    assert case.gradients is not None

    def seen() -> tuple[Mapping[str, Any], float | None]:
        assert case.gradients is not None
        return case.gradients(case.copies()), loss.replay.run(step.values).scalars().get(loss.label)

    generators = [g for g in _generators(step) if isinstance(g, np.random.Generator)]
    states = [copy.deepcopy(g.bit_generator.state) for g in generators]
    snapshot = step.snapshot
    kept = snapshot.generators
    try:
        first, shown = seen()
        for g in generators:
            g.random(101)
        snapshot.generators = random.Random(1).getstate(), np.random.RandomState(1).get_state()
        other, again = seen()
    except Exception:
        return False
    finally:
        snapshot.generators = kept
        for g, state in zip(generators, states, strict=True):
            g.bit_generator.state = state
    return shown == again and any(not np.array_equal(first[n], other[n]) for n in first)


def _generators(step: Step) -> list[Any]:
    """The generators that the data of a step holds."""
    found: dict[int, Any] = {}
    for held in step.replay.state.values():
        for value in (held or {}).values():
            if is_data(value):
                found |= {id(g): g for g in Walk(lambda _, value: value).visit(value)}
    return list(found.values())
