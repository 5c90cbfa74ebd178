"""Recording: plain NumPy runs on stand-ins that note every call as an equation.

The only package that knows NumPy's protocols (``__array_ufunc__``, ``__array_function__``).
"""

from cutaway.tracing.array import Traced, bind, value_of
from cutaway.tracing.record import Recording, record, trace
from cutaway.tracing.registry import CONSTANTS, HANDLERS, PRIMITIVES, REFUSED, STAND_INS

__all__ = [
    "CONSTANTS",
    "HANDLERS",
    "PRIMITIVES",
    "REFUSED",
    "STAND_INS",
    "Recording",
    "Traced",
    "bind",
    "record",
    "trace",
    "value_of",
]
