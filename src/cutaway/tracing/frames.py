"""Where in the author's program a value was computed, and what the author calls it; read from the running frames."""

from __future__ import annotations

import bisect
import dis
import os
import sys
from functools import lru_cache
from types import CodeType, FrameType

import numpy as np

from cutaway.graph import Where

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_INTERNAL = tuple(
    path + os.sep
    for path in (
        *(os.path.join(_PACKAGE, part) for part in ("tracing", "ops", "interpreters", "engines")),
        os.path.dirname(np.__file__),
        os.path.join(os.path.dirname(os.path.dirname(np.__file__)), "scipy"),
    )
)


@lru_cache(maxsize=4096)
def _internal(file: str) -> bool:
    return os.path.abspath(file).startswith(_INTERNAL)


def author_frame() -> FrameType | None:
    """The innermost running frame that is neither NumPy's, SciPy's nor the recorder's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _internal(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def where(frame: FrameType | None) -> Where | None:
    """The line that ``frame`` is at."""
    return frame and Where(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def assigned_name(frame: FrameType | None) -> str | None:
    """The name that the result of the call now running in ``frame`` is about to be assigned to.

    ``Z1 = X @ W1 + b1`` gives ``Z1`` for the addition and None for the product; ``self.A = f(Z)`` gives ``self.A`` for
    the last operation inside ``f``.
    """
    while frame is not None and not _internal(frame.f_code.co_filename):
        target = _target(frame.f_code, frame.f_lasti)
        if target != "return":
            return target
        frame = frame.f_back
    return None


def _operation(frame: FrameType | None) -> str:
    if frame is None or _internal(frame.f_code.co_filename):
        return ""
    at, found = _place(frame.f_code, frame.f_lasti)
    return found[at].opname if at >= 0 else ""


def stores(frame: FrameType | None) -> bool:
    """Whether the author's line is at ``a[i] = ...``."""
    return _operation(frame) in ("STORE_SUBSCR", "STORE_SLICE")


def computes(frame: FrameType | None) -> bool:
    """Whether the author's line is at an operator; when that asks for a plain number, it is text % x."""
    return _operation(frame) in ("BINARY_OP", "BINARY_MODULO")


def calls(frame: FrameType | None) -> bool:
    """Whether the author's line is at a call; when that is what writes into an array, it is compiled code."""
    return _operation(frame).startswith(("CALL", "PRECALL"))


def local_name(frame: FrameType | None, obj: object) -> str | None:
    """The local variable of ``frame`` that is ``obj``, if any."""
    if frame is None or frame.f_locals is frame.f_globals:
        return None
    return next((k for k, v in frame.f_locals.items() if v is obj and k.isidentifier()), None)


@lru_cache(maxsize=4096)
def _instructions(code: CodeType) -> tuple[list[int], list[dis.Instruction]]:
    found = [i for i in dis.get_instructions(code) if i.opname not in ("CACHE", "NOP", "COPY", "EXTENDED_ARG")]
    return [i.offset for i in found], found


def _place(code: CodeType, offset: int) -> tuple[int, list[dis.Instruction]]:
    """Number of the instruction at ``offset`` and all instructions; a running call may stand in its caches."""
    offsets, found = _instructions(code)
    return bisect.bisect_right(offsets, offset) - 1, found


@lru_cache(maxsize=65536)
def _target(code: CodeType, offset: int) -> str | None:
    """What happens to the result of the instruction at ``offset``: a name, ``"return"``, or None."""
    at, found = _place(code, offset)
    if at < 0:
        return None
    at += found[at].opname == "PRECALL"  # Python 3.11: calls of builtins that were specialised end there
    after = found[at + 1 : at + 4]
    names = [i.opname for i in after]
    if not after:
        return None
    if names[0] == "RETURN_VALUE":
        return "return"
    if names[0].startswith("STORE_") and names[0] not in ("STORE_ATTR", "STORE_SUBSCR", "STORE_SLICE"):
        value = after[0].argval  # two names where Python has fused two instructions
        return str(value[0] if isinstance(value, tuple) else value)
    if names[0].startswith("LOAD_") and names[1:2] == ["STORE_ATTR"]:
        return f"{after[0].argval}.{after[1].argval}"
    if names[0].startswith("LOAD_") and names[1:] == ["LOAD_CONST", "STORE_SUBSCR"]:
        return f"{after[0].argval}[{after[1].argval!r}]"
    return None
