"""Exponentials, logarithms and their relatives on vectors: range reduction, then a polynomial.

Every function takes a writer and a value of any number of lanes and gives at most 4 units in the last place over the
whole range of float32 and float64, subnormal numbers and infinities included; NaN stays NaN. The polynomials were
fitted to the functions at Chebyshev's points in 50 digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from cutaway.engines.native.formats import DOUBLE, SINGLE, Format
from cutaway.engines.native.text import Value, Writer, like, scalar_of


def _format(x: Value) -> Format:
    return SINGLE if scalar_of(x.type) == "float" else DOUBLE


def polynomial(w: Writer, x: Value, coefficients: Sequence[float]) -> Value:
    """``c[0] + c[1] x + ...`` by Horner's rule."""
    result = w.const(x.type, coefficients[-1])
    for c in coefficients[-2::-1]:
        result = w.fma(result, x, w.const(x.type, c))
    return result


def absolute(w: Writer, x: Value) -> Value:
    """``|x|``."""
    return w.call("llvm.fabs", x)


def minus_absolute(w: Writer, x: Value) -> Value:
    """``-|x|``, by setting the sign."""
    f = _format(x)
    bits = like(x.type, f.bits)
    sign = w.const(bits, -(2 ** (31 if f is SINGLE else 63)))
    return w.cast("bitcast", w.two("or", w.cast("bitcast", x, bits), sign), x.type)


def at_least(w: Writer, x: Value, low: float) -> Value:
    """``max(x, low)``; NaN stays NaN."""
    bound = w.const(x.type, low)
    return w.select(w.compare("ogt", bound, x), bound, x)


def at_most(w: Writer, x: Value, high: float) -> Value:
    """``min(x, high)``; NaN stays NaN."""
    bound = w.const(x.type, high)
    return w.select(w.compare("olt", bound, x), bound, x)


def _reduced(w: Writer, x: Value, parts: int) -> tuple[Value, Value, Value]:
    """``x = n ln 2 + r`` with n a multiple of 1 / parts: n as a float, n parts in the last bits of a float, r."""
    f = _format(x)
    round = w.const(x.type, f.round / parts)
    shifted = w.fma(x, w.const(x.type, 1 / math.log(2)), round)
    n = w.exactly("fsub", shifted, round)
    r = w.fma(n, w.const(x.type, -f.ln2[0]), x)
    return n, shifted, w.fma(n, w.const(x.type, -f.ln2[1]), r)


def _scale(w: Writer, x: Value, n: Value, shifted: Value) -> Value:
    """``x 2**n``, into the subnormal numbers too; AVX-512 rounds n down."""
    f = _format(x)
    kind = {"<16 x float>": "ps", "<8 x double>": "pd"}.get(x.type)
    if kind and "avx512f" in w.module.features:
        lanes = "i16 -1" if kind == "ps" else "i8 -1"
        name = f"llvm.x86.avx512.mask.scalef.{kind}.512"
        w.module.declare(f"declare {x.type} @{name}({x.type}, {x.type}, {x.type}, {lanes.split()[0]}, i32)")
        return w.new(x.type, f"call {x.type} @{name}({x}, {n}, {x}, {lanes}, i32 4)")
    # in two steps, each by a power of two that is a normal number
    bits = like(x.type, f.bits)
    whole = w.exactly("sub", w.cast("bitcast", shifted, bits), w.cast("bitcast", w.const(x.type, f.round), bits))
    half = w.exactly("ashr", whole, w.const(bits, 1))
    for part in (half, w.exactly("sub", whole, half)):
        power = w.exactly("shl", w.exactly("add", part, w.const(bits, f.bias)), w.const(bits, f.mantissa))
        x = w.exactly("fmul", x, w.cast("bitcast", power, x.type))
    return x


def _power_of_two(w: Writer, x: Value, shifted: Value) -> Value:
    """``2**n`` for an n that gives a normal number."""
    f = _format(x)
    bits = like(x.type, f.bits)
    raised = w.exactly("shl", w.cast("bitcast", shifted, bits), w.const(bits, f.mantissa))
    return w.cast("bitcast", w.exactly("add", raised, w.const(bits, f.bias << f.mantissa)), x.type)


def _exp_of_bounded(w: Writer, x: Value) -> Value:
    if x.type == "<16 x float>" and "avx512f" in w.module.features:
        return _exp_by_table(w, x)
    n, shifted, r = _reduced(w, x, 1)
    return _scale(w, polynomial(w, r, (1.0, 1.0, *_format(x).exp)), n, shifted)


