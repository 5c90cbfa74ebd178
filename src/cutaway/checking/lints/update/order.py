"""Steps in the wrong order: gradients taken in another order than the parameters, or a parameter moved too early."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.backward import record_loss
from cutaway.checking.lines.places import line_of_value, text_of
from cutaway.checking.lints.update.steps import HINT, Seen, one_multiple, own_gradients
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Log
from cutaway.checking.running.observe import watched
from cutaway.graph import Graph, Var
from cutaway.interpreters.differentiate import differentiate
from cutaway.interpreters.run import evaluate
from cutaway.tracing.recorder import Recorder


def exchanged(case: Case, unexplained: list[Seen], others: list[Seen]) -> Iterator[Finding]:
    """Steps along the gradient of another parameter of the same shape."""
    for one in unexplained:
        steps = one.sequence()
        if steps is None or len(steps.changes) < 3 or steps.changes[0].size < 2:
            continue
        for other in others:
            theirs = other.sequence()
            if other is one or theirs is None:
                continue
            if [g.shape for g in theirs.gradients] != [g.shape for g in steps.gradients]:
                continue
            times = one_multiple(steps.changes, theirs.gradients)
            if times is None:
                continue
            where = line_of_value(one.log, one.steps[0].after)
            yield Finding(
                "gradient-of-another",
                "update",
                f"Each step of {one.name} is {times:.3g} times the gradient of {other.name}: the gradients "
                "are taken in another order than the parameters.",
                "Keep gradients and parameters in one order.",
                (one.name,),
                *where,
                {"steps": len(steps.changes), "multiplier_of_the_gradient": times, "gradient_of": other.name},
                text_of(case, where),
                hint=HINT,
            )
            break


def too_early(case: Case) -> Iterator[Finding]:
    """A parameter that gets its new value while gradients that need its old one are still to be computed.

    The proof: backpropagation through the loss, with the new value in the place of the old one on the way back alone,
    gives the author's numbers.
    """
    if case.gradients is None or case.loss is None:
        return
    watcher = case.notes.get("watch_step")
    log: Log = watcher() if watcher is not None else watched(case, case.gradients, case.copies())[1]
    moved: dict[str, Any] = {}
    for c in log.changes:
        for name, value in case.params.items():
            new = name not in moved and c.slot not in {m.slot for m in moved.values()}
            if (
                new
                and c.old is not None
                and isinstance(c.new, np.ndarray)
                and c.new.shape == np.shape(value)
                and np.array_equal(c.old, value)
                and not np.array_equal(c.new, value)
            ):
                moved[name] = c
                break
    if not moved:
        return
    own = own_gradients(case)
    graph, _ = record_loss(case.loss, case.copies())
    recorder = Recorder.reopen(graph)
    (output,) = graph.outputs
    forward = len(recorder.eqns)
    exact = differentiate(recorder, output, graph.inputs)  # type: ignore[arg-type]
    outputs = {str(v.name): getattr(g, "variable", g) for v, g in zip(graph.inputs, exact, strict=True)}
    way_back = tuple(recorder.eqns[forward:])

    def with_new(chosen: tuple[str, ...]) -> dict[str, Array]:
        late = [v for v in graph.inputs if str(v.name) in chosen]
        values = evaluate(Graph(tuple(late), way_back, ()), *(moved[str(v.name)].new for v in late))
        known = {n: values.get(o, o.value) if isinstance(o, Var) else o for n, o in outputs.items()}
        return {n: np.asarray(value, dtype=float) for n, value in known.items()}

    def agrees(found: dict[str, Array]) -> bool:
        return all(
            own[n].shape == found[n].shape
            and np.abs(own[n] - found[n]).max(initial=0) <= 1e-6 * np.abs(found[n]).max(initial=1e-300)
            for n in own
            if n in found
        )

    if agrees(with_new(())):
        return
    every = tuple(moved)
    for chosen in (*((n,) for n in moved), every):
        if agrees(with_new(chosen)):
            case.notes["named too early"] = True
            for name in chosen:
                c = moved[name]
                where = (c.file, c.line)
                yield Finding(
                    "updated-too-early",
                    "update",
                    f"{name} gets its new value here, before the gradients of the layers below were computed "
                    f"with its old one. "
                    "Backpropagation with the new value on the way back gives exactly your numbers.",
                    "Compute all gradients first, then update all parameters.",
                    (name,),
                    *where,
                    {"largest_change": float(np.abs(c.new - c.old).max())},
                    text_of(case, where),
                    hint=HINT,
                )
            return
