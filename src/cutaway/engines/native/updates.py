"""Where new values of inputs go: into the memory of the old ones as they are computed, or by a copy afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cutaway.engines.native.nodes import Node, RowRef, Unsupported, WholeRef
from cutaway.engines.native.schedule import Group, Schedule, Scheduler


def placed(
    scheduler: Scheduler, schedule: Schedule, updates: Mapping[Node, RowRef | WholeRef], parts: Collection[Node]
) -> tuple[dict[Node, Node], list[tuple[Node, Node]]]:
    """New values that are computed in the memory of the old ones, and those that must be copied there.

    Parameters
    ----------
    scheduler, schedule
        The order of work.
    updates : dict of Node to RowRef or WholeRef
        Inputs, and what they become after a step.
    parts : collection of Node
        Inputs that are a part of another.

    Raises
    ------
    Unsupported
        If a new value is no value of its own, or depends on the new one of another.
    """
    inplace: dict[Node, Node] = {}
    copies: list[tuple[Node, Node]] = []
    last = schedule.between[-1]
    where = {v: g for g, group in enumerate(last) for v in group.roots}
    for target, ref in updates.items():
        node = ref.node
        if not isinstance(ref, WholeRef) or ref.size != target.size:
            raise Unsupported("an update with rows")
        if not (ref.contiguous and ref.offset == 0 and ref.size == node.size):
            raise Unsupported("an update that is a view")
        alone = node not in inplace and node not in updates and node in where and last[where[node]].kind == "flat"
        safe = alone and target.rows is False and not _read_later(scheduler, last, where[node], {*updates, *parts})
        if safe and node.dtype == target.dtype:
            inplace[node] = target
        elif node is not target:
            copies.append((node, target))
    if any(s in {t for _, t in copies} for s, _ in copies):
        raise Unsupported("updates that depend on each other")
    return inplace, copies


def _read_later(scheduler: Scheduler, groups: list[Group], g: int, targets: set[Node]) -> bool:
    """Whether a group after ``g`` reads what is updated, or one reads it out of order."""
    for later in groups[g:]:
        for node in later.roots:
            for leaf, same in scheduler.leaves(node):
                if leaf in targets and (later is not groups[g] or not same):
                    return True
    return False
