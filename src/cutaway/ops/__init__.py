"""What NumPy's functions mean, by family: value, gradient rules, how they print.

A *primitive* is recorded as one equation. Everything else is written in terms of primitives, in plain NumPy, or
answered from shapes and dtypes, or refused with a reason. Importing this package registers all of it.
"""

from cutaway.ops import (
    answers,
    arrange,
    compare,
    convolve,
    creation,
    elementwise,
    inplace,
    join,
    linalg,
    linear,
    numeric,
    random,
    reduce,
    refused,
    select,
    shape,
    sorting,
    sparse,
    special,
    statistics,
)

__all__ = [
    "answers",
    "arrange",
    "compare",
    "convolve",
    "creation",
    "elementwise",
    "inplace",
    "join",
    "linalg",
    "linear",
    "numeric",
    "random",
    "reduce",
    "refused",
    "select",
    "shape",
    "sorting",
    "sparse",
    "special",
    "statistics",
]
