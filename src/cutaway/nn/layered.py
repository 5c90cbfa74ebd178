"""Layers with their weights: the function from a batch to its outputs, before anything is known of a loss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DtypeError, ShapeError, UsageError
from cutaway.nn.activations import ActivationFunction
from cutaway.nn.forward import Forward
from cutaway.nn.inputs import as_input, to_dtype
from cutaway.nn.layers import Dropout, Layer
from cutaway.nn.sparse import as_sparse_input, is_sparse
from cutaway.nn.validate import whole

if TYPE_CHECKING:
    from cutaway.nn.compiled import CompiledRows

_ROWS, _NUMBERS = 2**14, 2**18  # at most so many go through the network at once when it predicts, to bound memory


class Layered:
    """What a :class:`~cutaway.nn.network.Network` is before it has a loss: it is built, and turns inputs into outputs.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> net = ca.Network([ca.Dense(2, weights=np.eye(2)), ca.Dense(1, weights=np.ones((2, 1)))]).build(2)
    >>> net.output_shape, net.n_params
    ((1,), 9)
    >>> net([[1.0, 2.0]])
    array([[3.]], dtype=float32)
    """

    def __init__(self, layers: Iterable[Layer], *, seed: int = 0, dtype: str = "float32") -> None:
        given: object = layers  # by callers without types
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise UsageError(
                "The layers of a network come as a list",
                received=repr(given)[:60],
                instead=f"Write Network([{given if isinstance(given, Layer) else 'Dense(1)'}])",
            )
        self.layers = tuple(layers)
        if not self.layers:
            raise UsageError("A network needs at least one layer", instead='Write Network([Dense(1, "sigmoid")])')
        for layer in self.layers:
            if not isinstance(layer, Layer):
                raise UsageError(
                    "The layers of a network must be layers",
                    received=f"{layer.__name__}, the class" if isinstance(layer, type) else repr(layer)[:60],
                    instead="Write Dense(16, 'relu') for 16 units",
                )
        self.seed = whole(seed, "seed of Network", least=0)
        if dtype not in ("float32", "float64", np.float32, np.float64):
            raise DtypeError(
                "A network computes in float32 or float64",
                received=repr(dtype),
                instead='Write dtype="float32", or dtype="float64" to compare with other programs to the last digit',
            )
        self.dtype = np.dtype(dtype)
        self.input_shape: tuple[int, ...] | None = None
        self.params: list[dict[str, NDArray[Any]]] = []
        self.state: list[dict[str, NDArray[Any]]] = []
        self._compiled: dict[int, CompiledRows] = {}
        self._random = False  # whether the first weights were drawn, at least in part

    # Making ----------------------------------------------------------------------------------------------------

    def build(self, input_shape: tuple[int, ...] | int) -> Self:
        """Make the first weights for samples of ``input_shape``; `fit` does it by itself."""
        sizes = input_shape if isinstance(input_shape, (tuple, list)) else (input_shape,)
        shape = tuple(whole(size, "a size of input_shape") for size in sizes)
        params, state = [], []
        rng = np.random.default_rng(self.seed)
        start = rng.bit_generator.state
        current = shape
        for layer in self.layers:
            weights = layer.build(current, rng)
            params.append({k: v.astype(self.dtype) for k, v in weights.params.items()})
            state.append({k: v.astype(self.dtype) for k, v in weights.state.items()})
            current = layer.output_shape(current)
        self.input_shape, self.params, self.state = shape, params, state
        self._random = rng.bit_generator.state != start
        return self

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output for one sample."""
        shape = self._built()
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    @property
    def n_params(self) -> int:
        """How many numbers are trained."""
        self._built()
        return sum(array.size for layer in self.params for array in layer.values())

    @property
    def output_activation(self) -> str | ActivationFunction:
        """The activation of the last layer."""
        return self.layers[-1].output_activation

    @property
    def rowwise(self) -> bool:
        """Whether each sample goes through by itself when predicting; not in a network on a graph."""
        return all(layer.rowwise for layer in self.layers)

    def _built(self) -> tuple[int, ...]:
        if self.input_shape is None:
            raise UsageError("The network has no weights yet", instead="Call net.fit(X, y), or net.build(n_features)")
        return self.input_shape

    # Inputs to outputs -----------------------------------------------------------------------------------------

    def check_input(self, X: ArrayLike, *, name: str = "X") -> NDArray[Any]:
        """``X`` as an array that the network takes: its dtype, finite, of the right shape; builds if need be."""
        array = self._sparse_input(X, name) if is_sparse(X) else to_dtype(as_input(X, name), self.dtype, name)
        if self.input_shape is None:
            self.build(array.shape[1:])
        if array.shape[1:] != self.input_shape:
            turned = array.ndim == 2 and array.shape[:1] == self.input_shape
            sizes = ", ".join(map(str, self.input_shape or ()))
            raise ShapeError(
                f"{name} does not fit the network, which takes samples of shape {self.input_shape}",
                received=f"{name} of shape {array.shape}",
                instead=f"Samples are rows: write {name}.T" if turned else f"Give {name} of shape (n_samples, {sizes})",
            )
        return self.layers[0].check(array, name)

    def _sparse_input(self, X: Any, name: str) -> Any:
        for layer in self.layers:
            if not layer.takes_sparse:
                raise DtypeError(
                    f"{name} must be dense for {layer}", received="a sparse matrix", instead=f"Write {name}.toarray()"
                )
            if not isinstance(layer, Dropout):
                break
        array = as_sparse_input(X, name)
        return type(array)((to_dtype(array.data, self.dtype, name), array.indices, array.indptr), shape=array.shape)

    def __call__(self, X: ArrayLike) -> NDArray[Any]:
        """Outputs of the last layer, shape (n_samples, *output_shape), in inference mode."""
        given: Any = X
        fast = self._compiled.get(len(given)) if self._compiled and type(X) is np.ndarray and X.ndim else None
        if fast is not None and given.shape == fast.shape and given.dtype == self.dtype and np.isfinite(given.sum()):
            return fast(given)
        return self._through(X, len(self.layers))

    def compile(self, rows: int = 1) -> Self:
        """Make machine code that predicts so many rows at a time, from now on, within microseconds.

        The outputs are those of the network, to rounding. It takes arrays of the network's own dtype, and reads the
        weights at each call; anything else is predicted as before.

        Raises
        ------
        MissingPackageError
            If there is no native engine here.
        UsageError
            If the network has no weights yet, or a layer for which there is no machine code.

        Examples
        --------
        >>> import numpy as np, cutaway as ca
        >>> net = ca.Network([ca.Dense(1, weights=np.ones((2, 1)))]).build(2).compile()
        >>> net(np.array([[1.0, 2.0]], dtype="float32"))
        array([[3.]], dtype=float32)
        """
        from cutaway.nn.compiled import CompiledRows

        self._built()
        rows = whole(rows, "rows")
        self._compiled[rows] = CompiledRows(self, rows)
        return self

    def hidden(self, X: ArrayLike, layer: int = -2) -> NDArray[Any]:
        """Outputs of one of the layers, in inference mode; by default of the last but one.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (n_samples, n_features)
        layer : int
            Its place in ``layers``, from 0; negative numbers count from the end.
        """
        count = len(self.layers)
        if not -count <= layer < count:
            raise UsageError("There is no such layer", received=f"layer {layer} of {count}")
        return self._through(X, layer % count + 1)

    def _through(self, X: ArrayLike, count: int) -> NDArray[Any]:
        array = self.check_input(X)
        run = Forward(training=False, dtype=self.dtype)
        n = array.shape[0]
        rows = max(1, min(_ROWS, _NUMBERS * n // max(array.size, 1))) if self.rowwise else n
        with np.errstate(under="ignore"):
            parts = [
                run.through(self.layers[:count], self.params, self.state, array[i : i + rows])
                for i in range(0, n, rows)
            ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def __repr__(self) -> str:
        inner = ", ".join(map(repr, self.layers))
        return f"Network([{inner}], seed={self.seed}, dtype={self.dtype.name!r})"
