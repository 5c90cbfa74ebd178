"""Watch a program while it runs: which line gave which name which numbers, and which function got and returned what.

Only lines of the user's own files are watched, through ``sys.settrace``. After every line the arrays and numbers that
can be reached from the running frame (its variables, the module's, attributes of the user's objects, items of lists
and dicts) are compared with what they were; what changed goes into a log. Arrays in the log are copies.
"""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.running.authored import authored, is_users
from cutaway.checking.running.kept import Keeping
from cutaway.checking.running.log import DEEPEST, LONGEST, Call, Change, Log, Slot, arrays_in
from cutaway.checking.running.lost import Lost
from cutaway.checking.running.marks import copied, mark_of, only_numbers, unchanged

EVENTS, SECONDS = 12_000, 6.0  # lines and time after which a loop is only sampled
FIRST = 6  # iterations of each loop that are watched even then
Name: TypeAlias = "str | tuple[Any, ...]"  # a variable's; or the name of what holds it and an item or an attribute
_CODE = frozenset(
    {
        *(str, bool, bytes, type(None), type, np.ufunc),
        *(types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.MethodType),
    }
)


@dataclass(slots=True)
class _Frame:
    number: int
    line: int
    call: Call | None = None


class Watch:
    """Keeps the log while its ``with`` block runs.

    Parameters
    ----------
    namespace : dict, optional
        The module's names, looked at together with the running frame's.
    calls_only : bool
        Whether to note calls, their arguments and their results, and nothing of what changes between: far quicker.
    """

    def __init__(self, namespace: dict[str, Any] | None = None, calls_only: bool = False) -> None:
        self.log = Log()
        self.namespace, self.calls_only = namespace, calls_only
        self.on_first: Callable[[int, int, FrameType], None] | None = None
        self._keeping = Keeping(self.log.kept)
        self._frames: dict[FrameType, _Frame] = {}
        self._known: dict[Slot, tuple[Any, Any, Any]] = {}  # slot -> (value, what it is recognised by, copy)
        self._plain: dict[Slot, list[Any] | None] = {}  # lists of numbers, and of such lists, as they were last seen
        self._kept: dict[int, Any] = {}  # objects that ids stand for
        self._loops: list[tuple[int, int, int]] = []
        self._number = 0
        self._paused: tuple[int, int] | None = None
        self._away = False  # whether something ran since the last look that was not watched
        self._start: float | None = None  # when the first loop began: imports take their time
        self._active = False

    # Switching on and off ----------------------------------------------------------------------------------------

    def __enter__(self) -> Watch:
        self._start = None
        self._active = True
        sys.settrace(self._enter)
        return self

    def __exit__(self, *exc: object) -> None:
        self._active = False
        sys.settrace(None)
        self._frames.clear()

    def iteration(self, loop: int, frame: FrameType) -> None:
        """A loop's next iteration begins: said by the markers of the program."""
        if not self._active:
            return
        if self._start is None:
            self._start = time.monotonic()
        entry = self._frames.get(frame)
        number = entry.number if entry else 0
        key = (number, loop)
        self._keeping.round(key)
        count = self.log.iterations[key] = self.log.iterations.get(key, -1) + 1
        depth = next((i for i, known in enumerate(self._loops) if known[:2] == key), None)
        if depth is None:
            self._loops.append((*key, count))
        else:
            del self._loops[depth:]
            self._loops.append((*key, count))
        if count == 0 and self.on_first is not None:
            self.on_first(loop, number, frame)
        if self._paused is None and count >= FIRST and self._tired():
            self._paused = key
            self.log.sampled = True
            sys.settrace(None)

    def after(self, loop: int, frame: FrameType) -> None:
        """A loop has ended."""
        if not self._active:
            return
        entry = self._frames.get(frame)
        key = (entry.number if entry else 0, loop)
        depth = next((i for i, known in enumerate(self._loops) if known[:2] == key), None)
        if depth is not None:
            del self._loops[depth:]
        if self._paused == key:
            self._paused = None
            self._away = True
            sys.settrace(self._enter)

    def lost(self, number: int, result: Any, subject: Any) -> None:
        """A call was made whose value is lost."""
        if self._active:
            with suppress(Exception):
                self.log.lost.setdefault(number, Lost()).seen(result, subject, tuple(self._loops))

    def aside(self, begins: int) -> None:
        """An import begins or ends."""
        if self._active and self._paused is None:
            sys.settrace(None if begins else self._enter)

    def _tired(self) -> bool:
        late = self._start is not None and time.monotonic() - self._start > SECONDS
        return late or self.log.events > EVENTS

    # Events ------------------------------------------------------------------------------------------------------

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        if not authored(frame.f_code.co_filename):
            return None
        if self._tired() and self.log.events > 3 * EVENTS:
            self._away = True
            return None
        caller = frame.f_back
        while caller is not None and caller not in self._frames:
            caller = caller.f_back
        above = self._frames[caller] if caller is not None else None
        if self.calls_only:
            frame.f_trace_lines = False
            if above is not None and caller is not None:
                above.line = caller.f_lineno
        self._number += 1
        entry = self._frames[frame] = _Frame(self._number, frame.f_lineno)
        if frame.f_locals is not frame.f_globals and not frame.f_code.co_name.startswith("<module"):
            self.log.events += 1
            code = frame.f_code
            count = code.co_argcount + code.co_kwonlyargcount
            extra = bool(code.co_flags & 4) + bool(code.co_flags & 8)
            names = code.co_varnames[: count + extra]
            local = frame.f_locals
            entry.call = Call(
                self.log.events,
                code,
                entry.number,
                above.number if above else 0,
                {n: copied(local[n]) for n in names if n in local},
                code.co_firstlineno,
                above.line if above else 0,
                tuple(self._loops),
            )
            self.log.calls.append(entry.call)
        return self._line

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        entry = self._frames.get(frame)
        if entry is None or not self._active:
            return None
        if event == "exception":
            return self._line
        self.log.events += 1
        if self.calls_only:
            entry.line = frame.f_lineno
        else:
            # what is being watched must not be disturbed by what watches it: objects may refuse to be looked at
            with suppress(Exception):
                then = 0 if event == "return" else frame.f_lineno
                self._keeping.passed(frame, entry.line, then, self.log.events, tuple(self._loops))
            with suppress(Exception):
                self._look(frame, entry, arg if event == "return" else None)
            self._away = False
        if event == "return":
            if entry.call is not None:
                entry.call.result, entry.call.returned = copied(arg), self.log.events
                entry.call.result_line = entry.line
            del self._frames[frame]
            self._loops = [known for known in self._loops if known[0] != entry.number]
        else:
            entry.line = frame.f_lineno
        return self._line

    def _look(self, frame: FrameType, entry: _Frame, result: Any) -> None:
        """Compare everything that can be reached with what is known of it."""
        seen: set[int] = set()
        at, code = self.log.events, frame.f_code
        stack: list[tuple[int, tuple[Any, ...], Name, Any, int]] = []
        local, shared, number = frame.f_locals, frame.f_globals, entry.number
        if local is not shared:
            stack += [(number, (k,), k, v, 0) for k, v in local.items() if type(v) not in _CODE and k[0] != "."]
        names = self.namespace if self.namespace is not None else shared
        stack += [(0, (k,), k, v, 0) for k, v in names.items() if type(v) not in _CODE and k[:2] != "__"]
        if result is not None:
            self._note_first(result, frame, entry)
        while stack:
            owner, path, name, value, depth = stack.pop()
            kind = type(value)
            if kind is np.ndarray or kind is float or kind is int:
                known = self._known.get((owner, path))
                if known is not None and known[0] is value and (kind is not np.ndarray or unchanged(value, known[1])):
                    continue
                if kind is np.ndarray and value.dtype.kind not in "biuf":
                    continue
            elif isinstance(value, np.number):
                pass
            elif isinstance(value, list | tuple | dict):
                # two names of one dict are both followed: the younger may come and go
                if (
                    (id(value) in seen and not (depth == 0 and kind is dict))
                    or depth >= DEEPEST
                    or len(value) > LONGEST
                ):
                    if (
                        len(value) > LONGEST
                        and isinstance(value, list)
                        and isinstance(value[-1], float | int | np.number)
                    ):
                        self._length(owner, path, name, value, at, code, entry)
                    continue
                seen.add(id(value))
                if isinstance(value, list) and kind is list:
                    plain = only_numbers(value)  # arrays among them cannot be compared so
                    if plain and self._plain.get((owner, path)) == value:
                        continue
                    self._plain[owner, path] = copied(value) if plain else None
                items = value.items() if isinstance(value, dict) else enumerate(value)
                stack += [(owner, (*path, k), (name, k), v, depth + 1) for k, v in items if type(v) not in _CODE]
                continue
            elif is_users(kind):
                if id(value) in seen or depth >= DEEPEST:
                    continue
                seen.add(id(value))
                self._kept[id(value)] = value
                attributes = getattr(value, "__dict__", None) or {}
                stack += [
                    (id(value), (k,), (name, "", k), v, depth + 1)
                    for k, v in attributes.items()
                    if type(v) not in _CODE
                ]
                continue
            else:
                continue
            self._compare((owner, path), name, value, at, code, entry)

    def _length(
        self, owner: int, path: tuple[Any, ...], name: Name, value: list[Any], at: int, code: CodeType, entry: _Frame
    ) -> None:
        """Of a long list of numbers, the last one is looked at under its own index."""
        last = len(value) - 1
        self._compare((owner, (*path, last)), (name, last), value[-1], at, code, entry)

    def _compare(self, slot: Slot, name: Name, value: Any, at: int, code: CodeType, entry: _Frame) -> None:
        known = self._known.get(slot)
        if known is not None and known[0] is value and type(value) is not np.ndarray:
            return
        mark = mark_of(value)
        if known is not None and known[1] == mark and (known[0] is value or type(value) is not np.ndarray):
            return
        same = known is not None and known[0] is value
        new = copied(value)
        if type(value) is np.ndarray:
            self._kept[id(value)] = value
        self._known[slot] = (value, mark, new)
        self.log.changes.append(
            Change(
                at,
                slot,
                _written(name),
                code.co_filename,
                entry.line,
                code.co_name,
                entry.number,
                known[2] if known is not None else None,
                new,
                same,
                id(value),
                tuple(self._loops),
                self._away,
            )
        )

    def _note_first(self, result: Any, frame: FrameType, entry: _Frame) -> None:
        """Arrays that a function returns without ever having given them a name are made where it returns."""
        for name, array in arrays_in(result):
            if id(array) not in self.log.first:
                code = frame.f_code
                self._kept[id(array)] = array
                self.log.first[id(array)] = (copied(array), entry.line, name, code.co_filename, self.log.events)


def listeners(watch: Watch) -> tuple[Callable[..., None], ...]:
    """What a program's markers call: they tell the watch of a loop's iterations and end, of imports, of lost values."""
    return (
        lambda loop: watch.iteration(loop, sys._getframe(1)),
        lambda loop: watch.after(loop, sys._getframe(1)),
        watch.aside,
        watch.lost,
    )


def _written(name: Name) -> str:
    """A name as the author writes it: put together only where something changed."""
    if isinstance(name, str):
        return name
    whole = _written(name[0])
    return f"{whole}.{name[2]}" if len(name) == 3 else f"{whole}[{name[1]!r}]"
