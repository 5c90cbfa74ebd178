"""Functions that cannot be recorded, each with its reason and the way out."""

from __future__ import annotations

from cutaway.tracing.registry import REFUSED


def _refuse(names: str, reason: str, prefix: str = "numpy.") -> None:
    REFUSED.update((prefix + name, reason) for name in names.split())


_refuse("save savetxt savez savez_compressed array2string array_repr array_str", "it prints or writes; use float(x) or f'{x}' to look at a value, and save results after the function has returned")
