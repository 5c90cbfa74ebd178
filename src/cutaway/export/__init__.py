"""Networks and recorded programs in the words of other tools; each of these tools is loaded where it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_TARGETS = ("onnx", "torch")


def __getattr__(name: str) -> Any:
    if name in _TARGETS:
        return import_module(f"cutaway.export.{name}")
    raise AttributeError(f"module 'cutaway.export' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_TARGETS)
