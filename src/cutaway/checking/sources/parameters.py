"""Which names of a watched loop are its parameters, and which iteration of which loop is one step of training.

Parameters are floats that were there when an iteration began, that the iteration changes, and whose numbers matter to
what it computes before they change. A step is the innermost iteration that changes all of them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.records import Array
from cutaway.checking.running.log import Change, Log, Slot, bare
from cutaway.checking.running.program import Loop, Program
from cutaway.checking.running.watch import Watch
from cutaway.checking.sources.replay import Replay, body_of
from cutaway.checking.sources.snapshots import Path, Snapshot, get

NUDGE = 1e-3
FEW_TURNS = 8  # of a loop, in which every weight has moved


@dataclass
class Step:
    """One step of training that was found.

    Attributes
    ----------
    replay : Replay
        Runs it again.
    values : dict of arrays
        The parameters when it began.
    slots : dict
        The watch's slot of each parameter.
    state : dict of str to Path
        What else the step changes and keeps: velocities, moments.
    """

    replay: Replay
    snapshot: Snapshot
    values: dict[str, Array]
    slots: dict[str, Slot]
    state: dict[str, Path]


def find_steps(program: Program, log: Log, snapshots: dict[int, Snapshot]) -> Iterator[Step]:
    """Steps that the program's training loop may make, the likeliest first.

    Arrays of whole numbers count where there are no others.
    """
    for suits in (_floats, _numbers):
        found = False
        for step in _steps_of(program, log, snapshots, suits):
            found = True
            yield step
        if found:
            return


def _steps_of(
    program: Program, log: Log, snapshots: dict[int, Snapshot], suits: Callable[[Any], bool]
) -> Iterator[Step]:
    slots: dict[Slot, list[Change]] = {}
    for change in log.changes:
        if suits(change.new):
            slots.setdefault(change.slot, []).append(change)
    slots = _without_shuffled_numbers(slots)
    found: list[tuple[int, int, Snapshot, dict[Slot, Path]]] = []
    data = named_by_loops(program)
    given = {number: _given_by(program.loops[number]) for number in snapshots}
    for number, snapshot in snapshots.items():
        key = (snapshot.frame, number)
        changed: dict[Slot, Path] = {}
        turns: dict[int, set[Slot]] = {}
        for slot, seen in slots.items():
            inside = [c for c in seen if any(k[:2] == key for k in c.loops) and c.old is not None]
            path = snapshot.path(*slot) if inside else None
            if path is None or not suits(get(snapshot.state, path)) or _only_moved(inside):
                continue
            if path[1][1] in data and _given(snapshot, path) and not any(c.inplace for c in inside):
                continue
            if len(path) == 3 and path[1][1] in given[number]:
                continue
            changed[slot] = path
            for turn in {k[2] for c in inside for k in c.loops if k[:2] == key}:
                turns.setdefault(turn, set()).add(slot)
        if changed:
            place = max(
                next(i for i, k in enumerate(c.loops) if k[:2] == key)
                for s in changed
                for c in slots[s]
                if any(k[:2] == key for k in c.loops)
            )
            if len(_at_once(turns, slots)) >= 0.9 * len(changed):
                found.append((len(changed), place, snapshot, changed))
    # most of what changes, and of loops that change as much the innermost
    for _, _, snapshot, changed in sorted(found, key=lambda f: (-f[0], -f[1])):
        step = _step(program, snapshot, changed, slots)
        if step is not None:
            yield step
    resting = _at_rest(program, log, snapshots, slots)
    if resting is not None:
        yield resting


def _without_shuffled_numbers(slots: dict[Slot, list[Change]]) -> dict[Slot, list[Change]]:
    """Leave out the numbers of lists whose rows only change their places: what is new in one was in another before."""
    groups: dict[tuple[int, Any], list[Slot]] = {}
    for slot, seen in slots.items():
        if len(slot[1]) > 1 and not any(isinstance(c.new, np.ndarray) for c in seen):
            groups.setdefault((slot[0], slot[1][0]), []).append(slot)
    left = dict(slots)
    for group in groups.values():
        moves = [c for slot in group for c in slots[slot] if isinstance(c.old, float)]
        firsts = {slots[slot][0].new for slot in group}
        if len(moves) > 3 and sum(c.new in firsts for c in moves) > 0.9 * len(moves):
            left = {slot: seen for slot, seen in left.items() if slot not in set(group)}
    return left


def _at_once(turns: dict[int, set[Slot]], slots: dict[Slot, list[Change]]) -> set[Slot]:
    """What one turn of a loop moves: with weights of zero, some arrays move from the second or third one on.

    A single weight rests where its input is zero: it counts if it moves in another turn with most of the others.
    """
    most = max((turns.get(turn, set()) for turn in range(3)), key=len)
    also = [s for t, s in turns.items() if t < FEW_TURNS and 2 * len(s & most) >= len(most)]
    return most | {slot for s in also for slot in s if not isinstance(slots[slot][0].new, np.ndarray)}


def _given(snapshot: Snapshot, path: Path) -> bool:
    """Whether a value has a name of its own, or stands in a tuple: ``for batch in batches`` of pairs ``(x, y)``."""
    return len(path) == 2 or isinstance(get(snapshot.state, path[:-1]), tuple)


def named_by_loops(program: Program) -> set[str]:
    """What loops alone give a value: ``a`` and ``b`` in ``for a, b in points``, which are data."""
    loops = [n.target for n in program.loops.values() if isinstance(n, ast.For)]
    own = {n.id for target in loops for n in ast.walk(target) if isinstance(n, ast.Name)}
    statements = (n for n in ast.walk(program.tree) if isinstance(n, ast.Assign | ast.AugAssign))
    targets = (t for n in statements for t in (n.targets if isinstance(n, ast.Assign) else [n.target]))
    return own - {
        n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def _given_by(loop: Loop) -> set[str]:
    """What a loop gives in each turn, and no line of it writes into: ``row`` in ``for *row, label in rows``."""
    if not isinstance(loop, ast.For):
        return set()
    nodes = [n for statement in loop.body for n in ast.walk(statement)]
    items = [n.value for n in nodes if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)]
    own = [n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    written = {n.id for n in (*items, *own) if isinstance(n, ast.Name)}
    return {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)} - written


def _at_rest(
    program: Program, log: Log, snapshots: dict[int, Snapshot], slots: dict[Slot, list[Change]]
) -> Step | None:
    """A step that changes nothing where it stands, such as at weights of zero: it shows when everything is nudged."""
    rng = np.random.default_rng(0)
    best: tuple[int, Snapshot, dict[Slot, Path]] | None = None
    for number, snapshot in snapshots.items():
        paths = {slot: snapshot.path(*slot) for slot, seen in slots.items() if isinstance(seen[0].new, np.ndarray)}
        known = {slot: path for slot, path in paths.items() if path is not None}
        names = {slot: str(i) for i, slot in enumerate(known)}
        replay = Replay(program, snapshot, body_of(program.loops[number]), {names[s]: p for s, p in known.items()})
        values = {
            names[s]: get(snapshot.state, p) + 0.1 * rng.normal(size=np.shape(get(snapshot.state, p)))
            for s, p in known.items()
        }
        caught = replay.run(values)
        if caught.error is not None:
            continue
        moved = {s: p for s, p in known.items() if not np.array_equal(get(caught.after, p), values[names[s]])}
        if moved and (best is None or len(moved) >= best[0]):
            best = len(moved), snapshot, moved
    return None if best is None else _step(program, best[1], best[2], slots)


def _floats(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "f" and value.size > 0
    return isinstance(value, float | np.floating)


def _numbers(value: Any) -> bool:
    return _floats(value) or (isinstance(value, np.ndarray) and value.dtype.kind == "i" and value.size > 1)


def _only_moved(changes: list[Change]) -> bool:
    """Whether only the order of the numbers changed: data that is shuffled."""
    c = changes[0]
    if not isinstance(c.new, np.ndarray) or c.new.size < 4 or np.shape(c.old) != c.new.shape:
        return False
    return bool(np.array_equal(np.sort(c.new, axis=None), np.sort(c.old, axis=None)))


def _step(
    program: Program, snapshot: Snapshot, changed: dict[Slot, Path], slots: dict[Slot, list[Change]]
) -> Step | None:
    names = _names(changed)
    paths = {names[slot]: path for slot, path in changed.items()}
    statements = body_of(program.loops[snapshot.loop])
    replay = Replay(program, snapshot, statements, paths)
    values = {n: _array(get(snapshot.state, p)) for n, p in paths.items()}
    base = _sequence(replay, values)
    if base is None:
        return None
    kinds = {n: _kind(replay, values, n, base, set(paths)) for n in paths}
    chosen = [n for n, kind in kinds.items() if kind == "parameter"]
    if not chosen:  # one-line updates show nothing between the old value and the new one
        chosen = [
            n for n, kind in kinds.items() if kind == "itself" and isinstance(get(snapshot.state, paths[n]), np.ndarray)
        ]
        chosen = [n for n in chosen if _matters(replay, values, n)]
    steady = {names[s] for s in changed if len({np.shape(c.new) for c in slots[s]}) == 1}
    chosen = [n for n in chosen if n in steady]  # what a layer hands to the next one has another shape in each
    if not chosen:
        return None
    chosen = _without_velocities(replay, values, chosen)
    replay.parameters = {n: paths[n] for n in chosen}
    return Step(
        replay,
        snapshot,
        {n: values[n] for n in chosen},
        {names[s]: s for s in changed if names[s] in chosen},
        {n: p for n, p in paths.items() if n not in chosen},
    )


DATA = re.compile(
    r"^(x|y|t|a0|inputs?|data|features|labels?|targets?|samples|want)(_?(train|test|val|batch|b|s)\w*|\d*)$", re.I
)


def add_frozen(step: Step, log: Log) -> None:
    """Take in arrays that matter as the parameters do, and that the step never changes: forgotten by the update.

    A gradient has to be computed for such an array, under a name like ``db1``, or it has to be a vector of units beside
    the parameters: data and constants look otherwise.
    """
    from cutaway.checking.sources.losses import named_gradient

    replay, snapshot = step.replay, step.snapshot
    known = set(replay.parameters.values()) | set(step.state.values())
    first: dict[Path, Change] = {}
    for c in log.changes:
        path = snapshot.path(*c.slot) if isinstance(c.new, np.ndarray) and c.new.dtype.kind == "f" else None
        if path is not None and path not in known and path not in first:
            first[path] = c
    families = {path[:-1] for path in replay.parameters.values()}
    sizes = {n for v in step.values.values() if np.ndim(v) == 2 for n in np.shape(v)}
    arrays = replay.run(step.values).arrays()
    for path, change in first.items():
        value = get(snapshot.state, path)
        name = bare(written(path))
        if not isinstance(value, np.ndarray) or not _floats(value) or DATA.match(name) or value.size > 1_000_000:
            continue
        name = name if name not in step.values else written(path)
        vector = value.size in sizes and sum(n > 1 for n in value.shape) <= 1
        beside = path[:-1] in families or _layer_by_layer(snapshot, path, replay.parameters.values())
        if not (vector and beside) and named_gradient(name, arrays, value) is None:
            continue
        if any(get(snapshot.state, p) is value for p in replay.parameters.values()):
            continue  # another name of a parameter
        replay.parameters[name] = path
        values = {**step.values, name: np.array(value)}
        base = _sequence(replay, values)
        if base is None or _kind(replay, values, name, base, set(replay.parameters)) != "parameter":
            del replay.parameters[name]
            continue
        step.values[name] = np.array(value)
        step.slots[name] = change.slot


def _layer_by_layer(snapshot: Snapshot, path: Path, parameters: Iterable[Path]) -> bool:
    """Whether a vector is the item of a list beside one of weights, as long as it, that belongs to the same layer."""
    size = np.size(get(snapshot.state, path))
    for other in parameters if len(path) > 2 else ():
        if other[:-2] == path[:-2] and other[-1] == path[-1] and other[-2] != path[-2]:
            lists = get(snapshot.state, other[:-1]), get(snapshot.state, path[:-1])
            long = all(isinstance(x, list) for x in lists) and len(lists[0]) == len(lists[1])
            return long and size in np.shape(get(snapshot.state, other))
    return False


def _array(value: Any) -> Array:
    """The value as floats: of whole numbers, those of the same size."""
    array = np.array(value)
    return array.astype(float) if array.dtype.kind == "i" else array


def _names(paths: dict[Slot, Path]) -> dict[Slot, str]:
    """Short names where they are unique, else the whole way: ``net.layers[0].weights``."""
    whole = {slot: written(path) for slot, path in paths.items()}
    short = {slot: bare(name) for slot, name in whole.items()}
    counts = list(short.values())
    return {slot: n if counts.count(n) == 1 else whole[slot] for slot, n in short.items()}


def written(path: Path) -> str:
    """A way as the author would write it."""
    text = str(path[1][1])
    for how, key in path[2:]:
        text += f".{key}" if how == "a" else f"[{key!r}]"
    return text


def _sequence(replay: Replay, values: dict[str, Any]) -> list[Change] | None:
    watch = Watch(replay.program.namespace)
    caught = replay.run(values, watch=watch)
    return None if caught.error is not None and not watch.log.changes else watch.log.changes


def _kind(replay: Replay, values: dict[str, Array], name: str, base: list[Change], names: set[str]) -> str:
    """What a nudge of one value changes first: something computed, itself alone, or the other values that are kept."""
    rng = np.random.default_rng(0)
    size = max(float(np.abs(values[name]).max()), 1e-2)
    nudge = NUDGE * size * rng.normal(size=np.shape(values[name]))
    changed = _sequence(replay, {**values, name: (values[name] + nudge).astype(values[name].dtype)})
    if changed is None:
        return "nothing"
    old = {n: v for n, v in values.items()}
    for a, b in zip(base, changed, strict=False):
        if (a.name, a.line) != (b.name, b.line):  # a velocity of zeros moved nothing, and now it does
            return (
                "state"
                if b.old is not None and bare(b.name) in {bare(n) for n in names} - {bare(name)}
                else "parameter"
            )
        if _equal(a.new, b.new):
            continue
        if a.old is None and any(np.shape(a.new) == np.shape(v) and _equal(a.new, v) for v in old.values()):
            continue  # the value itself, seen under one of its names
        if a.old is None and bare(a.name) in names | {name}:
            continue
        own = bare(a.name)
        if own == bare(name):
            return "itself"
        return "state" if own in {bare(n) for n in names} else "parameter"
    return "nothing"


def _without_velocities(replay: Replay, values: dict[str, Array], chosen: list[str]) -> list[str]:
    """Leave out what is only added to one other value: ``change = rate * g + 0.5 * last; w += change; last = change``.

    A nudge of a parameter moves the gradients of others, that of a velocity nothing but itself and its parameter.
    """
    if len(chosen) < 4:
        return chosen
    rng = np.random.default_rng(0)
    base = replay.run(values).after

    def moved(name: str) -> dict[str, Array]:
        nudge = NUDGE * rng.normal(size=np.shape(values[name]))
        after = replay.run({**values, name: (values[name] + nudge).astype(values[name].dtype)}).after
        ways = replay.parameters
        return {n: d for n in chosen if np.any(d := np.asarray(get(after, ways[n]) - get(base, ways[n]), dtype=float))}

    try:
        moves = {name: moved(name) for name in chosen}
    except (KeyError, IndexError, AttributeError, TypeError, ValueError):
        return chosen
    velocities = set()
    for name, found in moves.items():
        if len(found) == 2 and name in found:
            (other,) = found.keys() - {name}
            a, b = found[name], found[other]
            if a.shape == b.shape and len(moves[other]) > 2:
                factor = float(np.sum(a * b)) / float(np.sum(a * a))
                velocities |= {name} if np.abs(b - factor * a).max() <= 1e-6 * np.abs(b).max() else set()
    return [n for n in chosen if n not in velocities]


def _matters(replay: Replay, values: dict[str, Array], name: str) -> bool:
    """Whether a nudge changes anything but the value itself."""
    before = replay.run(values)
    after = replay.run({**values, name: values[name] * (1 + NUDGE) + NUDGE})
    one, other = before.scalars(), after.scalars()
    delta_one = {k: v for k, v in before.arrays().items()}
    arrays = {k for k, v in after.arrays().items() if k in delta_one and not _equal(v, delta_one[k])}
    return any(one.get(k) != v for k, v in other.items()) or len(arrays) > 1


def _equal(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f"))
