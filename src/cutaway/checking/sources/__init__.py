"""From a file to what can be checked: a ``case()`` that it defines, or the training loop that it runs.

The adapter, where nothing is found, is three lines::

    def case():
        return dict(params={"W1": W1, "b1": b1}, loss=lambda p: ..., grads=lambda p: {"W1": ..., "b1": ...}, lr=0.1)
"""

from __future__ import annotations

from typing import Any

from cutaway.checking.records import Case
from cutaway.checking.running.program import Program
from cutaway.errors import one_of

ADAPTER = """Add to the file:

    def case():
        return dict(params={"W1": W1, "b1": b1}, lr=0.1,
                    loss=lambda p: ...,  # the loss, a number, with the arrays of p in place of yours
                    grads=lambda p: {"W1": ..., "b1": ...})  # what your backward pass gives for them
"""


def cases_of(program: Program, name: str | None, seconds: float) -> list[Case]:
    """Run the program and return what it lets us check.

    Parameters
    ----------
    program : Program
        Not run yet.
    name : str, optional
        The function that returns the dict, instead of ``case``.
    seconds : float
        How long the program may run.

    Raises
    ------
    UsageError
        If there is nothing to check in it.
    """
    from cutaway.checking.sources.declared import declared_case

    if name is not None and not program.defines(name):
        raise one_of(name, _functions(program), name=f"The function to check in {program.path}")
    if name is not None or program.defines("case"):
        return [declared_case(program, name or "case", seconds)]
    from cutaway.checking.sources.watched import watched_cases

    return watched_cases(program, seconds)


def _functions(program: Program) -> list[str]:
    import ast

    return [node.name for node in program.tree.body if isinstance(node, ast.FunctionDef)] or ["(no function)"]


def plain_number(x: Any, otherwise: float) -> float:
    """A number that the author gave, or the usual one."""
    return float(x) if isinstance(x, int | float) else otherwise
