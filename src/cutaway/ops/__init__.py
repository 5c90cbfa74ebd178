"""What NumPy's functions mean, by family: value, gradient rules, how they print.

A *primitive* is recorded as one equation. Everything else is written in terms of primitives, in plain NumPy, or
answered from shapes and dtypes, or refused with a reason.
"""

from cutaway.ops import (  # importing a family registers it
    answers as answers,
    arrange as arrange,
    compare as compare,
    creation as creation,
    elementwise as elementwise,
    inplace as inplace,
    join as join,
    linalg as linalg,
    linear as linear,
    numeric as numeric,
    random as random,
    reduce as reduce,
    refused as refused,
    select as select,
    shape as shape,
    sorting as sorting,
    special as special,
    statistics as statistics,
)
