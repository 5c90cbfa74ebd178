"""ONNX operators by family, in plain NumPy. Importing this package fills the table."""

from cutaway.export.onnx.operators import (
    activations,
    control,
    convolve,
    elementwise,
    linear,
    normalize,
    quantize,
    recurrent,
    reduce,
    resample,
    select,
    shape,
)

__all__ = [
    "activations",
    "control",
    "convolve",
    "elementwise",
    "linear",
    "normalize",
    "quantize",
    "recurrent",
    "reduce",
    "resample",
    "select",
    "shape",
]
