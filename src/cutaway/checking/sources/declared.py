"""A file that defines ``case()``: the dict that it returns says what to check."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cutaway import tree
from cutaway.checking.records import Case, Place
from cutaway.checking.running.child import alarm
from cutaway.checking.running.log import Log, bare
from cutaway.checking.running.program import Program
from cutaway.checking.running.watch import Watch, listeners
from cutaway.errors import UsageError

NAMES = {"gradients": "grads", "gradient": "grads", "grad": "grads", "learning_rate": "lr", "parameters": "params"}
WANTED = ("params", "loss", "grads")


def declared_case(program: Program, name: str, seconds: float) -> Case:
    """Run the file, without what stands under ``if __name__ == "__main__"``, and ask it for its case."""
    watch = Watch()
    program.prepare("checked_program", *listeners(watch))
    watch.namespace = program.namespace
    alarm(seconds)
    with watch:
        with contextlib.suppress(SystemExit):
            program.run()
        if name not in program.namespace:
            raise UsageError(f"{program.path} ends before it defines {name}()")
        given = program.namespace[name]()
    alarm(0)
    return case_from(given, program, name, watch.log)


def case_from(given: Any, program: Program, name: str, log: Log) -> Case:
    """The case that a dict describes."""
    if not isinstance(given, Mapping):
        raise UsageError(
            f"{name}() must return a dict", received=type(given).__name__, instead=f"Return dict({_keys()}, lr=0.1)"
        )
    known = {NAMES.get(key, key): value for key, value in given.items()}
    missing = [key for key in WANTED if known.get(key) is None]
    if missing:
        raise UsageError(
            f"{name}() lacks {' and '.join(missing)}",
            received=", ".join(map(str, given)) or "an empty dict",
            instead=f"Return dict({_keys()}, lr=0.1)",
        )
    nested, params = _flat(known["params"])
    into, out = _ways(nested)

    def of_params(fn: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
        return fn if fn is None or into is None else _composed(fn, into)

    gradients, update = known["grads"], known.get("update")
    if into is not None and out is not None:
        gradients = _composed(_composed(gradients, into), None, out)
        update = None if update is None else _nested_update(update, into, out)
    return Case(
        params=params,
        loss=of_params(known["loss"]),
        gradients=gradients,
        update=update,
        train=known.get("train"),
        true_loss=of_params(known.get("true_loss")),
        metric=of_params(known.get("metric")),
        predict=of_params(known.get("predict")),
        lr=float(known.get("lr", 0.1)),
        steps=int(known.get("steps", 100)),
        data={k: np.asarray(known[k]) for k in ("X", "y") if k in known},
        origins=origins(params, log, _lines_of(program.namespace.get(name))),
        file=program.path,
        source=program.source,
        notes={
            **{k: known[k] for k in ("float32", "kinks", "tiny") if k in known},
            "program": program,
            "log": log,
        },
    )


def _lines_of(function: Any) -> range:
    code = getattr(function, "__code__", None)
    lines = [line for *_, line in code.co_lines() if line is not None] if code is not None else []
    return range(min(lines, default=0), max(lines, default=-1) + 1)


def origins(params: Mapping[str, Any], log: Log, adapter: range = range(0)) -> dict[str, Place]:
    """The line on which the numbers of each parameter were first seen, under its own name if there is one.

    The lines of the ``adapter`` name what was made elsewhere, under another name maybe.
    """
    found: dict[str, Place] = {}
    made = [(c.name, c.new, c.file, c.line, c.at) for c in log.changes if isinstance(c.new, np.ndarray)]
    made += [(name, array, file, line, at) for array, line, name, file, at in log.first.values()]
    for name, value in params.items():
        array = np.asarray(value)
        same = [m for m in made if m[1].shape == array.shape and np.array_equal(m[1], array)]
        named = [m for m in same if bare(m[0]) == name]
        telling = array.size > 1 and bool(np.any(array))
        elsewhere = [m for m in (*named, *(same if telling else ())) if m[3] not in adapter]
        own = [m for m in elsewhere if bare(m[0]) == name] or elsewhere or named or same
        if own:
            _, _, file, line, _ = min(own, key=lambda m: m[4])
            found[name] = Place(file, line)
    return found


def _keys() -> str:
    return 'params={"W1": W1}, loss=lambda p: ..., grads=lambda p: {"W1": ...}'


def _flat(params: Any) -> tuple[Any, dict[str, Any]]:
    """The parameters by name, and the nesting that they came in if it is not just that."""
    if isinstance(params, Mapping) and all(not isinstance(v, list | tuple | Mapping) for v in params.values()):
        return None, {str(k): np.asarray(v) if not np.isscalar(v) else np.array(v) for k, v in params.items()}
    if isinstance(params, np.ndarray):
        params = [params]
    as_arrays = tree.map_leaves(np.asarray, params)
    return as_arrays, dict(tree.leaves(as_arrays))


def _ways(nested: Any) -> tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]:
    """From named arrays to the author's nesting, and back."""
    if nested is None:
        return None, None
    names = [name for name, _ in tree.leaves(nested)]
    return (
        lambda p: tree.rebuild(nested, [p[n] for n in names]),
        lambda g: dict(zip(names, (v for _, v in tree.leaves(g)), strict=False)),
    )


def _composed(
    fn: Callable[[Any], Any], first: Callable[[Any], Any] | None, last: Callable[[Any], Any] | None = None
) -> Callable[[Any], Any]:
    def composed(p: Any) -> Any:
        result = fn(p if first is None else first(p))
        return result if last is None else last(result)

    return composed


def _nested_update(update: Any, into: Any, out: Any) -> Any:
    def nested(p: Any, g: Any, lr: float) -> Any:
        arrays = into(p)
        result = update(arrays, into(g), lr)
        return out(arrays if result is None else result)

    return nested
