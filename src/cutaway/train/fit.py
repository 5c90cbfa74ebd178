"""From what a user passes to ``fit`` to a training run: everything is checked and aligned here, once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from cutaway.errors import UsageError, one_of
from cutaway.nn.inputs import as_dtype, as_input, check_rows
from cutaway.nn.natural import check_outputs
from cutaway.nn.network import Metrics, chosen_metrics
from cutaway.nn.rows import at_places
from cutaway.nn.sparse import is_sparse
from cutaway.nn.targets import align
from cutaway.nn.validate import whole
from cutaway.train.callbacks import Listener
from cutaway.train.callbacks import callbacks as as_callbacks
from cutaway.train.history import History
from cutaway.train.loop import TrainingRun
from cutaway.train.optimizers import Optimizer
from cutaway.train.optimizers import optimizer as find_optimizer
from cutaway.train.rows import Part, chosen_rows, is_pair
from cutaway.train.training import Training
from cutaway.train.weights import holdout, of_mean_one, row_weights

if TYPE_CHECKING:
    from cutaway.nn.network import Network

_ENGINES = ("auto", "numpy", "native")


def train(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Any,
    optimizer: str | Optimizer,
    lr: Any,
    epochs: int,
    batch_size: int | None,
    shuffle: bool,
    rows: ArrayLike | None,
    validation: Any,
    sample_weight: ArrayLike | None,
    class_weight: Any,
    metrics: Metrics,
    callbacks: Listener | Iterable[Listener],
    seed: int | None,
    engine: str,
    progress: bool,
    resume: str | Path | None,
) -> History:
    """Train a network; the arguments are those of :meth:`cutaway.nn.Network.fit`."""
    listeners = as_callbacks(callbacks)
    if progress:
        from cutaway.train.reporters import ProgressBar

        listeners = [ProgressBar(), *listeners]
    run = prepared(
        network,
        X,
        y,
        loss=loss,
        optimizer=optimizer,
        lr=lr,
        epochs=epochs,
        batch_size=batch_size,
        shuffle=shuffle,
        rows=rows,
        validation=validation,
        sample_weight=sample_weight,
        class_weight=class_weight,
        metrics=metrics,
        seed=seed,
        engine=engine,
    )
    if resume is not None:
        run.resume(resume)
    network.loss, network.training = run.loss, Training.of(run)
    run.go(listeners)
    return run.history


def prepared(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Any,
    optimizer: str | Optimizer,
    lr: Any,
    epochs: int,
    batch_size: int | None,
    shuffle: bool,
    rows: ArrayLike | None,
    validation: Any,
    sample_weight: ArrayLike | None,
    class_weight: Any,
    metrics: Metrics,
    seed: int | None,
    engine: str,
) -> TrainingRun:
    """Return a run that is ready to go."""
    if engine not in _ENGINES:
        raise one_of(engine, _ENGINES, name="engine")
    rule = find_optimizer(optimizer, lr)
    seed = network.seed if seed is None else whole(seed, "seed", least=0)
    epochs = whole(epochs, "epochs")
    if batch_size is not None:
        batch_size = whole(batch_size, "batch_size")
    given: Any = X if is_sparse(X) else as_input(X, "X")
    check_rows(given, y)
    samples = network.check_input(given)
    n = samples.shape[0]
    if batch_size is not None and batch_size < n and network.rowwise and is_sparse(samples):
        raise UsageError(
            "Sparse samples go through the network all at once",
            received=f"batch_size={batch_size} for {n} rows",
            instead="Leave batch_size out, or write X.toarray()",
        )
    if is_pair(validation) and not network.rowwise:
        raise UsageError(
            "With graph layers, validation is a share or rows of X: it has the same nodes",
            received="a pair (X, y)",
            instead="Write validation=mask, with one truth for each node",
        )
    kept, held = chosen_rows(n, rows, validation)
    y_kept = at_places(y, kept, n, "y")
    chosen, why = network.choose_loss(loss, y_kept)
    if network.n_params == 0:
        raise UsageError(
            "The network has no weights to train", received=repr(network)[:80], instead="Add a Dense layer"
        )
    check_outputs(chosen, network.output_activation)
    places = np.arange(n) if kept is None else kept
    targets = align(y_kept, (len(places), *network.output_shape), chosen)
    weights = row_weights(targets, chosen, at_places(sample_weight, kept, n, "sample_weight"), class_weight)
    if held is None:
        places, targets, weights, held_out = holdout(network, chosen, places, targets, weights, validation, seed)
    else:
        of_held = align(at_places(y, held, n, "y"), (len(held), *network.output_shape), chosen)
        held_out = [held, as_dtype(of_held, network.dtype)]
    part, other = Part.of(network, samples, places), None
    if held_out is not None:
        other = Part.of(network, *((held_out[0], None) if is_pair(validation) else (samples, held_out[0])))
        held_out[0] = other.batch
    run = TrainingRun(
        network,
        chosen,
        rule,
        [part.batch, as_dtype(targets, network.dtype)]
        + ([] if weights is None else [of_mean_one(weights, network.dtype)]),
        held_out,
        epochs=epochs,
        batch_size=min(batch_size or len(places), len(places)),
        shuffle=shuffle,
        seed=seed,
        metrics=chosen_metrics(metrics, chosen),
        fixed=(part.fixed, other and other.fixed),
        engine=engine,
    )
    if why and why not in run.history.notes:
        run.history.notes.append(why)
    return run
