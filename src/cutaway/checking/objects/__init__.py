"""A network that is an object: its parameters among its attributes, its loss and its backward pass among its methods.

Every run happens on a copy of the object. Where ``backward`` updates the parameters itself, the gradient is worked out
from their change.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.checking.objects.copies import composed
from cutaway.checking.objects.gradients import gradients_of
from cutaway.checking.objects.methods import rate_of
from cutaway.checking.objects.parts import backward_of, loss_of, parameters_of
from cutaway.checking.objects.training import case_of_training
from cutaway.checking.records import Case
from cutaway.checking.sources.snapshots import get
from cutaway.errors import UsageError


def case_of(net: Any, X: Any, y: Any) -> Case:
    """The case that an object and its data make.

    Parameters
    ----------
    net : object
        With weights among its attributes (arrays, lists or dicts of arrays, layers), and with methods that are called
        like a loss and a backward pass, ``loss(X, y)`` and ``backward(X, y)``; or with a method such as ``train`` or
        ``fit`` whose loop computes the loss and changes the weights.
    X, y : arrays
        What the methods are called with.

    Raises
    ------
    UsageError
        If the parameters, the loss or the backward pass are not found; the message says what was looked for.
    """
    if X is None or y is None:
        raise UsageError("check needs data for a network object", instead="Write ca.check(net, X, y)")
    X, y = np.asarray(X), np.asarray(y)
    try:
        loss = loss_of(net, X, y)
    except UsageError:
        case = case_of_training(net, X, y)
        if case is None:
            raise
        return case
    backward, rate = backward_of(net, X, y), rate_of(net)
    names = parameters_of(net, X, y, loss)
    code = getattr(type(net), backward).__code__
    return Case(
        params={n: np.array(get(net, path)) for n, path in names.items()},
        loss=composed(net, X, y, loss, names),
        gradients=gradients_of(net, X, y, backward, names, rate),
        lr=rate,
        data={"X": X, "y": y},
        file=code.co_filename,
    )
