"""Whose code it is: files and classes of the user's are watched and looked into, those of libraries are not."""

from __future__ import annotations

import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from typing import Any


@lru_cache(maxsize=4096)
def authored(file: str) -> bool:
    """Whether a file is the user's: neither a library's, nor Python's, nor ours."""
    if file.startswith("<") or not file.endswith(".py"):
        return False
    path = str(Path(file).resolve())
    roots = {sysconfig.get_path(k) for k in ("stdlib", "platstdlib", "purelib", "platlib")}
    if "site-packages" in path or "dist-packages" in path or path.startswith(tuple(r for r in roots if r)):
        return False
    return not path.startswith(str(Path(__file__).resolve().parents[2]))


def is_users(kind: type[Any]) -> bool:
    """Whether a class was written by the user."""
    return _is_users(kind)  # type: ignore[arg-type]


@lru_cache(maxsize=4096)
def _is_users(kind: type) -> bool:
    if issubclass(kind, type | BaseException):
        return False
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if file:
        return authored(str(file))
    # a class of a notebook or an interactive session has no file
    return kind.__module__ == "__main__" or kind.__module__ not in sys.modules
