"""For the tests of people who write backward passes by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def assert_gradients(
    loss: Callable[..., Any], gradients: Callable[..., Any], params: Mapping[str, Any], *, hint: bool = False
) -> None:
    """Fail unless the gradients are those of the loss; the message is the report of :func:`cutaway.check`.

    Parameters
    ----------
    loss : callable
        ``loss(params)`` returns one number.
    gradients : callable
        ``gradients(params)`` returns a dict with an array for each parameter.
    params : dict of arrays
        The parameters at which to compare; the gradients are compared near them too.
    hint : bool
        Say which kind of mistake and where to look, without giving the answer.

    Raises
    ------
    AssertionError
        If a gradient is wrong or missing, or nothing certain can be said.

    Examples
    --------
    >>> import numpy as np
    >>> from cutaway.testing import assert_gradients
    >>> assert_gradients(lambda p: np.sum(p["w"] ** 2), lambda p: {"w": 2 * p["w"]}, {"w": np.array([1.0, -2.0])})
    """
    __tracebackhide__ = True
    from cutaway.checking.api import check

    report = check(loss, gradients, params)
    wrong = [f for f in report.defects if f.kind == "gradient"]
    if wrong or any(p.verdict != "correct" for p in report.parameters) or report.verdict == "unclear":
        raise AssertionError("\n" + report.text(hint=hint))
