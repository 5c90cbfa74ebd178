"""What NumPy's functions mean, by family: value, gradient rules, how they print.

A *primitive* is recorded as one equation. Everything else is written in terms of primitives, in plain NumPy, or
answered from shapes and dtypes, or refused with a reason.
"""

from cutaway.ops import (  # importing a family registers it
    answers as answers,
)
from cutaway.ops import (
    arrange as arrange,
)
from cutaway.ops import (
    compare as compare,
    convolve as convolve,
)
from cutaway.ops import (
    creation as creation,
)
from cutaway.ops import (
    elementwise as elementwise,
)
from cutaway.ops import (
    inplace as inplace,
)
from cutaway.ops import (
    join as join,
)
from cutaway.ops import (
    linalg as linalg,
)
from cutaway.ops import (
    linear as linear,
)
from cutaway.ops import (
    numeric as numeric,
)
from cutaway.ops import (
    random as random,
)
from cutaway.ops import (
    reduce as reduce,
)
from cutaway.ops import (
    refused as refused,
)
from cutaway.ops import (
    select as select,
)
from cutaway.ops import (
    shape as shape,
)
from cutaway.ops import (
    sorting as sorting,
)
from cutaway.ops import (
    special as special,
)
from cutaway.ops import (
    statistics as statistics,
)