def _exp_by_table(w: Writer, x: Value) -> Value:
    """``x = n ln 2 + r`` with n a whole number of 32nds, whose powers of two are in a table.

    ``e**r`` is so near to ``1 + r + r²/2`` that a 24th of r³ is what the best slope leaves.
    """
    n, shifted, r = _reduced(w, x, 32)
    low, high = (w.numbers([2 ** (j / 32) for j in range(start, start + 16)], "float") for start in (0, 16))
    places = like(x.type, "i32")
    name = "llvm.x86.avx512.vpermi2var.ps.512"
    w.module.declare(f"declare {x.type} @{name}({x.type}, {places}, {x.type})")
    power = w.new(x.type, f"call {x.type} @{name}({low}, {w.cast('bitcast', shifted, places)}, {high})")
    most = math.log(2) / 64
    slope = w.fma(r, w.const(x.type, 0.5), w.const(x.type, 1 + most**2 / 8))
    return _scale(w, w.fma(w.exactly("fmul", power, r), slope, power), n, shifted)


def exp(w: Writer, x: Value) -> Value:
    """``e**x``."""
    f = _format(x)
    return _exp_of_bounded(w, at_most(w, at_least(w, x, f.least), f.most))


def exp_minus_absolute(w: Writer, x: Value) -> Value:
    """``e**-|x|``, in [0, 1]."""
    return _exp_of_bounded(w, at_least(w, minus_absolute(w, x), _format(x).least))


def exp2(w: Writer, x: Value) -> Value:
    """``2**x``."""
    f = _format(x)
    low, high = (-151.0, 129.0) if f is SINGLE else (-1076.0, 1025.0)
    x = at_most(w, at_least(w, x, low), high)
    shifted = w.exactly("fadd", x, w.const(x.type, f.round))
    n = w.exactly("fsub", shifted, w.const(x.type, f.round))
    r = w.exactly("fsub", x, n)
    r, rest = _times_ln2(w, r)
    p = polynomial(w, r, (1.0, *f.exp))
    return _scale(w, w.exactly("fadd", w.fma(p, r, rest), w.const(x.type, 1.0)), n, shifted)


def _times_ln2(w: Writer, r: Value) -> tuple[Value, Value]:
    f = _format(r)
    main = w.exactly("fmul", r, w.const(r.type, math.log(2)))
    rest = w.exactly("fmul", r, w.const(r.type, (f.ln2[0] - _rounded(r, math.log(2))) + f.ln2[1]))
    return main, rest


def _rounded(x: Value, number: float) -> float:
    import numpy as np

    return float(np.float32(number)) if scalar_of(x.type) == "float" else number


def expm1(w: Writer, x: Value) -> Value:
    """``e**x - 1``, exact near 0."""
    f = _format(x)
    low, high = (-18.0, 88.8) if f is SINGLE else (-40.0, 709.8)
    over = w.compare("ogt", x, w.const(x.type, high))
    small = w.compare("olt", absolute(w, x), w.const(x.type, f.tiny))
    result = _expm1_of_bounded(w, at_most(w, at_least(w, x, low), high), halved=True)
    result = w.select(over, w.const(x.type, math.inf), result)
    return w.select(small, x, result)


def _expm1_of_bounded(w: Writer, x: Value, *, halved: bool = False) -> Value:
    """For large x the power of two may not be a finite number: computed for one less, and doubled."""
    f = _format(x)
    _, shifted, r = _reduced(w, x, 1)
    q = w.fma(w.exactly("fmul", r, r), polynomial(w, r, f.exp), r)  # e**r - 1
    if not halved:
        s = _power_of_two(w, x, shifted)
        return w.fma(q, s, w.exactly("fsub", s, w.const(x.type, 1.0)))
    bits = like(x.type, f.bits)
    lower = w.cast("bitcast", w.exactly("sub", w.cast("bitcast", shifted, bits), w.const(bits, 1)), x.type)
    s = _power_of_two(w, x, lower)
    part = w.fma(q, s, w.exactly("fsub", s, w.const(x.type, 0.5)))
    return w.exactly("fadd", part, part)


