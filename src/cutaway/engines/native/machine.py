"""What llvmlite does for the native engine: know this machine's processor, translate text, load machine code."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import os
import platform
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple

from cutaway._version import __version__
from cutaway.engines.native import cache
from cutaway.errors import MissingPackageError

_OLDEST = 20  # of LLVM: with the text that is written here


@dataclass(frozen=True)
class Machine:
    """A kind of processor to compile for.

    Parameters
    ----------
    triple, cpu, features : str
        As LLVM names them.
    width : int
        Bytes of its vectors.
    """

    triple: str
    cpu: str
    features: str
    width: int

    @property
    def enabled(self) -> frozenset[str]:
        """Its features by name."""
        return frozenset(f[1:] for f in self.features.split(",") if f[:1] == "+")


@functools.cache
def why_not() -> str | None:
    """Why there is no native engine here, in words; None if there is one."""
    if importlib.util.find_spec("llvmlite") is None:
        return "llvmlite is not installed"
    if platform.machine().lower() not in ("x86_64", "amd64", "arm64", "aarch64"):
        return f"there is none for processors of the kind {platform.machine()}"
    try:
        llvm = _known().llvm
    except Exception as error:
        return f"llvmlite does not work here: {error}"
    if llvm[0] < _OLDEST:
        return f"llvmlite brings LLVM {llvm[0]}, and {_OLDEST} or newer is needed"
    return None


@functools.cache
def _binding() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@functools.cache
def version() -> str:
    """Versions of llvmlite and LLVM."""
    known = _known()
    return f"llvmlite {known.llvmlite}, LLVM {'.'.join(map(str, known.llvm))}"


@functools.cache
def host() -> Machine:
    """The processor that runs this."""
    reason = why_not()
    if reason is not None:
        raise MissingPackageError(f"There is no native engine: {reason}", instead='Write engine="numpy"')
    return _known().host


class _Known(NamedTuple):
    """What LLVM says."""

    llvmlite: str
    llvm: tuple[int, ...]
    host: Machine


@functools.cache
def _known() -> _Known:
    """What LLVM says, or said when it was last asked with the same processor and the same llvmlite."""
    name = _circumstances()
    kept = cache.read(name) if name else None
    if kept is not None:
        llvmlite, llvm, host = json.loads(kept)
        return _Known(llvmlite, tuple(llvm), Machine(*host))
    known = _asked()
    if name:
        cache.write(name, json.dumps([known.llvmlite, known.llvm, astuple(known.host)]).encode())
    return known


def _circumstances() -> str | None:
    """A name for this processor and this llvmlite; None where the system does not describe its processor."""
    spec = importlib.util.find_spec("llvmlite")
    try:
        with open("/proc/cpuinfo", "rb") as file:
            processor = file.read(8192).split(b"\n\n")[0]
        if spec is None or spec.origin is None:
            return None
        found = os.stat(spec.origin)
    except OSError:
        return None
    lasting = [line for line in processor.splitlines() if b"MHz" not in line and b"processor" not in line]
    told = [b"\n".join(lasting), platform.machine(), spec.origin, found.st_mtime_ns, found.st_size, __version__]
    return "processor-" + hashlib.sha256(repr(told).encode()).hexdigest()


def _asked() -> _Known:
    import llvmlite

    llvm = _binding()
    flags = llvm.get_host_cpu_features()
    features = flags.flatten()
    if platform.machine().lower() in ("arm64", "aarch64"):
        width = 16
    elif flags.get("avx512f") and flags.get("avx512dq") and flags.get("avx512vl") and flags.get("avx512bw"):
        width, features = 64, features + ",-prefer-256-bit"
    elif flags.get("avx2") and flags.get("fma"):
        width = 32
    else:
        width = 16
    host = Machine(llvm.get_process_triple(), llvm.get_host_cpu_name(), features, width)
    return _Known(llvmlite.__version__, tuple(llvm.llvm_version_info), host)


def lesser(kind: str) -> Machine:
    """The processor of this machine with narrower vectors: "avx2" or "sse2"; for tests."""
    machine = host()
    llvm_x86 = {"avx2": ("x86-64-v3", 32), "sse2": ("x86-64", 16)}
    cpu, width = llvm_x86[kind]
    features = "+avx,+avx2,+fma" if kind == "avx2" else "+sse2"
    return Machine(machine.triple, cpu, features, width)


def assemble(text: str, machine: Machine) -> bytes:
    """Machine code, as an object file, of a module in LLVM's assembly language."""
    llvm = _binding()
    module = llvm.parse_assembly(text)
    target = llvm.Target.from_triple(machine.triple)
    tm = target.create_target_machine(cpu=machine.cpu, features=machine.features, opt=2, reloc="pic", codemodel="small")
    return bytes(tm.emit_object(module))


class Loaded:
    """Machine code in memory; lives as long as this object."""

    def __init__(self, code: bytes) -> None:
        llvm = _binding()
        tm = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(jit=True)
        empty = llvm.parse_assembly("")
        self._engine = llvm.create_mcjit_compiler(empty, tm)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function is."""
        return int(self._engine.get_function_address(name))
