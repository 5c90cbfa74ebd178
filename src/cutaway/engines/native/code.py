"""Machine code of a text: of this process, from the folder of what was compiled before, or newly compiled."""

from __future__ import annotations

import functools
import hashlib
from typing import Protocol

from cutaway._version import __version__
from cutaway.engines.native import cache, image, machine
from cutaway.engines.native.machine import Machine


class Code(Protocol):
    """Functions in memory."""

    def address(self, name: str) -> int:
        """Where a function is."""


@functools.lru_cache(maxsize=256)
def load(text: str, target: Machine) -> Code:
    """The machine code of a module in LLVM's assembly language."""
    key = _key(text, target)
    code = cache.read(key)
    if code is None:
        code = machine.assemble(text, target)
        cache.write(key, code)
    return image.placed(code) or machine.Loaded(code)


def _key(text: str, target: Machine) -> str:
    parts = (text, target.triple, target.cpu, target.features, str(target.width), machine.version(), __version__)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
