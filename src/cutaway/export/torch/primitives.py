"""The table of primitives: how each one is written in PyTorch, or why it has no twin there.

An entry is a template of one call, or a function ``write(texts, eqn, page) -> text`` where more has to be known.
"""

from __future__ import annotations

import numpy as np

from cutaway.export.torch.index import take, writing
from cutaway.export.torch.words import Write, as_tensor, dtype, number, shape_of
from cutaway.graph import Eqn, Var, literal


def _tensors(name: str) -> Write:
    """A call of a function that takes tensors alone."""

    def write(texts: list[str], eqn: Eqn, page: set[str]) -> str:
        return f"{name}({', '.join(as_tensor(t, i, eqn) for i, t in enumerate(texts))})"

    return write


def _reduction(name: str) -> Write:
    def write(texts: list[str], eqn: Eqn, page: set[str]) -> str:
        axis, more = eqn.params.get("axis"), ", keepdim=True" if eqn.params.get("keepdims") else ""
        if axis is None and more:
            axis = tuple(range(len(shape_of(eqn, 0))))
        return f"{name}({texts[0]}{'' if axis is None else f', dim={axis}'}{more})"

    return write


def _count_nonzero(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    return _reduction("torch.sum")([f"{texts[0]} != 0"], eqn, page)


def _prod(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    axis, keep = eqn.params.get("axis"), eqn.params.get("keepdims", False)
    text, ndim = texts[0], len(shape_of(eqn, 0))
    if axis is None and not keep:
        return f"torch.prod({text})"
    axes = range(ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    for one in sorted(axes, reverse=True):
        text = f"torch.prod({text}, {one}{', keepdim=True' if keep else ''})"
    return text


def _extreme(sign: str) -> Write:
    """``maximum`` and ``minimum``; where an entry equals a number that it meets, its slope is 0, as that of ReLU."""

    def write(texts: list[str], eqn: Eqn, page: set[str]) -> str:
        numbers = [i for i, a in enumerate(eqn.inputs) if not isinstance(a, Var)]
        if not numbers:
            return f"torch.{'maximum' if sign == '>' else 'minimum'}({texts[0]}, {texts[1]})"
        c, x = (texts[i] for i in (numbers[0], 1 - numbers[0]))
        if sign == ">":
            return f"torch.relu({x})" if eqn.inputs[numbers[0]] == 0 else f"F.threshold({x}, {c}, {c})"
        return f"-F.threshold(-({x}), -({c}), -({c}))"

    return write


def _clip(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    x, low, high = texts
    bounds = eqn.inputs[1:]
    if any(isinstance(a, Var) for a in bounds):
        return f"torch.clamp({x}, {as_tensor(low, 1, eqn)}, {as_tensor(high, 2, eqn)})"
    given = [(k, t) for k, t, a in zip(("min", "max"), (low, high), bounds, strict=True) if np.isfinite(a)]  # type: ignore[arg-type]
    return f"torch.clamp({x}, {', '.join(f'{k}={t}' for k, t in given)})" if given else x


def _where(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    condition, a, b = texts
    if isinstance(eqn.inputs[0], Var) and eqn.inputs[0].dtype != bool:
        condition = f"({condition}) != 0"
    text = f"torch.where({condition}, {a}, {b})"
    plain = not any(isinstance(x, Var) for x in eqn.inputs[1:])
    return f"{text}.to({dtype(eqn.output.dtype)})" if plain else text


def _method(template: str) -> Write:
    return lambda texts, eqn, page: template.format(
        texts[0], **{k: literal(tuple(v) if isinstance(v, list) else v) for k, v in eqn.params.items()}
    )


def _transpose(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    axes = eqn.params.get("axes") or tuple(range(len(shape_of(eqn, 0))))[::-1]
    return f"{texts[0]}.T" if axes == (1, 0) else f"{texts[0]}.permute({literal(tuple(axes))})"


def _broadcast(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    return f"{as_tensor(texts[0], 0, eqn)}.expand({literal(tuple(eqn.params['shape']))})"


def _astype(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    return f"{as_tensor(texts[0], 0, eqn)}.to({dtype(eqn.params['dtype'])})"


def _concatenate(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    return f"torch.cat(({', '.join(texts)},), {eqn.params.get('axis', 0)})"


def _arg(name: str) -> Write:
    def write(texts: list[str], eqn: Eqn, page: set[str]) -> str:
        axis, keep = eqn.params.get("axis"), eqn.params.get("keepdims")
        return f"torch.{name}({texts[0]}{'' if axis is None else f', {axis}'}{', keepdim=True' if keep else ''})"

    return write


def _argsort(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    axis = eqn.params.get("axis", -1)
    return f"torch.argsort({texts[0]}{'.flatten()' if axis is None else ''}, dim={axis or 0}, stable=True)"


def _searchsorted(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    more = ", right=True" if eqn.params.get("side") == "right" else ""
    return f"torch.searchsorted({texts[0]}, {as_tensor(texts[1], 1, eqn)}{more})"


def _digitize(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    return f"torch.bucketize({texts[0]}, {texts[1]}{'' if eqn.params.get('right') else ', right=True'})"


def _softmax(name: str) -> Write:
    def write(texts: list[str], eqn: Eqn, page: set[str]) -> str:
        axis = eqn.params.get("axis", -1)
        if isinstance(axis, int):
            return f"torch.{name}({texts[0]}, {axis})"
        top = "()" if axis is None else literal(tuple(axis))
        exp = f"{texts[0]} - torch.logsumexp({texts[0]}, {top}, keepdim=True)"
        return f"({exp})" if name == "log_softmax" else f"torch.exp({exp})"

    return write


def _logsumexp(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    axis = eqn.params.get("axis")
    axis = tuple(range(len(shape_of(eqn, 0)))) if axis is None else axis
    return f"torch.logsumexp({texts[0]}, {axis}{', keepdim=True' if eqn.params.get('keepdims') else ''})"


def _cross_entropy(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    z, t = (as_tensor(text, i, eqn) for i, text in enumerate(texts))
    shape = eqn.output.shape
    z, t = (x if shape_of(eqn, i) == shape else f"{x}.expand({literal(shape)})" for i, x in enumerate((z, t)))
    return f'F.binary_cross_entropy_with_logits({z}, {t}, reduction="none")'


def _norm(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    p = eqn.params
    given = {"ord": p.get("ord"), "dim": p.get("axis"), "keepdim": p.get("keepdims") or None}
    more = "".join(
        f", {k}={number(v) if not isinstance(v, str) else repr(v)}" for k, v in given.items() if v is not None
    )
    return f"torch.linalg.norm({texts[0]}{more})"


def _windows(name: str) -> Write:
    def write(texts: list[str], eqn: Eqn, page: set[str]) -> str:
        page.add(name)
        return f"{name}({', '.join([*texts, *(f'{k}={literal(v)}' for k, v in eqn.params.items())])})"

    return write


def _same(names: str) -> dict[str, str]:
    return {name: f"torch.{name}({{}})" for name in names.split()}


def _of_tensors(names: str) -> dict[str, Write]:
    return {name: _tensors(f"torch.{name}") for name in names.split()}


PRIMITIVES: dict[str, str | Write] = {
    **_same("exp exp2 expm1 log log2 log10 log1p sqrt square reciprocal sin cos tan sinh cosh tanh"),
    **_same("floor ceil trunc sign signbit isnan isinf isfinite logical_not rad2deg deg2rad i0"),
    **{f"arc{name}": f"torch.a{name}({{}})" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **_of_tensors("hypot logaddexp logaddexp2 copysign fmax fmin fmod gcd lcm nextafter heaviside ldexp"),
    **_of_tensors("logical_and logical_or logical_xor"),
    "arctan2": _tensors("torch.atan2"),
    "absolute": "torch.abs({})",
    "fabs": "torch.abs({})",
    "cbrt": "torch.sign({0}) * torch.abs({0}) ** (1 / 3)",
    "degrees": "torch.rad2deg({})",
    "radians": "torch.deg2rad({})",
    "rint": "torch.round({})",
    "round": lambda texts, eqn, page: f"torch.round({texts[0]}, decimals={eqn.params.get('decimals', 0)})",
    "maximum": _extreme(">"),
    "minimum": _extreme("<"),
    "clip": _clip,
    "where": _where,
    "sum": _reduction("torch.sum"),
    "mean": _reduction("torch.mean"),
    "max": _reduction("torch.amax"),
    "min": _reduction("torch.amin"),
    "all": _reduction("torch.all"),
    "any": _reduction("torch.any"),
    "count_nonzero": _count_nonzero,
    "prod": _prod,
    "cumsum": _method("torch.cumsum({0}, {axis})"),
    "cumprod": _method("torch.cumprod({0}, {axis})"),
    "reshape": _method("{0}.reshape({shape})"),
    "transpose": _transpose,
    "broadcast_to": _broadcast,
    "copy": "{}.clone()",
    "cutaway.ops.shape.astype": _astype,
    "cutaway.ops.shape.python_number": "{}.reshape(())",
    "cutaway.ops.join.concatenated": _concatenate,
    "argmax": _arg("argmax"),
    "argmin": _arg("argmin"),
    "argsort": _argsort,
    "argpartition": _argsort,
    "searchsorted": _searchsorted,
    "digitize": _digitize,
    "cutaway.ops.select.take_at": take,
    "cutaway.ops.select.put_at": writing("put_at", 2),
    "cutaway.ops.select.add_at": writing("add_at", 2),
    "cutaway.ops.select.scatter": writing("scatter", 1),
    "cutaway.ops.linear.contracted": lambda texts, eqn, page: (
        f"torch.einsum({eqn.params['subscripts']!r}, {', '.join(texts)})"
    ),
    "linalg.cholesky": "torch.linalg.cholesky({})",
    "linalg.det": "torch.linalg.det({})",
    "linalg.inv": "torch.linalg.inv({})",
    "linalg.solve": "torch.linalg.solve({}, {})",
    "linalg.norm": _norm,
    "cutaway.ops.linalg.log_of_det": "torch.linalg.slogdet({}).logabsdet",
    "cutaway.ops.linalg.sign_of_det": "torch.linalg.slogdet({}).sign",
    "cutaway.ops.special.sigmoid": "torch.sigmoid({})",
    "cutaway.ops.special.softplus": "F.softplus({}, threshold=50)",
    "cutaway.ops.special.erf": "torch.erf({})",
    "cutaway.ops.special.softmax": _softmax("softmax"),
    "cutaway.ops.special.log_softmax": _softmax("log_softmax"),
    "cutaway.ops.special.logsumexp": _logsumexp,
    "cutaway.ops.special.cross_entropy_of_logits": _cross_entropy,
    "cutaway.ops.special.cross_entropy_of_scores": lambda texts, eqn, page: (
        f"-({texts[1]} * torch.log_softmax({texts[0]}, {eqn.params.get('axis', -1)})).sum({eqn.params.get('axis', -1)})"
    ),
    "cutaway.ops.convolve.patches": _windows("patches"),
    "cutaway.ops.convolve.fold": _windows("fold"),
    "cutaway.ops.convolve.max_pool": _windows("max_pool"),
    "cutaway.ops.sparse.csr_matmul": _windows("csr_matmul"),
    "cutaway.ops.sparse.segment_softmax": _windows("segment_softmax"),
}
"""What is neither an operator of Python's nor refused, by the name of the primitive."""

REFUSED: dict[str, str] = {
    "bitwise_count": "PyTorch does not count bits",
    "spacing": "PyTorch does not know the distance to the next number",
    "cutaway.ops.convolve.pick": "it occurs in second derivatives alone, which PyTorch finds by itself",
    "cutaway.ops.convolve.unpool": "it occurs in gradients alone, which PyTorch finds by itself",
    "cutaway.ops.random.uniform": "its numbers depend on cutaway's own counter; PyTorch draws others",
}
"""Primitives without a twin, and why."""
