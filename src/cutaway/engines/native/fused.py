"""Updates of weights that can follow at once when a part of their gradient is known, while it is in the cache.

The gradients of all parameters are joined to one vector, and one loop over its entries updates the parameters. If it
reads nothing else that is computed after the last pass, and nobody else reads what it reads or writes, its entries may
be done in any order and by any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cutaway.engines.native.nodes import Node
from cutaway.engines.native.schedule import Group, Schedule, Scheduler
from cutaway.engines.native.wide import Wide


@dataclass(frozen=True)
class Fused:
    """A loop over the entries of a vector that may be done in parts.

    Parameters
    ----------
    vector : Node
        Where the gradients are joined.
    parts : dict of Node to int
        The wide sums in it, and the entry where each begins.
    """

    vector: Node
    parts: dict[Node, int]


def fused_updates(
    scheduler: Scheduler,
    schedule: Schedule,
    wide: Wide,
    joined: set[Node],
    inplace: Mapping[Node, Node],
    aliases: Mapping[Node, tuple[Node, int]],
) -> dict[Group, Fused]:
    """The loops that may be done in parts.

    Parameters
    ----------
    joined : set of Node
        Sums that are computed in their places in the vector that joins them.
    inplace : dict of Node to Node
        What is computed in the memory of an input.
    aliases : dict of Node to (Node, int)
        Inputs that are a part of another.
    """
    found: dict[Group, Fused] = {}
    last = schedule.between[-1]
    for group in last:
        vectors = {v for v in _read(scheduler, [group]) if v.op == "concat" and v.size == group.size}
        if group.kind != "flat" or len(vectors) != 1:
            continue
        (vector,) = vectors
        parts, start = {}, 0
        for a in vector.args:
            if a.node in wide.sums and a.node in joined and a.node.after == len(schedule.passes) - 1:
                parts[a.node] = start
            start += a.size
        others = [g for stage in (*schedule.passes, *schedule.between) for g in stage if g is not group]
        elsewhere = _read(scheduler, [g for g in others if vector not in g.roots]) | scheduler.results
        alone = not elsewhere & {vector, *parts}
        early = not _read(scheduler, [group]) & {v for g in last if g is not group for v in g.roots if v is not vector}
        written = {inplace[v] for v in group.roots if v in inplace}
        read = {aliases.get(v, (v, 0))[0] for v in _read(scheduler, [g for g in last if g is not group])}
        if parts and alone and early and not written & read:
            found[group] = Fused(vector, parts)
    return found


def _read(scheduler: Scheduler, groups: Iterable[Group]) -> set[Node]:
    """What groups read."""
    return {leaf for group in groups for node in group.roots for leaf, _ in scheduler.leaves(node)}
