"""The functions of neural networks that NumPy lacks, in forms that neither overflow nor lose digits.

They take plain arrays and recorded ones alike. ``scipy.special`` calls by the same names are recorded as these.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.ops.reduce import spread
from cutaway.ops.shape import unbroadcast
from cutaway.tracing.array import Traced, bind
from cutaway.tracing.registry import handles, primitive, stands_in_for


def sigmoid(x: Any) -> Any:
    """Logistic function ``1 / (1 + exp(-x))``, entry by entry.

    For very negative ``x`` it is ``exp(x)`` to full relative accuracy; nothing warns.
    """
    if type(x) is Traced:
        return bind(SIGMOID, x)
    with np.errstate(over="ignore", under="ignore"):
        return 1 / (1 + np.exp(-x))


def softplus(x: Any) -> Any:
    """``log(1 + exp(x))``, entry by entry, without overflow."""
    if type(x) is Traced:
        return bind(SOFTPLUS, x)
    with np.errstate(under="ignore"):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def cross_entropy_of_logits(z: Any, y: Any) -> Any:
    """Binary cross-entropy ``-y log(p) - (1 - y) log(1 - p)`` of ``p = sigmoid(z)``, entry by entry, from ``z``.

    Its derivative by ``z`` is ``sigmoid(z) - y``.
    """
    if type(z) is Traced or type(y) is Traced:
        return bind(CROSS_ENTROPY_OF_LOGITS, z, y)
    with np.errstate(under="ignore"):
        return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def cross_entropy_of_scores(z: Any, t: Any, axis: int = -1) -> Any:
    """Categorical cross-entropy ``-sum(t log(softmax(z)))`` along ``axis``, from the scores ``z``.

    ``t`` holds one-hot rows or probabilities: its entries along ``axis`` sum to 1. The derivative by ``z`` is then
    ``softmax(z) - t``.
    """
    if type(z) is Traced or type(t) is Traced:
        return bind(CROSS_ENTROPY_OF_SCORES, z, t, axis=axis)
    shifted = z - np.max(z, axis=axis, keepdims=True)
    with np.errstate(under="ignore"):
        return np.log(np.sum(np.exp(shifted), axis=axis)) - np.sum(t * shifted, axis=axis)


def erf(x: Any) -> Any:
    """Error function, entry by entry (computed by SciPy)."""
    if type(x) is Traced:
        return bind(ERF, x)
    from scipy.special import erf as compute

    return compute(x)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` along ``axis`` (all axes if None), without overflow."""
    if type(x) is Traced:
        return bind(LOGSUMEXP, x, **_how(axis, keepdims))
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0) if np.ndim(x) else top
    with np.errstate(under="ignore", divide="ignore"):
        result = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return result if keepdims else np.squeeze(result, axis=axis)[()]


def softmax(x: Any, axis: Any = -1) -> Any:
    """``exp(x) / sum(exp(x))`` along ``axis``, without overflow."""
    if type(x) is Traced:
        return bind(SOFTMAX, x, axis=axis)
    with np.errstate(under="ignore"):
        e = np.exp(x - np.max(x, axis=axis, keepdims=True))
        return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """``log(softmax(x))`` along ``axis``, without overflow."""
    if type(x) is Traced:
        return bind(LOG_SOFTMAX, x, axis=axis)
    shifted = x - np.max(x, axis=axis, keepdims=True)
    with np.errstate(under="ignore"):
        return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _how(axis: Any, keepdims: bool) -> dict[str, Any]:
    return ({} if axis is None else {"axis": axis}) | ({"keepdims": True} if keepdims else {})


def _logsumexp_rule(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return spread(g, x, axis, keepdims) * softmax(x, axis)


SIGMOID = primitive(sigmoid, [lambda g, y, x: g * (y * (1 - y))], elementwise=True)
SOFTPLUS = primitive(softplus, [lambda g, y, x: g * sigmoid(x)], elementwise=True)
CROSS_ENTROPY_OF_LOGITS = primitive(
    cross_entropy_of_logits,
    [
        lambda g, y, z, t: unbroadcast(g * (sigmoid(z) - t), z),
        lambda g, y, z, t: unbroadcast(-g * z, t),
    ],
    elementwise=True,
)
CROSS_ENTROPY_OF_SCORES = primitive(
    cross_entropy_of_scores,
    [
        lambda g, y, z, t, axis=-1: unbroadcast(np.expand_dims(g, axis) * (softmax(z, axis) - t), z),
        lambda g, y, z, t, axis=-1: unbroadcast(-np.expand_dims(g, axis) * log_softmax(z, axis), t),
    ],
)
ERF = primitive(erf, [lambda g, y, x: g * (float(2 / np.sqrt(np.pi)) * np.exp(-(x**2)))], elementwise=True)
LOGSUMEXP = primitive(logsumexp, [_logsumexp_rule])
SOFTMAX = primitive(softmax, [lambda g, y, x, axis=-1: y * (g - np.sum(g * y, axis=axis, keepdims=True))])
LOG_SOFTMAX = primitive(log_softmax, [lambda g, y, x, axis=-1: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)])


# scipy.special ----------------------------------------------------------------------------------------------------

handles("scipy.special.expit")(sigmoid)
handles("scipy.special.erf")(erf)
handles("scipy.special.erfc")(lambda x: 1 - erf(x))
handles("scipy.special.log_expit")(lambda x: -softplus(-x))
handles("scipy.special.logit")(lambda p: np.log(p) - np.log1p(-p))


def _xlogy(x: Any, y: Any) -> Any:
    return np.where(x == 0, 0.0, x * np.log(np.where(x == 0, 1.0, y)))


handles("scipy.special.xlogy")(_xlogy)
handles("scipy.special.xlog1py")(lambda x, y: _xlogy(x, 1 + y))
handles("scipy.special.entr")(lambda x: -_xlogy(x, x))
handles("scipy.special.rel_entr")(lambda x, y: _xlogy(x, x / y))
handles("scipy.special.kl_div")(lambda x, y: _xlogy(x, x / y) - x + y)


@stands_in_for("scipy.special:softmax")
def _scipy_softmax(original: Any, x: Any, axis: Any = None) -> Any:
    if type(x) is not Traced:
        return original(x, axis=axis)
    return softmax(x, axis) if axis is not None else np.reshape(softmax(np.ravel(x)), np.shape(x))


@stands_in_for("scipy.special:log_softmax")
def _scipy_log_softmax(original: Any, x: Any, axis: Any = None) -> Any:
    if type(x) is not Traced:
        return original(x, axis=axis)
    return log_softmax(x, axis) if axis is not None else np.reshape(log_softmax(np.ravel(x)), np.shape(x))


@stands_in_for("scipy.special:logsumexp")
def _scipy_logsumexp(
    original: Any, a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    if type(a) is not Traced and type(b) is not Traced:
        return original(a, axis=axis, b=b, keepdims=keepdims, return_sign=return_sign)
    if b is not None or return_sign:
        top = np.max(a, axis=axis, keepdims=True)
        total = np.sum(np.exp(a - top) * (1.0 if b is None else b), axis=axis, keepdims=True)
        result = np.log(np.abs(total)) + top
        result, sign = (x if keepdims else np.squeeze(x, axis) for x in (result, np.sign(total)))
        return (result, sign) if return_sign else result
    return logsumexp(a, axis, keepdims)
