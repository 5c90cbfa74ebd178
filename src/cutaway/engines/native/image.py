"""Machine code from an object file, put into memory without LLVM: a cached program runs without importing it.

What the native engine compiles refers to nothing outside of its own file, so its sections are laid out one after the
other and the distances between them are filled in. Anything else (another kind of file, of processor or of reference)
is left to LLVM.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
import sys

_X86_64, _RELOCATABLE = 62, 1
_CODE_OR_DATA, _ZEROS, _SYMBOLS, _REFERENCES, _UNWINDING = 1, 8, 2, 4, 0x70000001  # types of sections
_WRITABLE, _IN_MEMORY = 1, 2  # flags of sections
_DISTANCES = (2, 4)  # references that hold a distance of 32 bits: to data, to a function


class _Foreign(Exception):
    """There is something in the file that is not understood here."""


class Image:
    """Machine code in memory; lives as long as this object."""

    def __init__(self, content: bytes, offsets: dict[str, int]) -> None:
        self._memory = mmap.mmap(-1, len(content), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._memory.write(content)
        self._start = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._offsets = offsets
        if ctypes.CDLL(None).mprotect(ctypes.c_void_p(self._start), ctypes.c_size_t(len(content)), _READ_AND_RUN):
            raise _Foreign("the system does not let this memory be run")

    def address(self, name: str) -> int:
        """Where a function is."""
        return self._start + self._offsets[name]


_READ_AND_RUN = 1 | 4


def placed(code: bytes) -> Image | None:
    """The code of an object file, ready to run; None if that takes LLVM."""
    if sys.platform != "linux":
        return None
    try:
        return Image(*_linked(code))
    except (_Foreign, OSError, struct.error, IndexError, KeyError):
        return None


def _linked(code: bytes) -> tuple[bytes, dict[str, int]]:
    """Sections in their places with all references filled in, and where functions begin."""
    kind, processor = struct.unpack_from("<HH", code, 16)
    if code[:6] != b"\x7fELF\x02\x01" or (kind, processor) != (_RELOCATABLE, _X86_64):
        raise _Foreign("not an object file of this kind of processor")
    (table,) = struct.unpack_from("<Q", code, 40)
    size, count = struct.unpack_from("<HH", code, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", code, table + i * size) for i in range(count)]
    starts: dict[int, int] = {}
    memory = bytearray()
    for i, (_, what, flags, _, offset, length, _, _, alignment, _) in enumerate(sections):
        if not flags & _IN_MEMORY:
            continue
        if what not in (_CODE_OR_DATA, _ZEROS, _UNWINDING) or flags & _WRITABLE:
            raise _Foreign("a section of another kind")
        memory += bytes(-len(memory) % max(1, alignment))
        starts[i] = len(memory)
        memory += bytes(length) if what == _ZEROS else code[offset : offset + length]
    symbols: list[int | None] = []  # where each is; None for what is not in this file
    offsets: dict[str, int] = {}
    for _, what, _, _, offset, length, link, _, _, _ in sections:
        if what == _SYMBOLS:
            names = sections[link][4]
            for at in range(offset, offset + length, 24):
                name, _, _, section, value, _ = struct.unpack_from("<IBBHQQ", code, at)
                inside = section in starts
                symbols.append(starts[section] + value if inside else None)
                if inside and name:
                    text = code[names + name : code.index(b"\0", names + name)].decode()
                    offsets[text] = starts[section] + value
    for _, what, _, _, offset, length, _, target, _, _ in sections:
        if what != _REFERENCES or target not in starts:
            continue
        for at in range(offset, offset + length, 24):
            where, information, more = struct.unpack_from("<QQq", code, at)
            to = symbols[information >> 32]
            if information & 0xFFFFFFFF not in _DISTANCES or to is None:
                raise _Foreign("a reference of another kind")
            place = starts[target] + where
            struct.pack_into("<i", memory, place, to + more - place)
    return bytes(memory), offsets
