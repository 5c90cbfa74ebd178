"""Mistakes about parameters that are used several times: recurrent networks, tied weights, loops."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checking.mistakes.mistake import Mistake, Scene
from cutaway.graph import Var


def steps(scene: Scene) -> Iterator[Mistake]:
    """The gradient of one use alone: overwritten in each pass of a loop instead of added up."""
    uses: dict[Var, list[tuple[int, int]]] = {}
    for k, eqn in enumerate(scene.eqns):
        for i, atom in enumerate(eqn.inputs):
            if isinstance(atom, Var) and atom in scene.graph.inputs and scene.active(k, i):
                uses.setdefault(atom, []).append((k, i))
    several = {var: edges for var, edges in uses.items() if len(edges) > 1}
    together = [{var: edges} for var, edges in several.items()] + ([several] if len(several) > 1 else [])
    for chosen in together:
        names = ", ".join(scene.name(v) for v in chosen)
        for end, which in (("last", -1), ("first", 0)):
            changes = {edge: _nothing for edges in chosen.values() for edge in edges if edge != edges[which]}
            yield Mistake(
                "overwritten-not-added",
                f"keeps the part of the {end} use of {names} alone: it is overwritten, not added up",
                f"Add up the parts of all uses: d{scene.name(next(iter(chosen)))} += ...",
                changes,
                {},
                tuple(chosen),
                cost=1.2,
            )


def _nothing(g: object, part: object) -> None:
    return None
