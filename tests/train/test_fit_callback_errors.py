"""A callback that raises ends the training, and the others still hear of it."""

import numpy as np
import pytest

import cutaway as ca


def test_the_error_goes_on_and_the_listeners_hear_that_the_run_was_cut_short():
    heard = []

    class Ear(ca.Callback):
        def on_end(self, history):
            heard.append((history.stopped, len(history)))

    def fail(record):
        if record["epoch"] == 3:
            raise RuntimeError("disk full")

    net = ca.Network([ca.Dense(1)])
    with pytest.raises(RuntimeError, match="disk full"):
        net.fit(np.eye(3), [1.0, 2.0, 3.0], epochs=10, progress=False, callbacks=[Ear(), fail])
    assert heard == [("interrupted", 3)]
    assert np.isfinite(net.params[0]["W"]).all()
