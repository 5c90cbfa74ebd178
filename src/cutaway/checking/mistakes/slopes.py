"""Mistakes about the slope of an activation: left out, taken twice, at the wrong value, of something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cutaway.checking.backprop import Change
from cutaway.checking.mistakes.mistake import ACTIVATIONS, Mistake, Scene, same, variables
from cutaway.graph import Eqn


def _sigmoid(z: Any) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, float)))


# The slope as a function of the pre-activation, as one of the activation, and both in writing.
OF_INPUT: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: np.where(np.asarray(z) > 0, 1.0, 0.0),
}
OF_OUTPUT: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a**2,
    "relu": lambda a: np.where(np.asarray(a) > 0, 1.0, 0.0),
    "softmax": lambda a: a * (1 - a),
}
WRITTEN = {
    "sigmoid": "{a} * (1 - {a})",
    "tanh": "1 - {a}**2",
    "relu": "({z} > 0)",
    "leaky relu": "np.where({z} > 0, 1, {c})",
}


def slopes(scene: Scene) -> Iterator[Mistake]:
    """Every way of getting an activation's slope wrong; softmax has none, but a Jacobian."""
    numbers = [
        k
        for k, e in enumerate(scene.eqns)
        if _short(e) in ACTIVATIONS and _short(e) != "softmax" and scene.active(k, 0)
    ]
    for group in scene.groups(numbers, layers=True):
        if len({_short(scene.eqns[k]) for k in group}) == 1:
            yield from _of(scene, group)
    yield from _everywhere(scene, numbers)


EVERYWHERE = (
    ("missing-slope", "leaves out the slope of {}", lambda kind, z, a: np.ones(z.shape), r"\delta"),
    (
        "slope-at-output",
        "takes the slope of {} at the activated value instead of the pre-activation",
        lambda kind, z, a: OF_INPUT[kind](a),
        r"\delta \odot f'(a)",
    ),
    (
        "slope-of-preactivation",
        "uses the formula for the activated value with the pre-activation of {}",
        lambda kind, z, a: OF_OUTPUT[kind](z),
        r"\delta \odot g(z)",
    ),
    ("slope-twice", "multiplies by the slope of {} twice", lambda kind, z, a: OF_INPUT[kind](z) ** 2, r"\delta f'^2"),
)


def _everywhere(scene: Scene, numbers: list[int]) -> Iterator[Mistake]:
    """The same slip at activations of all kinds: at the gates of a cell, which are sigmoids and tanhs."""
    numbers = [k for k in numbers if _short(scene.eqns[k]) in ("sigmoid", "tanh")]
    kinds = list(dict.fromkeys(_short(scene.eqns[k]) for k in numbers))
    if len(kinds) < 2:
        return
    eqns = [scene.eqns[k] for k in numbers]
    what = f"{' and '.join(kinds)} in {len(eqns)} places"
    fix = f"Multiply by the slope of {what}: {', '.join(WRITTEN[kind].format(z='z', a='a') for kind in kinds)}"
    for code, words, factor, wrong in EVERYWHERE:
        changes = {
            (k, 0): _times(factor(_short(e), np.asarray(e.inputs[0].value), np.asarray(e.output.value)))  # type: ignore[union-attr]
            for k, e in zip(numbers, eqns, strict=True)
        }
        yield Mistake(code, words.format(what), fix, changes, {}, variables(eqns, 0), wrong, r"\delta \odot f'(z)", 1.1)


def _short(eqn: Eqn) -> str:
    return eqn.primitive.name.rpartition(".")[2]


