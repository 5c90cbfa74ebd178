"""What NumPy's functions mean, by family: value, gradient rules, how they print.

A *primitive* is recorded as one equation. Everything else is written in terms of primitives, in plain NumPy, or
answered from shapes and dtypes, or refused with a reason.
"""

from cutaway.ops import (  # noqa: F401  (importing a family registers it)
    answers,
    creation,
    elementwise,
    join,
    linear,
    random,
    reduce,
    refused,
    select,
    shape,
    special,
)
