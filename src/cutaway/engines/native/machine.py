"""What llvmlite does for the native engine: know this machine's processor, translate text, load machine code."""

from __future__ import annotations

import functools
import importlib.util
import platform
from dataclasses import dataclass
from typing import Any

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
        binding = _binding()
    except Exception as error:
        return f"llvmlite does not work here: {error}"
    if binding.llvm_version_info[0] < _OLDEST:
        return f"llvmlite brings LLVM {binding.llvm_version_info[0]}, and {_OLDEST} or newer is needed"
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
    import llvmlite

    return f"llvmlite {llvmlite.__version__}, LLVM {'.'.join(map(str, _binding().llvm_version_info))}"


@functools.cache
def host() -> Machine:
    """The processor that runs this."""
    reason = why_not()
    if reason is not None:
        raise MissingPackageError(f"There is no native engine: {reason}", instead='Write engine="numpy"')
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
    return Machine(llvm.get_process_triple(), llvm.get_host_cpu_name(), features, width)


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
