"""The functions of neural networks that NumPy lacks."""

from __future__ import annotations

from collections.abc import Callable

from cutaway.export.onnx.nodes.builder import Builder, Term
from cutaway.export.onnx.nodes.table import axis_of, exports
from cutaway.export.onnx.nodes.written_out import erf, log1p, softplus
from cutaway.export.onnx.rows import Step

SPECIAL = "cutaway.ops.special."


@exports(SPECIAL + "sigmoid", SPECIAL + "softplus", SPECIAL + "erf")
def _of_one(b: Builder, step: Step) -> Term:
    how: dict[str, Callable[[Term], Term]] = {
        "sigmoid": lambda x: x.op("Sigmoid"),
        "softplus": softplus,
        "erf": erf,
    }
    return how[step.primitive.fn.__name__](b.read(step.inputs[0], step.output.dtype))


@exports(SPECIAL + "softmax", SPECIAL + "log_softmax")
def _softmax(b: Builder, step: Step) -> Term:
    x, axis = b.read(step.inputs[0], step.output.dtype), step.params.get("axis", -1)
    if isinstance(axis, int):
        return x.op("Softmax" if step.primitive.fn.__name__ == "softmax" else "LogSoftmax", axis=axis)
    shifted = x - x.reduce("Max", axis, keepdims=True)
    total = shifted.op("Exp").reduce("Sum", axis, keepdims=True)
    return shifted.op("Exp") / total if step.primitive.fn.__name__ == "softmax" else shifted - total.op("Log")


@exports(SPECIAL + "logsumexp")
def _logsumexp(b: Builder, step: Step) -> Term:
    return b.read(step.inputs[0], step.output.dtype).reduce(
        "LogSumExp", axis_of(step), step.params.get("keepdims", False)
    )


@exports(SPECIAL + "cross_entropy_of_logits")
def _cross_entropy_of_logits(b: Builder, step: Step) -> Term:
    z, t = (b.read(x, step.output.dtype) for x in step.inputs)
    return z.op("Max", 0) - z * t + log1p((-abs(z)).op("Exp"))


@exports(SPECIAL + "cross_entropy_of_scores")
def _cross_entropy_of_scores(b: Builder, step: Step) -> Term:
    z, t = (b.read(x, step.output.dtype) for x in step.inputs)
    axis = step.params.get("axis", -1) % step.inputs[0].ndim
    log_p = z.op("LogSoftmax", axis=axis)
    return -(t * log_p).reduce("Sum", axis)
