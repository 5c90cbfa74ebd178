"""Parameters may come as one array or as any nesting of dicts, lists and tuples; this flattens and rebuilds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield ``(path, leaf)`` in order; the path of ``p["W1"][0]`` is ``W1_0``.

    >>> list(leaves({"W": 1.0, "b": [2.0, 3.0]}))
    [('W', 1.0), ('b_0', 2.0), ('b_1', 3.0)]
    """
    items: Any
    if isinstance(tree, Mapping):
        items = tree.items()
    elif isinstance(tree, (list, tuple)):
        items = enumerate(tree)
    elif tree is None:
        return
    else:
        yield path, tree
        return
    for key, value in items:
        yield from leaves(value, f"{path}_{key}" if path else str(key))


def map_leaves(fn: Callable[[Any], Any], tree: Any) -> Any:
    """The same nesting with ``fn(leaf)`` in place of every leaf, called in the order of :func:`leaves`."""
    if isinstance(tree, Mapping):
        return {k: map_leaves(fn, v) for k, v in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_leaves(fn, v) for v in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_leaves(fn, v) for v in tree)
    return None if tree is None else fn(tree)


def rebuild(tree: Any, values: list[Any]) -> Any:
    """The nesting of ``tree`` with ``values`` as its leaves."""
    rest = iter(values)
    return map_leaves(lambda _: next(rest), tree)
