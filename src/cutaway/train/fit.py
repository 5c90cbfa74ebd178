"""From what a user passes to ``fit`` to a training run: everything is checked and aligned here, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from cutaway.errors import UsageError, one_of
from cutaway.nn.inputs import as_dtype
from cutaway.nn.metrics import Metric, find_metric
from cutaway.nn.natural import check_outputs
from cutaway.nn.network import default_metrics
from cutaway.nn.targets import align
from cutaway.nn.validate import whole
from cutaway.train.callbacks import Listener
from cutaway.train.callbacks import callbacks as as_callbacks
from cutaway.train.history import History
from cutaway.train.loop import TrainingRun
from cutaway.train.optimizers import Optimizer
from cutaway.train.optimizers import optimizer as find_optimizer
from cutaway.train.weights import holdout, row_weights

if TYPE_CHECKING:
    from cutaway.nn.network import Network

_ENGINES = ("auto", "numpy")


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
    validation: Any,
    sample_weight: ArrayLike | None,
    class_weight: Any,
    metrics: Sequence[str | Metric] | None,
    callbacks: Listener | Iterable[Listener],
    seed: int | None,
    engine: str,
    progress: bool,
    resume: str | Path | None,
) -> History:
    """Train a network; the arguments are those of :meth:`cutaway.nn.Network.fit`."""
    if engine not in _ENGINES:
        raise one_of(engine, _ENGINES, name="engine")
    rule = find_optimizer(optimizer, lr)
    listeners = as_callbacks(callbacks)
    if progress:
        from cutaway.train.reporters import ProgressBar

        listeners = [ProgressBar(), *listeners]
    seed = network.seed if seed is None else whole(seed, "seed", least=0)
    epochs = whole(epochs, "epochs")
    if batch_size is not None:
        batch_size = whole(batch_size, "batch_size")
    rows = network.check_input(X)
    chosen, why = network.choose_loss(loss, y)
    if network.n_params == 0:
        raise UsageError(
            "The network has no weights to train", received=repr(network)[:80], instead="Add a Dense layer"
        )
    check_outputs(chosen, network.output_activation)
    targets = align(y, (len(rows), *network.output_shape), chosen)
    weights = row_weights(targets, chosen, sample_weight, class_weight)
    rows, targets, weights, held_out = holdout(network, chosen, rows, targets, weights, validation, seed)
    run = TrainingRun(
        network,
        chosen,
        rule,
        [rows, as_dtype(targets, network.dtype)] + ([] if weights is None else [weights.astype(network.dtype)]),
        held_out,
        epochs=epochs,
        batch_size=min(batch_size or len(rows), len(rows)),
        shuffle=shuffle,
        seed=seed,
        metrics=[find_metric(m) for m in (default_metrics(chosen) if metrics is None else metrics)],
    )
    if why and why not in run.history.notes:
        run.history.notes.append(why)
    if resume is not None:
        run.resume(resume)
    run.go(listeners)
    network.loss = chosen
    return run.history