def quotient(w: Writer, a: Value, b: Value) -> Value:
    """``a / b`` for a b that is known to be from 1 to 1e36: within one unit in the last place.

    Processors of AMD, which alone have SSE4a, divide in the time of two multiplications if there is other work
    meanwhile; for those of Intel Newton's step is quicker.
    """
    if b.type != "<16 x float>" or "avx512f" not in w.module.features or "sse4a" in w.module.features:
        return w.exactly("fdiv", a, b)
    name = "llvm.x86.avx512.rcp14.ps.512"
    w.module.declare(f"declare {b.type} @{name}({b.type}, {b.type}, i16)")
    guess = w.new(b.type, f"call {b.type} @{name}({b}, {b}, i16 -1)")
    error = w.fma(w.new(b.type, f"fneg {b}"), guess, w.const(b.type, 1.0))
    return w.exactly("fmul", a, w.fma(guess, error, guess))


def sigmoid(w: Writer, x: Value, e: Value | None = None) -> Value:
    """``e**x / (1 + e**x)``, or from ``e**-|x|`` if that is known."""
    one = w.const(x.type, 1.0)
    if e is None:
        e = above = _exp_of_bounded(w, at_most(w, at_least(w, x, _format(x).least), 80.0))
    else:
        above = w.select(w.compare("olt", x, w.const(x.type, 0.0)), e, one)
    return quotient(w, above, w.exactly("fadd", e, one))


def tanh(w: Writer, x: Value) -> Value:
    """``-t / (t + 2)`` with ``t = e**(-2|x|) - 1``, and the sign of x."""
    doubled = w.exactly("fmul", minus_absolute(w, x), w.const(x.type, 2.0))
    t = _expm1_of_bounded(w, at_least(w, doubled, -40.0))
    below = w.exactly("fadd", t, w.const(x.type, 2.0))
    return w.call("llvm.copysign", quotient(w, t, below), x)


def softplus(w: Writer, x: Value, e: Value | None = None) -> Value:
    """``log(1 + e**x)`` as ``max(x, 0) + log(1 + e**-|x|)``."""
    e = exp_minus_absolute(w, x) if e is None else e
    return w.exactly("fadd", at_least(w, x, 0.0), log1p_of_fraction(w, e))


def log1p_of_fraction(w: Writer, e: Value) -> Value:
    """``log(1 + e)`` for e in [0, 1], as ``2 artanh(e / (2 + e))``."""
    f = _format(e)
    s = quotient(w, e, w.exactly("fadd", e, w.const(e.type, 2.0)))
    z = w.exactly("fmul", s, s)
    series = w.exactly("fmul", z, polynomial(w, z, f.log1p))
    return w.fma(s, series, w.exactly("fadd", s, s))


def _split(w: Writer, x: Value, carry: Value | None = None) -> tuple[Value, Value]:
    """``x = 2**k (1 + f)`` with f from sqrt(1/2) - 1 to sqrt(2) - 1, of a normal number."""
    form = _format(x)
    bits = like(x.type, form.bits)
    whole = w.cast("bitcast", x, bits)
    # adding the distance from sqrt(1/2) to 1 carries into the exponent just where the mantissa is above sqrt(2)
    root = w.cast("bitcast", w.const(x.type, math.sqrt(0.5)), bits)
    distance = w.exactly("sub", w.const(bits, form.bias << form.mantissa), root)
    moved = w.exactly("add", whole, distance)
    k = w.exactly("sub", w.exactly("lshr", moved, w.const(bits, form.mantissa)), w.const(bits, form.bias))
    fraction = w.two("and", moved, w.const(bits, (1 << form.mantissa) - 1))
    m = w.cast("bitcast", w.exactly("add", fraction, root), x.type)
    return w.cast("sitofp", k, x.type), w.exactly("fsub", m, w.const(x.type, 1.0))


def _log_of_split(w: Writer, k: Value, f: Value, extra: Value | None = None) -> Value:
    """``k ln 2 + log(1 + f) + extra``."""
    form = _format(f)
    square = w.exactly("fmul", f, f)
    half = w.exactly("fmul", square, w.const(f.type, 0.5))
    low = w.exactly("fmul", k, w.const(f.type, form.ln2[1]))
    if extra is not None:
        low = w.exactly("fadd", low, extra)
    if form is SINGLE:
        rest = w.fma(w.exactly("fmul", square, f), polynomial(w, f, form.log), low)
    else:
        s = w.exactly("fdiv", f, w.exactly("fadd", f, w.const(f.type, 2.0)))
        z = w.exactly("fmul", s, s)
        series = w.exactly("fmul", z, polynomial(w, z, form.log))
        rest = w.fma(s, w.exactly("fadd", half, series), low)
    inner = w.exactly("fadd", w.exactly("fsub", rest, half), f)
    return w.fma(k, w.const(f.type, form.ln2[0]), inner)


