"""Object files that are put into memory without LLVM: the same functions, or none."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llvmlite", reason="machine code is made by llvmlite")

from cutaway.engines.native import code, image, machine

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64", reason="object files of Linux on x86-64 only"
    ),
]

# a table that is read by a number, a constant, and a call of another function
TEXT = """
@table = private unnamed_addr constant [4 x double] [double 1.5, double 2.5, double 4.5, double 8.5]
define internal double @inner(i64 %i) noinline {
  %at = getelementptr [4 x double], ptr @table, i64 0, i64 %i
  %x = load double, ptr %at
  %y = fmul double %x, 3.0
  ret double %y
}
define double @f(i64 %i) {
  %x = call double @inner(i64 %i)
  %y = fadd double %x, 0.25
  ret double %y
}
"""
OUTSIDE = """
declare double @cos(double)
define double @f(i64 %i) {
  %x = sitofp i64 %i to double
  %y = call double @cos(double %x)
  ret double %y
}
"""
CHANGED = """
@count = internal global i64 5
define double @f(i64 %i) {
  %old = atomicrmw add ptr @count, i64 %i seq_cst
  %y = sitofp i64 %old to double
  ret double %y
}
"""


def values(made: code.Code) -> list[float]:
    f = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)(made.address("f"))
    return [f(i) for i in range(4)]


def assembled(text: str) -> bytes:
    return machine.assemble(text, machine.host())


def test_the_same_functions_as_with_llvm() -> None:
    found = image.placed(assembled(TEXT))
    assert found is not None
    assert values(found) == values(machine.Loaded(assembled(TEXT))) == [4.75, 7.75, 13.75, 25.75]


@pytest.mark.parametrize(("text", "expected"), [(OUTSIDE, [1.0]), (CHANGED, [5.0])])
def test_what_refers_to_others_or_changes_is_left_to_llvm(text: str, expected: list[float]) -> None:
    assert image.placed(assembled(text)) is None
    assert values(code.load(text, machine.host()))[:1] == expected


def test_what_is_no_object_file_of_this_processor() -> None:
    good = assembled(TEXT)
    other = good[:18] + (183).to_bytes(2, "little") + good[20:]  # another processor's
    for bad in (b"", b"\x7fELF", good[:200], good[:-100], other, b"x" * 5000):
        assert image.placed(bad) is None


def test_memory_that_may_not_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Strict:
        def mprotect(self, *_: object) -> int:
            return -1

    good = assembled(TEXT)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: Strict())
    assert image.placed(good) is None


def test_the_second_process_does_without_llvm(tmp_path: Path) -> None:
    program = (
        "import sys, numpy as np, cutaway as ca\n"
        "x = np.linspace(-1, 1, 50)\n"
        "w, _ = ca.minimize(lambda w: np.mean((np.tanh(w[0] * x) - x) ** 2), np.zeros(1), steps=50, engine='native')\n"
        "print(repr(float(w[0])), 'llvmlite' in sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "CUTAWAY_CODE": str(tmp_path / "code")}
    first, second = (
        subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True).stdout.split()
        for _ in range(2)
    )
    assert first[0] == second[0] and (first[1], second[1]) == ("True", "False")
