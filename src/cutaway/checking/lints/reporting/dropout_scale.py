"""Dropout that is not made up for: the mean of what the next layer gets is another one in training than in use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.lines.places import Where, mentions, place_of, text_of, tree_of
from cutaway.checking.lints.reporting.dropout import Mask, is_draw, masks_in
from cutaway.checking.lints.reporting.metrics import recorded
from cutaway.checking.records import Array, Case, Finding, Kind
from cutaway.checking.running.log import Change, Log, by_slot, last_name
from cutaway.checking.running.observe import log_of, logs_of, watched

STEPS = 2  # of the loop
OFF = 0.2  # relative: how far a mean may be changed, and its size in training from that in use
CLOSE = 0.1  # relative: how near a number lies to the share of units that was seen
Dropped: TypeAlias = "tuple[Change, float, Array]"  # what a mask gave, the factor of what stays on, what went in


def dropout_scale(case: Case) -> Iterator[Finding]:
    """Units are switched off in training, the others are not enlarged, and nothing is made smaller without the mask."""
    log = _used(case)
    masks = masks_in(case, log) if log is not None else []
    if log is None or not masks:
        return
    pairs = [(m, d) for m in masks if (d := _dropped(log, m)) is not None]
    dropped = [d for _, d in pairs]
    if not dropped:
        return
    if any(abs(factor - 1) > 1e-6 for _, factor, _ in dropped):
        yield from _wrong_factor(case, log, pairs)
        return
    if _scaled(case, log, masks[0].share):
        return
    change, _, _ = dropped[0]
    share = float(np.mean([m.share for m in masks]))
    used = _without_mask(case, log, masks, dropped)
    if used is None:
        return
    judging, line = used
    whole, part = float(np.abs(judging).mean()), float(np.abs(change.new).mean())
    places: list[tuple[Where, str]] = [((change.file, change.line), "numerics"), (line, "reporting")]
    for i, (where, kind) in enumerate(dict(places).items()):
        yield Finding(
            "dropout-scale",
            "numerics" if kind == "numerics" else "reporting",
            f"In training {share:.0%} of the units of {change.name} stay on, as they are; without the mask all do, "
            f"and no line multiplies or divides by that share: its mean size is {part:.3g} in training and "
            f"{whole:.3g} when the network is used."
            if i == 0
            else "The network is used without the mask here.",
            "Divide by the share that stays on, in training: a = a * mask / keep.",
            (),
            *where,
            {"share_kept": share, "factor": 1.0, "mean_size_in_training": part, "mean_size_without_mask": whole},
            text_of(case, where),
            hint="Compare the size of what the next layer gets in training and in use.",
            certain=i == 0,
        )


def _wrong_factor(case: Case, log: Log, pairs: list[tuple[Mask, Dropped]]) -> Iterator[Finding]:
    """The units left on are enlarged, but not so that the mean is what it is without the mask."""
    share = float(np.mean([m.share for m, _ in pairs]))
    factor = float(np.mean([f for _, (_, f, _) in pairs]))
    mask, (after, _, before) = pairs[0]
    chance = float(np.sqrt(share * (1 - share) / sum(m.kept.size for m, _ in pairs))) / share
    mean = share * factor
    if abs(mean - 1) < max(OFF, 6 * chance):
        return
    used = _without_mask(case, log, [m for m, _ in pairs], [d for _, d in pairs])
    if used is not None:
        whole, part = float(np.abs(used[0]).mean()), float(np.abs(after.new).mean())
        if whole and abs(part / whole - 1) < OFF:
            return  # what the network is used with is made as large
    drop = 1 - share
    mixed = abs(factor * drop - 1) < CLOSE
    made = mask.where if abs(mask.factor - 1) > 1e-6 else (after.file, after.line)
    words = (
        f"{share:.0%} of the units of {after.name} stay on and are multiplied by {factor:.4g}"
        + (f", one over the share that goes off ({drop:.2g}), not over the share that stays" if mixed else "")
        + f": in training their mean is {mean:.3g} times what goes in, and what it is without the mask."
    )
    kinds: tuple[Kind, ...] = ("numerics", "loss")
    for kind in kinds:
        yield Finding(
            "dropout-scale",
            kind,
            words if kind == "numerics" else "The loss in training is that of a network whose layer has another size.",
            f"Divide by the share that stays on, {share:.2g}: mask / keep.",
            (),
            *made,
            {
                "share_kept": share,
                "factor": factor,
                "mean_of_output_to_input": mean,
                "mean_size_before": float(np.abs(before).mean()),
                "mean_size_after": float(np.abs(after.new).mean()),
            },
            text_of(case, made),
            hint="Compare the size of what the next layer gets in training and in use.",
            certain=kind == "numerics",
        )


def _without_mask(case: Case, log: Log, masks: list[Mask], dropped: list[Dropped]) -> tuple[Array, Where] | None:
    """The same units where no mask is applied to them, and the line that uses the network so."""
    with_mask = {m.frame for m in masks}
    codes = {c.code for c in log.calls if c.frame in with_mask}
    for call in log.calls:
        if call.code in codes and call.frame not in with_mask and call.returned >= 0:
            for c in log.changes:
                if c.frame == call.frame and c.slot[1] == dropped[0][0].slot[1] and isinstance(c.new, np.ndarray):
                    return c.new, (call.code.co_filename, call.caller_line)
    graph = recorded(case.metric, (case.copies(),)) if case.metric is not None else None
    for eqn in graph.eqns if graph is not None else ():
        value = np.asarray(eqn.output.value)
        if any(value.shape == a.shape and np.allclose(value, a, rtol=1e-9, atol=1e-12) for _, _, a in dropped):
            return value, place_of(eqn)
    return None


def _used(case: Case) -> Log | None:
    """The loop, if there is one, then what judges the network, in one log; None if no line can make a mask."""
    tree = tree_of(case, case.file) if case.file else None
    if tree is None or not any(is_draw(n) for n in ast.walk(tree)):
        return None
    train, used = case.train, [f for f in (case.gradients, case.metric, case.predict, case.loss) if f is not None]

    def run() -> None:
        if train is not None:
            train(STEPS)
        for fn in used:
            fn(case.copies())

    _, log, problem = watched(case, run)
    return log if problem is None else log_of(case)


def _dropped(log: Log, mask: Mask) -> Dropped | None:
    """The result of a mask, what the units left on are multiplied by, and what it was applied to."""
    own = [c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.shape == mask.kept.shape]
    own = [c for c in own if c.new.dtype.kind == "f"]
    off = [c for c in own if c.at >= mask.at and not np.any(c.new[~mask.kept])]
    found: list[Dropped] = []
    # in the function that draws the mask, or else in the first one that is given it
    for frame in dict.fromkeys([mask.frame, *(c.frame for c in off)]):
        pairs = (
            (after, before)
            for after in reversed([c for c in off if c.frame == frame])
            for before in own
            if before.frame == frame and before.at < after.at
        )
        for after, before in pairs:
            a, b = before.new[mask.kept], after.new[mask.kept]
            if np.any(before.new[~mask.kept]) and np.any(a):
                factor = float(b @ a / (a @ a))
                if np.allclose(b, factor * a, rtol=1e-9, atol=1e-12):
                    found.append((after, factor, before.new))
                    break
        if found and frame == mask.frame:
            break
    return min(found, key=lambda d: d[0].at, default=None)


def _scaled(case: Case, log: Log, share: float) -> bool:
    """Whether any line but the comparison calculates with the share of units that stay on, or that go off."""
    alike = [share, 1 - share, 1 / share, 1 / (1 - share)]

    def is_share(x: Any) -> bool:
        return isinstance(x, float) and any(abs(x - a) < CLOSE * a for a in alike)

    program = case.notes.get("program")
    slots = [changes for part in (log, *logs_of(case)) for changes in by_slot(part.changes).values()]
    steady = [seen[0] for seen in slots if all(c.new is seen[0].new for c in seen) and is_share(seen[0].new)]
    names = {last_name(c.name) for c in steady if not c.name.endswith("]") or "'" in c.name}
    names |= {n for n, v in (program.namespace if program is not None else {}).items() if is_share(v)}
    tree = tree_of(case, case.file) if case.file else None
    if tree is None:
        return True
    compared = {id(n) for c in ast.walk(tree) if isinstance(c, ast.Compare) for n in ast.walk(c)}
    for node in ast.walk(tree):
        if id(node) in compared or not isinstance(node, ast.BinOp | ast.AugAssign):
            continue
        parts = [n for n in ast.walk(node) if id(n) not in compared]
        if any(mentions(n, name) for n in parts if isinstance(n, ast.Name | ast.Attribute) for name in names):
            return True
        scales = isinstance(node.op, ast.Mult | ast.Div)
        if scales and any(isinstance(n, ast.Constant) and is_share(n.value) for n in parts):
            return True
    return False
