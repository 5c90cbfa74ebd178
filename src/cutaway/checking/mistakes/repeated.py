"""Mistakes about parameters that are used several times: recurrent networks, tied weights, loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cutaway.checking.backprop import Change, Edge
from cutaway.checking.mistakes.mistake import Mistake, Scene
from cutaway.graph import Var


def steps(scene: Scene) -> Iterator[Mistake]:
    """The gradient of one use alone: overwritten in each pass of a loop instead of added up."""
    uses: dict[Var, list[Edge]] = {}
    views: dict[Var, Var] = {v: v for v in scene.graph.inputs}  # slices of a parameter are taken once, and used often
    slots: dict[Var, str] = {}
    for k, eqn in enumerate(scene.eqns):
        for i, atom in enumerate(eqn.inputs):
            if isinstance(atom, Var) and atom in views and scene.active(k, i):
                if eqn.primitive.fn.__name__ in ("take_at", "reshape", "transpose") and len(eqn.inputs) == 1:
                    views[eqn.output] = views[atom]
                    slots[eqn.output] = slots.get(atom, "") + repr(eqn.params.get("index"))
                else:
                    uses.setdefault(views[atom], []).append((k, i))
    several = {var: edges for var, edges in uses.items() if len(edges) > 1}
    together = [{var: edges} for var, edges in several.items()] + ([several] if len(several) > 1 else [])
    for chosen in together:
        names = ", ".join(scene.name(v) for v in chosen)
        for end, which in (("last", -1), ("first", 0)):
            changes = {edge: _nothing for edges in chosen.values() for edge in edges if edge != edges[which]}
            yield _overwritten(f"the {end} use of {names}", tuple(chosen), scene, changes)
        yield from _by_call(scene, chosen, names)
        last = {slots.get(scene.eqns[k].inputs[i], ""): (k, i) for edges in chosen.values() for k, i in edges}  # type: ignore[arg-type]
        if len(chosen) == 1 and 1 < len(last) < sum(map(len, chosen.values())):
            dropped = {e: _nothing for edges in chosen.values() for e in edges if e not in set(last.values())}
            yield _overwritten(f"the last use of each row of {names}", tuple(chosen), scene, dropped)


def _overwritten(what: str, chosen: tuple[Var, ...], scene: Scene, changes: Mapping[Edge, Change]) -> Mistake:
    return Mistake(
        "overwritten-not-added",
        f"keeps the part of {what} alone: it is overwritten, not added up",
        f"Add up the parts of all uses: d{scene.name(chosen[0])} += ...",
        changes,
        {},
        chosen,
        cost=1.2,
    )


def _by_call(scene: Scene, chosen: dict[Var, list[Edge]], names: str) -> Iterator[Mistake]:
    """Functions that use a parameter several times, called for each sample: what the last call gives is kept."""
    calls: dict[Edge, tuple[int, ...]] = {}
    for edges in chosen.values():
        for edge in edges:
            eqn = scene.eqns[edge[0]]
            stack = scene.stacks.get((eqn.of or eqn).output)
            calls[edge] = tuple(s.call for s in reversed(stack.spots)) if stack else ()
    for depth in range(1, max(map(len, calls.values()), default=0)):
        kept = {edge for edges in chosen.values() for edge in edges if _upto(calls, edge, edges[-1], depth)}
        if all(sum(e in kept for e in edges) < len(edges) for edges in chosen.values()) and len(kept) > len(chosen):
            changes: dict[Edge, Change] = {e: _nothing for e in calls if e not in kept}
            yield _overwritten(f"the last call with {names}", tuple(chosen), scene, changes)


def _upto(calls: dict[Edge, tuple[int, ...]], edge: Edge, last: Edge, depth: int) -> bool:
    return calls[edge][: depth + 1] == calls[last][: depth + 1]


def _nothing(g: object, part: object) -> None:
    return None
