"""What shapes and dtypes alone tell: answered as plain values, so that programs may decide by them freely."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.ops.shape import known
from cutaway.tracing.array import value_of
from cutaway.tracing.registry import answers

answers("numpy.shape")(lambda a: a.shape)
answers("numpy.ndim")(lambda a: a.ndim)
answers("numpy.size")(lambda a, axis=None: np.size(np.broadcast_to(0, np.shape(a)), axis))
answers("numpy.result_type")(lambda *args: np.result_type(*map(value_of, args)))
answers("numpy.can_cast")(lambda from_, to, casting="safe": np.can_cast(from_.dtype, to, casting))
answers("numpy.common_type")(lambda *arrays: np.common_type(*map(value_of, arrays)))
answers("numpy.min_scalar_type")(lambda a: a.dtype if np.ndim(a) else np.min_scalar_type(known(a)))
answers("numpy.iscomplexobj")(lambda x: np.iscomplexobj(value_of(x)))
answers("numpy.isrealobj")(lambda x: np.isrealobj(value_of(x)))
answers("numpy.iscomplex")(lambda x: np.iscomplex(known(x)) if x.dtype.kind == "c" else np.zeros(np.shape(x), bool))
answers("numpy.isreal")(lambda x: np.isreal(known(x)) if x.dtype.kind == "c" else np.ones(np.shape(x), bool))
answers("numpy.may_share_memory")(lambda a, b, max_work=None: np.may_share_memory(value_of(a), value_of(b)))
answers("numpy.shares_memory")(lambda a, b, max_work=None: np.shares_memory(value_of(a), value_of(b), max_work))
answers("numpy.tril_indices_from")(lambda arr, k=0: np.tril_indices(*_rows_columns(arr, k)))
answers("numpy.triu_indices_from")(lambda arr, k=0: np.triu_indices(*_rows_columns(arr, k)))
answers("numpy.diag_indices_from")(lambda arr: np.diag_indices_from(np.broadcast_to(0, np.shape(arr))))


def _rows_columns(arr: Any, k: int) -> tuple[int, int, int]:
    rows, columns = np.shape(arr)
    return rows, k, columns


@answers("numpy.einsum_path")
def _einsum_path(subscripts: str, *operands: Any, optimize: Any = "greedy") -> Any:
    shapes = [np.broadcast_to(0.0, np.shape(a)) for a in operands]
    return np.einsum_path(subscripts, *shapes, optimize=optimize)
