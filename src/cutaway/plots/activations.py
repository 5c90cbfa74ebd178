"""Activation functions and their derivatives: what a unit does with its pre-activation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.errors import CutawayError, DataError, ShapeError, UsageError, one_of
from cutaway.plots import frame
from cutaway.plots.inputs import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Function = Callable[[Any], Any]
POINTS = 1000  # even, so that no point falls on a kink or a jump at 0
FAR = np.array([-1e3, -5e2, 5e2, 1e3])


def activations(
    functions: str | Function | Iterable[str | Function] | Mapping[str, Function] = ("sigmoid", "tanh", "relu"),
    *,
    limits: tuple[float, float] = (-5.0, 5.0),
    columns: int = 3,
    ax: Iterable[Axes] | Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw activation functions, each with its derivative, its limits, and the steepest slope.

    The derivative is the recorded function's own; of a function that cannot be recorded it is a central difference.

    Parameters
    ----------
    functions : name, callable, several of these, or mapping of names to callables
        Names are those of ``cutaway.nn.activations``; a callable is applied to each number on its own.
    limits : (float, float)
        The pre-activations shown, from and to.
    columns : int
        Panels in a row.
    ax : sequence of matplotlib.axes.Axes, optional
        Axes of your own, one for each function.
    title : str, optional
        The title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UsageError
        If a name is not known, a function mixes its inputs (as softmax does), or ``limits`` are not in order.
    ShapeError
        If a function changes the shape of its input.
    DataError
        If a function returns NaN or infinity within the limits.

    Examples
    --------
    >>> import numpy as np
    >>> from cutaway import plots
    >>> fig = plots.activations({"bent": lambda z: np.where(z > 0, z, 0.1 * z)})
    >>> fig.axes[0].get_title(loc="left")
    'bent'
    """
    named = _named(functions)
    low, high = (float(limit) for limit in limits)
    if not (np.isfinite([low, high]).all() and low < high):
        raise UsageError("limits must be two numbers in order", received=repr(tuple(limits)), instead="Write (-5, 5)")
    fig, axes, new = frame.panels(list(named), ax, size=(4.2, 3.5), columns=columns)
    z = np.linspace(low, high, POINTS)
    for panel, (name, function) in zip(axes, named.items(), strict=True):
        _draw(panel, name, function, z)
    frame.heading(fig, axes, title, new)
    frame.legend(fig, axes, new)
    return fig


def derivative(function: Function, z: Array) -> Array:
    """Return the derivative of an elementwise function at each point of ``z`` (n,): recorded, or central differences.

    Parameters
    ----------
    function : callable
        Elementwise.
    z : array (n,)
        Where.

    Returns
    -------
    array (n,)

    Examples
    --------
    >>> import numpy as np
    >>> derivative(lambda z: z**3, np.array([1.0, 2.0])).round(6)
    array([ 3., 12.])
    """
    import cutaway.ops  # noqa: F401  (registers what NumPy's functions mean)
    from cutaway.interpreters.differentiate import grad

    try:
        return np.asarray(grad(lambda values: np.sum(function(values)))(z), dtype=np.float64)
    except (CutawayError, TypeError, ValueError):
        pass  # not to be recorded, a math.tanh for instance; its numbers are there all the same
    step = 1e-5 * np.maximum(1.0, np.abs(z))
    return (_values(function, z + step) - _values(function, z - step)) / (2 * step)


def _named(functions: Any) -> dict[str, Function]:
    if isinstance(functions, Mapping):
        named = {str(name): function for name, function in functions.items()}
    else:
        several = [functions] if isinstance(functions, str) or callable(functions) else list(functions)
        named = {}
        for one in several:
            name = one if isinstance(one, str) else getattr(one, "__name__", type(one).__name__)
            again = sum(known == name or known.startswith(f"{name} (") for known in named)
            named[f"{name} ({again + 1})" if again else name] = _by_name(one) if isinstance(one, str) else one
    if not named:
        raise UsageError("activations needs at least one function", instead="Write activations(['sigmoid', 'relu'])")
    for name, function in named.items():
        if not callable(function):
            raise UsageError(f"the activation {name!r} is not a function", received=f"a {type(function).__name__}")
    return named


def _by_name(name: str) -> Function:
    from cutaway.nn.activations import ACTIVATIONS

    if name not in ACTIVATIONS:
        raise one_of(name, ACTIVATIONS, name="activation")
    function: Function = ACTIVATIONS[name]
    return function


def _values(function: Function, z: Array) -> Array:
    """Return the function's values; one that only takes single numbers is called once for each."""
    with np.errstate(all="ignore"):
        try:
            values = np.asarray(function(z), dtype=np.float64)
        except (TypeError, ValueError):
            values = np.array([float(function(float(value))) for value in z])
    if values.shape != z.shape:
        raise ShapeError(
            "an activation must return the shape that it was given", received=f"{values.shape} for {z.shape}"
        )
    return values


def _draw(ax: Axes, name: str, function: Function, z: Array) -> None:
    values = _values(function, z)
    if not np.isfinite(values).all():
        raise DataError(
            f"the activation {name!r} is NaN or infinite",
            received=f"{int((~np.isfinite(values)).sum())} such values between {z[0]:g} and {z[-1]:g}",
            instead="Choose other limits",
        )
    if not np.allclose(values[: len(z) // 2], _values(function, z[: len(z) // 2])):
        raise UsageError(
            f"the activation {name!r} is not elementwise: one output depends on several inputs",
            instead="A curve can only show functions of one number, such as sigmoid or relu",
        )
    slope = derivative(function, z)
    ax.axhline(0, color="#AAAAAA", linewidth=0.8, zorder=0)
    ax.axvline(0, color="#AAAAAA", linewidth=0.8, zorder=0)
    lower, upper = _asymptotes(function)
    for level in {lower, upper} - {None, 0.0}:
        ax.axhline(level, color="#AAAAAA", linewidth=0.9, linestyle=":", zorder=0)  # type: ignore[arg-type]
    ax.plot(z, _broken(values), color=frame.BLUE, linewidth=2.2, label="activation")
    ax.plot(z, _broken(slope), color=frame.VERMILION, linewidth=1.8, linestyle=(0, (4, 1.5)), label="derivative")
    steepest = float(np.abs(slope).max())
    frame.dress(ax, title=name, x="pre-activation z", note=f"steepest slope: {steepest:.3g}")


def _asymptotes(function: Function) -> tuple[float | None, float | None]:
    """Return the values that the function settles at far to the left and far to the right, None where it doesn't."""
    try:
        a, b, c, d = _values(function, FAR)
    except (ArithmeticError, TypeError, ValueError):
        return None, None
    left = float(np.round(a, 9)) if np.isfinite(a) and np.isclose(a, b, rtol=1e-3, atol=1e-6) else None
    right = float(np.round(d, 9)) if np.isfinite(d) and np.isclose(c, d, rtol=1e-3, atol=1e-6) else None
    return left, right


def _broken(values: Array) -> Array:
    """Return the values with a gap where they jump, so that no line is drawn through a place that has none."""
    curve = values.copy()
    jump = np.abs(np.diff(curve)) > 0.1 * max(float(np.ptp(curve)), 1e-3)
    curve[:-1][jump] = np.nan
    return curve
