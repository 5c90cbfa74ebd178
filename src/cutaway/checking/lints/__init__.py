"""What no gradient shows: one file for each kind of finding, each with a tuple ``LINTS``.

A lint is a function ``lint(case) -> iterable of Finding``. It calls the case's functions on copies, never changes the
case, and says nothing where it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import TypeAlias

from cutaway.checking.records import Case, Finding

Lint: TypeAlias = "Callable[[Case], Iterable[Finding]]"

KINDS = ("loss", "numerics", "update", "data", "unseen_rows", "initialization", "reporting")


def all_lints() -> list[Lint]:
    """Every lint, in the order of :data:`KINDS`."""
    found: list[Lint] = []
    for kind in KINDS:
        if find_spec(f"{__name__}.{kind}"):
            found += import_module(f"{__name__}.{kind}").LINTS
    return found
