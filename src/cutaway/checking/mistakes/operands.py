"""Mistakes about matrix products: the wrong operand, one that is not transposed, weights that were updated already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.backprop import Change
from cutaway.checking.mistakes.mistake import ACTIVATIONS, Mistake, Scene, same, variables
from cutaway.graph import Var
from cutaway.ops.linear import MATMUL


def operands(scene: Scene) -> Iterator[Mistake]:
    """Every way of getting the product with the other operand wrong."""
    numbers = [k for k, e in enumerate(scene.eqns) if e.primitive is MATMUL]
    numbers = [
        k for k in numbers if all(np.ndim(x.value if isinstance(x, Var) else x) == 2 for x in scene.eqns[k].inputs)
    ]
    for i in (0, 1):
        chosen = [k for k in numbers if scene.active(k, i)]
        for group in scene.groups(chosen):
            yield from _of(scene, group, i)
    rest = [k for k, e in enumerate(scene.eqns) if e.primitive is MATMUL and k not in numbers]
    for i in (0, 1):
        for group in scene.groups([k for k in rest if scene.active(k, i)]):
            yield from _vectors(scene, group, i)


def _of(scene: Scene, group: tuple[int, ...], i: int) -> Iterator[Mistake]:
    """``y = a @ b``: the cotangent of ``a`` is ``g @ b.T``, that of ``b`` is ``a.T @ g``."""
    eqns = [scene.eqns[k] for k in group]
    mine, other = eqns[0].inputs[i], eqns[0].inputs[1 - i]
    me, it = scene.name(mine), scene.name(other)
    right = rf"\delta \, {it}^T" if i == 0 else rf"{it}^T \, \delta"
    weights = isinstance(mine, Var) and mine in scene.graph.inputs

    def mistake(code: str, words: str, fix: str, make: Any, wrong: str, cost: float = 1.0) -> Mistake | None:
        changes: dict[Any, Change] = {}
        for k, eqn in zip(group, eqns, strict=True):
            b = np.asarray(eqn.inputs[1 - i].value)  # type: ignore[union-attr]
            change = make(b, eqn)
            if change is None or not _fits(change, scene.true[eqn.output], eqn.inputs[i]):
                return None
            changes[k, i] = change
        broken = variables(eqns, i)
        return Mistake(code, words, fix, changes, {}, broken, wrong, right, cost)

    def times(b: Any) -> Change:
        return (lambda g, part: g @ b) if i == 0 else (lambda g, part: b @ g)

    fix = f"Use {it}.T: " + (f"delta @ {it}.T" if i == 0 else f"{it}.T @ delta")
    choices = [
        mistake(
            "not-transposed",
            f"multiplies by {it} instead of {it}.T",
            fix,
            lambda b, e: times(b),
            rf"\delta \, {it}" if i == 0 else rf"{it} \, \delta",
        ),
        mistake(
            "reshaped-not-transposed",
            f"reshapes {it} where it has to be transposed",
            fix,
            lambda b, e: times(b.reshape(b.shape[::-1])) if not same(b.reshape(b.shape[::-1]), b.T) else None,
            rf"\mathrm{{reshape}}({it})",
        ),
        mistake(
            "result-transposed",
            f"has the gradient of {me} transposed",
            f"Swap the two factors of the gradient of {me}",
            lambda b, e: lambda g, part: part.T,
            rf"({right})^T",
        ),
        mistake(
            "result-reshaped",
            f"reshapes the gradient of {me} where it has to be transposed",
            f"Transpose instead of reshaping the gradient of {me}",
            lambda b, e: _result_reshaped(e.inputs[i]),
            r"\mathrm{reshape}",
        ),
    ]
    if not weights:
        choices += [
            mistake(
                "not-through-weights",
                f"does not pass the error through {it}",
                fix,
                lambda b, e: lambda g, part: g if np.shape(g) == np.shape(part) else None,
                r"\delta",
            ),
            mistake(
                "not-through-weights",
                f"passes the summed error back, not through {it}",
                fix,
                lambda b, e: (
                    lambda g, part: np.broadcast_to(np.sum(g, axis=1 if i == 0 else 0, keepdims=True), np.shape(part))
                ),
                r"\sum \delta",
            ),
        ]
    else:
        for which, end in ((slice(0, 1), "first"), (slice(-1, None), "last")):
            choices.append(
                mistake(
                    "one-sample",
                    f"uses the {end} sample alone for the gradient of {me}",
                    f"Use all samples: {right}",
                    lambda b, e, w=which: (
                        (lambda g, part: b[w].T @ g[w]) if i else (lambda g, part: g[:, w] @ b[:, w].T)
                    ),
                    r"\delta_1",
                )
            )
        choices.append(
            mistake(
                "operand-left-out",
                f"does not multiply the gradient of {me} by {it}",
                fix,
                lambda b, e: _left_out,
                r"\delta",
            )
        )
    yield from (c for c in choices if c is not None)
    if len(group) > 1:
        made = mistake(
            "updated-weights",
            "passes the error through weights that were updated before",
            "Compute all gradients first, then update",
            lambda b, e: _updated(scene, e.inputs[1 - i], i),
            r"\delta \, (W - \eta \, dW)^T",
            1.1,
        )
        if made is not None and not weights:
            yield made
        return
    shape = np.shape(other.value)  # type: ignore[union-attr]
    if not weights:
        change = _updated(scene, other, i)
        if change is not None:
            yield Mistake(
                "updated-weights",
                f"passes the error through {it} after {it} was updated",
                "Compute all gradients first, then update",
                {(group[0], i): change},
                {},
                variables(eqns, i),
                rf"\delta \, ({it} - \eta \, d{it})^T",
                right,
            )
    for turned in (False, True):
        for name, value in scene.alike(shape[::-1] if turned else shape):
            value = np.asarray(value)
            value = value.T if turned else value
            if same(value, other.value):  # type: ignore[union-attr]
                continue
            change = times(value.T)
            yield Mistake(
                "wrong-operand",
                f"uses {name if name != it else 'that of another layer'} where {it} belongs",
                fix,
                {(group[0], i): change},
                {},
                (mine,),  # type: ignore[arg-type]
                right.replace(it, name),
                right,
                1.2 + 0.3 * turned,
            )


def _vectors(scene: Scene, group: tuple[int, ...], i: int) -> Iterator[Mistake]:
    """Products with a vector, one sample at a time."""
    eqns = [scene.eqns[k] for k in group]
    mine, other = eqns[0].inputs[i], eqns[0].inputs[1 - i]
    me, it = scene.name(mine), scene.name(other)
    broken: Any = variables(eqns, i)
    shape = np.shape(_value(other))

    def with_other(values: list[Any]) -> dict[Any, Change]:
        return {(k, i): _rule_with(e, i, v) for k, e, v in zip(group, eqns, values, strict=True)}

    if any(np.shape(_value(e.inputs[1 - i])) != shape for e in eqns):
        return
    if len(shape) == 2 and shape[0] == shape[1]:
        yield Mistake(
            "not-transposed",
            f"multiplies by {it} instead of {it}.T",
            f"Use {it}.T",
            with_other([np.asarray(_value(e.inputs[1 - i])).T for e in eqns]),
            {},
            broken,
        )
    if len(shape) == 2:
        yield Mistake(
            "not-through-weights",
            f"does not pass the error through {it}",
            f"Multiply by {it}.T",
            {(k, i): _same_shape for k in group},
            {},
            broken,
        )
    if len({np.shape(_value(e.inputs[1 - i])) for e in eqns}) == 1 and len(group) > 1 and len(shape) == 1:
        values = [np.asarray(_value(e.inputs[1 - i])) for e in eqns]
        ends = _ends(scene, eqns, values[0].shape)
        for which, moved in (("after", [*values[1:], ends]), ("before", [np.zeros(shape), *values[:-1]])):
            yield Mistake(
                "wrong-operand",
                f"uses {it} of the step {which} in the gradient of {me}",
                f"Use {it} of the same step",
                with_other(moved),
                {},
                broken,
                cost=1.2,
            )
    if len(group) > 1:
        return
    for name, value in scene.alike(shape):
        if not same(value, _value(other)):
            yield Mistake(
                "wrong-operand",
                f"uses {name} where {it} belongs in the gradient of {me}",
                f"Use {it}",
                with_other([value]),
                {},
                broken,
                cost=1.2,
            )


def _ends(scene: Scene, eqns: list[Any], shape: tuple[int, ...]) -> Any:
    """What follows the last step: the last value of the same shape that an activation gives."""
    later = [
        e.output.value
        for e in scene.eqns
        if e.output.shape == shape and e.primitive.name.rpartition(".")[2] in ACTIVATIONS
    ]
    return later[-1] if later else np.zeros(shape)


def _rule_with(eqn: Any, i: int, value: Any) -> Change:
    rule = eqn.primitive.rule(i)
    mine = _value(eqn.inputs[i])
    args = (mine, value) if i == 0 else (value, mine)
    return lambda g, part: rule(g, eqn.output.value, *args)


def _value(atom: Any) -> Any:
    return atom.value if isinstance(atom, Var) else atom


def _same_shape(g: Any, part: Any) -> Any:
    return g if np.shape(g) == np.shape(part) else None


def _left_out(g: Any, part: Any) -> Any:
    """What broadcasting makes of an error whose operand was forgotten."""
    for total in (g, np.sum(g, 0), np.sum(g, 0, keepdims=True), np.sum(g, 1, keepdims=True)):
        try:
            return np.broadcast_to(total, np.shape(part))
        except ValueError:
            continue
    return None


def _result_reshaped(atom: Any) -> Change | None:
    shape = np.shape(atom.value)
    if len(shape) != 2 or 1 in shape:
        return None
    return lambda g, part: part.T.reshape(np.shape(part))


def _updated(scene: Scene, weights: Any, i: int) -> Change | None:
    if weights not in scene.graph.inputs or weights not in scene.true:
        return None
    moved = weights.value - scene.lr * scene.true[weights]
    return (lambda g, part: g @ moved.T) if i == 0 else (lambda g, part: moved.T @ g)


def _fits(change: Change, g: Any, atom: Any) -> bool:
    """Whether the shapes allow this mistake at all, as they would in the author's program."""
    try:
        with np.errstate(all="ignore"):
            result = change(np.asarray(g), np.zeros(np.shape(atom.value)))
    except (ValueError, IndexError):
        return False
    return result is not None and np.shape(result) == np.shape(atom.value)
