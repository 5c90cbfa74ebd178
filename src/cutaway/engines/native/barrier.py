"""Where threads wait for each other, and the context that they share: words that the code and Python both know."""

from __future__ import annotations

from cutaway.engines.native.text import Module, Value, Writer, constant

# Words of the context, of 8 bytes each
ARENA, FIRST, COUNT, RATES, RECORDS, ROWS, DONE, STOP, YIELD = range(9)
ARRIVED, GENERATION = 16, 24  # of the barrier, in cache lines of their own
SOURCES = 32  # from here on, the arrays that batches are gathered from
WORDS = 64

_SPINS = 300  # a few microseconds; then other threads have their turn


def write_barrier(module: Module) -> None:
    """Wait until all threads are here: count arrivals, the last one opens the gate."""
    w = Writer(module, "barrier", [("context", "ptr"), ("threads", "i64")])
    context, threads = w.arguments

    def wait() -> None:
        arrived, gate = w.at(context, ARRIVED, "i64"), w.at(context, GENERATION, "i64")
        before = w.new("i64", f"load atomic i64, {gate} acquire, align 8")
        old = w.new("i64", f"atomicrmw add {arrived}, i64 1 acq_rel, align 8")
        lead, spin, rest, turn, end = (w.label() for _ in range(5))
        is_last = w.compare("eq", w.exactly("add", old, constant("i64", 1)), threads)
        w.branch(is_last, lead, spin)
        w.block(lead)
        w.do(f"store atomic i64 0, {arrived} release, align 8")
        w.do(f"store atomic i64 {w.exactly('add', before, constant('i64', 1)).text}, {gate} release, align 8")
        w.go(end)
        w.block(spin)
        head = w.label()
        w.go(head)
        w.block(head)
        turns = Value("%turns", "i64")
        place = len(w.lines)
        if "sse2" in module.features:
            w.module.declare("declare void @llvm.x86.sse2.pause()")
            w.do("call void @llvm.x86.sse2.pause()")
        now = w.new("i64", f"load atomic i64, {gate} acquire, align 8")
        more = w.exactly("add", turns, constant("i64", 1))
        w.branch(w.compare("ne", now, before), end, rest)
        w.block(rest)
        w.branch(w.compare("sgt", more, constant("i64", _SPINS)), turn, head)
        w.block(turn)
        give = w.load(w.at(context, YIELD, "i64"), "ptr")
        w.new("i32", f"call i32 {give.text}()")
        w.go(head)
        w.lines.insert(place, f"  %turns = phi i64 [ 0, %{spin} ], [ {more.text}, %{rest} ], [ {_SPINS}, %{turn} ]")
        w.block(end)

    w.when(w.compare("sgt", threads, constant("i64", 1)), wait)
    w.end()
