"""Threads that help with the tiles of a pass.

Who runs a program publishes the chunks of a pass as one number, the ticket: which pass it is (counted), how many
threads may take part, and the first and the last chunk that nobody has taken. Helpers take the first one by changing
the ticket, the publisher takes the last, so that chunks tend to stay in the cache of the same core. Nobody waits for
a helper that sleeps, or that the system gave no core, unless it has taken a chunk: handing work over costs a fraction
of a microsecond, and other processes cost little more than their share of the cores. Helpers look for work without a
pause for a moment; then they sleep until the next program wakes them.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from cutaway.engines.native import code, machine

# Words of the team, of 8 bytes each, in cache lines of their own
TICKET, FINISHED, JOB, AWAKE = 0, 16, 32, 48
_FUNCTION, _CONTEXT, _STEP, _YIELD, SHARE = range(JOB, JOB + 5)
_LINE = 16

_MOST = 256  # threads
_PATIENCE = 20_000  # looks for work before a helper sleeps: some tenths of a millisecond
_SPINS = 1000  # looks for the end of others' chunks; then other threads have their turn


def cores() -> int:
    """How many threads may run at once here; ``OMP_NUM_THREADS`` limits them, as it does those of BLAS."""
    try:
        available = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        available = os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(available, _MOST, int(limit))) if limit.isdigit() and int(limit) else min(available, _MOST)


class Team:
    """A number of threads, of which all but the first are started here."""

    def __init__(self, size: int) -> None:
        self._words = np.zeros(AWAKE + _LINE * size + _LINE, np.int64)
        self._words = self._words[-(self._words.ctypes.data // 8) % _LINE :]
        self.address = self._words.ctypes.data
        self._code = code.load(_text(machine.host()), machine.host())
        self._words[SHARE] = self._code.address("share")
        self._words[_YIELD] = _yield_address()
        self._busy = threading.Lock()
        self._wake = [threading.Semaphore(0) for _ in range(1, size)]
        serve = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(self._code.address("serve"))
        for t, wake in enumerate(self._wake, start=1):
            threading.Thread(target=self._help, args=(serve, t, wake), name=f"cutaway-{t}", daemon=True).start()

    def _help(self, serve: Callable[[int, int], None], thread: int, wake: threading.Semaphore) -> None:
        while True:
            wake.acquire()
            serve(self.address, thread)

    @contextmanager
    def called(self) -> Iterator[int | None]:
        """The address to give to a program; None if another program has the team: one thread gives the same bits."""
        if not self._busy.acquire(blocking=False):
            yield None
            return
        try:
            for t, wake in enumerate(self._wake, start=1):
                if not self._words[AWAKE + _LINE * t]:
                    self._words[AWAKE + _LINE * t] = 1
                    wake.release()
            yield self.address
        finally:
            self._busy.release()


@functools.cache
def team() -> Team:
    """The team of this process."""
    return Team(cores())


if hasattr(os, "register_at_fork"):  # a process that was forked off has none of its parent's threads
    os.register_at_fork(after_in_child=team.cache_clear)


def _text(target: machine.Machine) -> str:
    """Machine code of both sides, in LLVM's assembly language."""
    pause, declared = "", ""
    if "sse2" in target.enabled:
        pause, declared = "call void @llvm.x86.sse2.pause()", "declare void @llvm.x86.sse2.pause()"
    ends = """%first = and i64 %ticket, 255
  %shifted = lshr i64 %ticket, 8
  %stop = and i64 %shifted, 255
  %any = icmp ult i64 %first, %stop"""
    places = {"finished": FINISHED, "function_at": _FUNCTION, "context_at": _CONTEXT, "step_at": _STEP}
    words = "\n  ".join(f"%{name} = getelementptr i64, ptr %team, i64 {i}" for name, i in places.items())
    return f"""
{declared}

; A helper: take chunks while there are any; leave after some time without.
define void @serve(ptr %team, i64 %thread) {{
entry:
  {words}
  %line = mul i64 %thread, {_LINE}
  %place = add i64 %line, {AWAKE}
  %awake = getelementptr i64, ptr %team, i64 %place
  br label %look
look:
  %idle = phi i64 [ 0, %entry ], [ 0, %work ], [ 0, %claim ], [ %longer, %rest ]
  %ticket = load atomic i64, ptr %team acquire, align 8
  {ends}
  %high = lshr i64 %ticket, 16
  %threads = and i64 %high, 65535
  %invited = icmp slt i64 %thread, %threads
  %may = and i1 %any, %invited
  br i1 %may, label %claim, label %rest
claim:
  %less = add i64 %ticket, 1
  %pair = cmpxchg ptr %team, i64 %ticket, i64 %less acq_rel acquire
  %won = extractvalue {{ i64, i1 }} %pair, 1
  br i1 %won, label %work, label %look
work:
  %function = load ptr, ptr %function_at
  %context = load ptr, ptr %context_at
  %step = load i64, ptr %step_at
  call void %function(ptr %context, i64 %thread, i64 %first, i64 %step)
  %before = atomicrmw add ptr %finished, i64 1 acq_rel
  br label %look
rest:
  {pause}
  %longer = add i64 %idle, 1
  %tired = icmp sgt i64 %longer, {_PATIENCE}
  br i1 %tired, label %leave, label %look
leave:
  store atomic i64 0, ptr %awake release, align 8
  ret void
}}

; Who runs a program: publish the chunks of a pass, take chunks, wait for those that others have taken.
define void @share(ptr %team, ptr %function, ptr %context, i64 %step, i64 %chunks, i64 %threads) {{
entry:
  {words}
  %yield_at = getelementptr i64, ptr %team, i64 {_YIELD}
  store ptr %function, ptr %function_at
  store ptr %context, ptr %context_at
  store i64 %step, ptr %step_at
  store atomic i64 0, ptr %finished monotonic, align 8
  %old = load atomic i64, ptr %team monotonic, align 8
  %pass = lshr i64 %old, 32
  %following = add i64 %pass, 1
  %top = shl i64 %following, 32
  %middle = shl i64 %threads, 16
  %stops = shl i64 %chunks, 8
  %bottom = or i64 %middle, %stops
  %published = or i64 %top, %bottom
  store atomic i64 %published, ptr %team release, align 8
  br label %look
look:
  %others = phi i64 [ %chunks, %entry ], [ %fewer, %work ], [ %others, %claim ]
  %ticket = load atomic i64, ptr %team acquire, align 8
  {ends}
  br i1 %any, label %claim, label %wait
claim:
  %less = sub i64 %ticket, 256
  %pair = cmpxchg ptr %team, i64 %ticket, i64 %less acq_rel acquire
  %won = extractvalue {{ i64, i1 }} %pair, 1
  br i1 %won, label %work, label %look
work:
  %last = sub i64 %stop, 1
  call void %function(ptr %context, i64 0, i64 %last, i64 %step)
  %fewer = sub i64 %others, 1
  br label %look
wait:
  %turns = phi i64 [ 0, %look ], [ %more, %spin ], [ 0, %yield ]
  %done = load atomic i64, ptr %finished acquire, align 8
  %complete = icmp eq i64 %done, %others
  br i1 %complete, label %end, label %spin
spin:
  {pause}
  %more = add i64 %turns, 1
  %long = icmp sgt i64 %more, {_SPINS}
  br i1 %long, label %yield, label %wait
yield:
  %give = load ptr, ptr %yield_at
  %ignored = call i32 %give()
  br label %wait
end:
  ret void
}}
"""


def _yield_address() -> int:
    """The operating system's function that lets another thread run."""
    library = ctypes.WinDLL("kernel32") if sys.platform == "win32" else ctypes.CDLL(None)  # type: ignore[attr-defined,unused-ignore]
    function = library.SwitchToThread if sys.platform == "win32" else library.sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value or 0