def log(w: Writer, x: Value) -> Value:
    """Natural logarithm."""
    form = _format(x)
    small = w.compare("olt", x, w.const(x.type, form.tiny))
    shift = form.mantissa + 2
    scaled = w.select(small, w.exactly("fmul", x, w.const(x.type, 2.0**shift)), x)
    k, f = _split(w, scaled)
    k = w.select(small, w.exactly("fsub", k, w.const(x.type, shift)), k)
    result = _log_of_split(w, k, f)
    return _log_at_ends(w, x, x, result)


def _log_at_ends(w: Writer, x: Value, argument: Value, result: Value) -> Value:
    """Where the argument of the logarithm is infinite, zero, negative or NaN."""
    infinite = w.const(x.type, math.inf)
    result = w.select(w.compare("oeq", argument, infinite), infinite, result)
    result = w.select(w.compare("oeq", argument, w.const(x.type, 0.0)), w.const(x.type, -math.inf), result)
    return w.select(w.compare("uge", argument, w.const(x.type, 0.0)), _unless_nan(w, argument, result), _nan(w, x))


def _unless_nan(w: Writer, x: Value, result: Value) -> Value:
    return w.select(w.compare("uno", x, x), x, result)


def _nan(w: Writer, x: Value) -> Value:
    return w.const(x.type, math.nan)


def log1p(w: Writer, x: Value) -> Value:
    """``log(1 + x)``, exact near 0: what ``1 + x`` loses by rounding is added at the end."""
    one = w.const(x.type, 1.0)
    u = w.exactly("fadd", one, x)
    k, f = _split(w, u)
    large = w.compare("ogt", x, one)
    lost = w.select(
        large, w.exactly("fsub", one, w.exactly("fsub", u, x)), w.exactly("fsub", x, w.exactly("fsub", u, one))
    )
    result = _log_of_split(w, k, f, w.exactly("fdiv", lost, u))
    small = w.compare("olt", absolute(w, x), w.const(x.type, 2.0 ** -(_format(x).mantissa + 2)))
    return w.select(small, x, _log_at_ends(w, x, u, result))


def scaled_log(base: float) -> Callable[[Writer, Value], Value]:
    """Logarithm to another base."""

    def of(w: Writer, x: Value) -> Value:
        return w.exactly("fmul", log(w, x), w.const(x.type, 1 / math.log(base)))

    return of


def erf(w: Writer, x: Value) -> Value:
    """Error function: a polynomial near 0, one minus the exponential of another one further out."""
    f = _format(x)
    a = absolute(w, x)
    near = w.fma(polynomial(w, w.exactly("fmul", x, x), f.erf_near), x, x)
    u = w.exactly("fsub", at_most(w, a, f.erf_end), w.const(x.type, 0.92))
    far = exp(w, w.new(x.type, f"fneg {polynomial(w, u, f.erf_far)}"))
    far = w.call("llvm.copysign", w.exactly("fsub", w.const(x.type, 1.0), far), x)
    return w.select(w.compare("ogt", a, w.const(x.type, 0.92)), far, near)


def power(w: Writer, x: Value, y: Value) -> Value:
    """``x**y`` as ``e**(y log|x|)``; single precision is computed in double."""
    if scalar_of(x.type) == "float":
        wide = like(x.type, "double")
        return w.cast("fptrunc", power(w, w.cast("fpext", x, wide), w.cast("fpext", y, wide)), x.type)
    zero, one = w.const(x.type, 0.0), w.const(x.type, 1.0)
    result = exp(w, w.exactly("fmul", y, log(w, absolute(w, x))))
    whole = w.compare("oeq", w.call("llvm.trunc", y), y)
    halved = w.exactly("fmul", y, w.const(x.type, 0.5))
    odd = w.two("and", whole, w.compare("one", w.call("llvm.trunc", halved), halved))
    signed = w.select(odd, w.new(x.type, f"fneg {result}"), result)
    negative = w.compare("olt", x, zero)
    result = w.select(negative, w.select(whole, signed, _nan(w, x)), result)
    trivial = w.two("or", w.compare("oeq", y, zero), w.compare("oeq", x, one))
    return w.select(trivial, one, result)