def _of(scene: Scene, group: tuple[int, ...]) -> Iterator[Mistake]:
    kind = _short(scene.eqns[group[0]])
    eqns = [scene.eqns[k] for k in group]
    names = [(scene.name(e.inputs[0]), scene.name(e.output)) for e in eqns]
    what = f"{kind} at {names[0][0]}" if len(group) == 1 else f"{kind} in {len(group)} places"
    z, a = names[0]
    written = WRITTEN[kind].format(z=z, a=a, c=eqns[0].params.get("slope"))
    right = rf"\delta \odot {_tex(kind)}'({z})"

    def mistake(
        code: str, words: str, factor: Callable[[Any, Any, Eqn], Any], wrong: str, cost: float = 1.0
    ) -> Mistake | None:
        changes = {}
        for k, eqn in zip(group, eqns, strict=True):
            f = factor(np.asarray(eqn.inputs[0].value), np.asarray(eqn.output.value), eqn)  # type: ignore[union-attr]
            if f is None:
                return None
            changes[k, 0] = _times(f)
        broken = variables(eqns, 0)
        return Mistake(
            code, words, f"Multiply by the slope of {what}: {written}", changes, {}, broken, wrong, right, cost
        )

    for found in _choices(kind, what, mistake):
        if found is not None:
            yield found
    if kind == "leaky relu":
        yield mistake(  # type: ignore[misc]
            "slope-of-leak",
            f"takes the slope of {what} to be 0 where it leaks",
            lambda z, a, e: np.where(z > 0, 1.0, 0.0),
            r"\delta \odot [z > 0]",
        )
        yield mistake(  # type: ignore[misc]
            "slope-of-leak",
            f"takes the leak for the slope of {what} on both sides",
            lambda z, a, e: np.full(z.shape, e.params["slope"]),
            r"\delta \cdot \alpha",
        )
        yield mistake(  # type: ignore[misc]
            "slope-of-leak",
            f"has the two sides of {what} the wrong way round",
            lambda z, a, e: np.where(z > 0, e.params["slope"], 1.0),
            r"\delta \odot [z < 0]",
        )
    if len(group) > 1 and kind in OF_INPUT:
        yield from _neighbours(scene, group, kind, what, right)
    if len(group) == 1:
        yield from _elsewhere(scene, kind, what, mistake, eqns[0])


def _choices(kind: str, what: str, mistake: Any) -> Iterator[Mistake | None]:
    f = _tex(kind)
    yield mistake("missing-slope", f"leaves out the slope of {what}", lambda z, a, e: np.ones(z.shape), r"\delta")
    if kind in OF_INPUT:
        slope, closed = OF_INPUT[kind], OF_OUTPUT[kind]
        yield mistake(
            "slope-twice",
            f"multiplies by the slope of {what} twice",
            lambda z, a, e: slope(z) ** 2,
            rf"\delta \odot {f}'(z)^2",
        )
        if kind != "relu":
            yield mistake(
                "slope-at-output",
                f"takes the slope of {what} at the activated value instead of the pre-activation",
                lambda z, a, e: slope(a),
                rf"\delta \odot {f}'(a)",
            )
            yield mistake(
                "slope-of-preactivation",
                f"uses the formula for the activated value with the pre-activation of {what}",
                lambda z, a, e: closed(z),
                rf"\delta \odot {closed_form(kind, 'z')}",
            )
    for other in OF_INPUT:
        if other != kind:
            yield mistake(
                "slope-of-another-activation",
                f"uses the slope of {other} for {what}",
                lambda z, a, e, other=other: OF_OUTPUT[other](a),
                rf"\delta \odot {closed_form(other, 'a')}",
                1.2,
            )
            if other != "relu":
                yield mistake(
                    "slope-of-another-activation",
                    f"uses the slope of {other} for {what}",
                    lambda z, a, e, other=other: OF_INPUT[other](z),
                    rf"\delta \odot {_tex(other)}'(z)",
                    1.2,
                )
                yield mistake(
                    "slope-of-another-activation",
                    f"uses the formula of {other}'s slope with the pre-activation of {what}",
                    lambda z, a, e, other=other: OF_OUTPUT[other](z),
                    rf"\delta \odot {closed_form(other, 'z')}",
                    1.5,
                )
    for text, tex, factor in _misspelt():
        yield mistake(
            "slope-misspelt",
            f"uses {text} for the slope of {what}",
            lambda z, a, e, g=factor: g(z, a),
            rf"\delta \odot {tex}",
            1.4,
        )


