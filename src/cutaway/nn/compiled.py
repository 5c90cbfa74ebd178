"""Machine code that predicts a certain number of rows: for answers within microseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway import tree
from cutaway.engines.native.machine import why_not
from cutaway.engines.native.nodes import Unsupported
from cutaway.errors import MissingPackageError, UsageError
from cutaway.interpreters.simplify import simplify
from cutaway.nn.forward import Forward
from cutaway.tracing import record

if TYPE_CHECKING:
    from cutaway.nn.layered import Layered


class CompiledRows:
    """The outputs of a network for arrays of one shape; reads its weights as they are at each call.

    Raises
    ------
    MissingPackageError
        If there is no native engine here.
    UsageError
        If there is no machine code for the network; the message names the equation.
    """

    def __init__(self, network: Layered, rows: int) -> None:
        from cutaway.engines.native.program import Program

        reason = why_not()
        if reason is not None:
            raise MissingPackageError(f"There is no native engine: {reason}", instead="Predict without compiling")
        self._network = network
        self.shape = (rows, *(network.input_shape or ()))
        example = np.zeros(self.shape, network.dtype)

        def forward(params: Any, state: Any, x: Any) -> Any:
            run = Forward(training=False, dtype=network.dtype)
            return run.through(network.layers, params, state, x)

        graph = simplify(record(forward, network.params, network.state, example, roots=[*network.layers]).graph())
        arrays = [*self._arrays(), example]
        try:
            self._program = Program(graph, {len(arrays) - 1: 0}, rows, results=[0])
        except Unsupported as error:
            raise UsageError(
                "There is no machine code for this network",
                received=str(error),
                instead="Predict without compiling it",
            ) from None
        self._call = self._program.call([*range(len(arrays))], 0)

    def _arrays(self) -> list[NDArray[Any]]:
        network = self._network
        return [a for part in (network.params, network.state) for _, a in tree.leaves(part)]

    def __call__(self, X: NDArray[Any]) -> NDArray[Any]:
        """Outputs for ``X``, of the network's dtype and the shape that was compiled for."""
        arrays = [a for part in (self._network.params, self._network.state) for entry in part for a in entry.values()]
        arrays.append(X)
        return self._call(arrays)