def _misspelt() -> Iterator[tuple[str, str, Callable[[Any, Any], Any]]]:
    yield "1 - a", "(1 - a)", lambda z, a: 1 - a
    yield "a", "a", lambda z, a: a
    yield "1 + a**2", "(1 + a^2)", lambda z, a: 1 + a**2
    yield "a * (1 + a)", "a (1 + a)", lambda z, a: a * (1 + a)
    yield "a**2", "a^2", lambda z, a: a**2
    yield "(1 - a)**2", "(1 - a)^2", lambda z, a: (1 - a) ** 2
    yield "1 - z", "(1 - z)", lambda z, a: 1 - z
    yield "the pre-activation", "z", lambda z, a: z
    yield "the side where it is negative", "[z < 0]", lambda z, a: np.where(z < 0, 1.0, 0.0)
    yield "1 / (1 - a**2)", "1 / (1 - a^2)", lambda z, a: 1 / (1 - a**2)


def _neighbours(scene: Scene, group: tuple[int, ...], kind: str, what: str, right: str) -> Iterator[Mistake]:
    """The right formula at the values of the step before or after."""
    eqns = [scene.eqns[k] for k in group]
    shapes = {e.output.shape for e in eqns}
    if len(shapes) != 1:
        return
    values = [np.asarray(e.output.value) for e in eqns]
    start = np.zeros(eqns[0].output.shape)
    for which, moved in (("before", [start, *values[:-1]]), ("after", [*values[1:], start])):
        changes = {(k, 0): _times(OF_OUTPUT[kind](a)) for k, a in zip(group, moved, strict=True)}
        yield Mistake(
            "slope-of-another-step",
            f"takes the slope of {what} at the values of the step {which}",
            "Take the slope at the values of the same step",
            changes,
            {},
            variables(eqns, 0),
            rf"\delta_t \odot {_tex(kind)}'(z_{{t-1}})",
            right,
            1.2,
        )


def _elsewhere(scene: Scene, kind: str, what: str, mistake: Any, eqn: Eqn) -> Iterator[Mistake]:
    """The right formula, fed with another array of the same shape."""
    z, a = np.asarray(eqn.inputs[0].value), np.asarray(eqn.output.value)  # type: ignore[union-attr]
    for name, other in scene.alike(z.shape):
        if same(other, z) or same(other, a):
            continue
        found = []
        if kind in OF_INPUT:
            found += [OF_OUTPUT[kind](np.asarray(other, float)), OF_INPUT[kind](np.asarray(other, float))]
        elif kind == "leaky relu":
            found += [np.where(np.asarray(other) > 0, 1.0, eqn.params["slope"])]
        for factor in found[: 1 if kind == "relu" else 2]:
            made = mistake(
                "slope-of-another-layer",
                f"takes the slope of {what} from {name}",
                lambda z, a, e, f=factor: f,
                rf"\delta \odot {_tex(kind)}'({name})",
                1.3,
            )
            if made is not None:
                yield made
    if kind in ("relu", "leaky relu"):
        leak = eqn.params.get("slope", 0.0)
        changes: dict[Any, Change] = {
            (scene.number[eqn.output], 0): lambda g, part: g * np.where(np.asarray(g) > 0, 1.0, leak)
        }
        yield Mistake(
            "slope-of-another-layer",
            f"takes the sign of the error, not of the pre-activation, for the slope of {what}",
            f"Take the slope where {scene.name(eqn.inputs[0])} > 0",
            changes,
            {},
            (eqn.inputs[0],),  # type: ignore[arg-type]
            r"\delta \odot [\delta > 0]",
            rf"\delta \odot {_tex(kind)}'(z)",
            1.3,
        )


def _times(factor: Any) -> Change:
    return lambda g, part: g * factor


def _tex(kind: str) -> str:
    return {"sigmoid": r"\sigma", "relu": r"\mathrm{relu}", "leaky relu": r"\mathrm{leaky}"}.get(
        kind, rf"\{kind}" if kind == "tanh" else rf"\mathrm{{{kind}}}"
    )


def closed_form(kind: str, of: str) -> str:
    """The slope in LaTeX, as a formula in one value."""
    return {"tanh": f"(1 - {of}^2)", "relu": f"[{of} > 0]"}.get(kind, f"{of} (1 - {of})")
