"""PyTorch as its users write it: modules, a loss, ``backward`` and an optimizer; batches in three ways; graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from peers.loops import Done, Loop, in_turn, timed
from peers.workloads import MOMENTUM, Workload


def _copy(module: Any, W: np.ndarray, b: np.ndarray) -> None:
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(W.T))
        module.bias.copy_(torch.from_numpy(b))


def _model(workload: Workload, seed: int = 0) -> Any:
    modules, params = [], workload.start(seed)
    for i, (W, b) in enumerate(params):
        modules.append(nn.Linear(*W.shape))
        _copy(modules[-1], W, b)
        kind = workload.hidden if i + 1 < len(params) else workload.output
        if kind in ("sigmoid", "relu"):
            modules.append(nn.Sigmoid() if kind == "sigmoid" else nn.ReLU())
    return nn.Sequential(*modules)


def _rule(workload: Workload, model: Any, lr: float) -> Any:
    if workload.rule == "adam":
        return torch.optim.Adam(model.parameters(), lr, weight_decay=workload.decay)
    return torch.optim.SGD(model.parameters(), lr, momentum=MOMENTUM if workload.rule == "momentum" else 0.0)


def _data(workload: Workload) -> tuple[Any, Any, Any]:
    """Rows, targets, and the loss."""
    y = torch.from_numpy(workload.arrays["y"])
    y = y if workload.output == "softmax" else y.float()[:, None]
    loss = {"sigmoid": nn.BCELoss, "logits": nn.BCEWithLogitsLoss, "softmax": nn.CrossEntropyLoss}[workload.output]()
    return torch.from_numpy(workload.arrays["X"]), y, loss


class _Items(torch.utils.data.Dataset[Any]):
    """A data set as most are written: one sample at a time."""

    def __init__(self, X: np.ndarray, y: np.ndarray) -> None:
        self.X, self.y = X, y

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, i: int) -> tuple[Any, int]:
        return torch.from_numpy(self.X[i]), int(self.y[i])


def _feed(workload: Workload, kind: str) -> Callable[[int], Iterator[Any]]:
    """The batches of an epoch."""
    X, y, _ = _data(workload)
    if workload.batch is None:
        return lambda epoch: iter([(X, y)])
    if kind == "tensors":

        def slices(epoch: int) -> Iterator[Any]:
            order = torch.from_numpy(workload.order(epoch))
            for rows in order.split(workload.batch):
                yield X[rows], y[rows]

        return slices
    data = torch.utils.data
    source = data.TensorDataset(X, y) if kind == "loader" else _Items(workload.arrays["X"], workload.arrays["y"])
    return lambda epoch: iter(
        data.DataLoader(source, batch_size=workload.batch, sampler=workload.order(epoch).tolist())
    )


def eager(workload: Workload, feed: str = "tensors") -> Loop:
    """The ordinary loop."""
    batches, (_, _, loss_of) = _feed(workload, feed), _data(workload)
    model = _model(workload)
    rule, done = _rule(workload, model, workload.lr), 0

    def go(epochs: int) -> Done:
        def work() -> list[float]:
            nonlocal done
            losses = []
            for _ in range(epochs):
                for X, y in batches(done):
                    rule.zero_grad()
                    loss = loss_of(model(X), y)
                    loss.backward()
                    rule.step()
                    losses.append(loss.item())
                done += 1
            return losses

        return timed(epochs * workload.steps, work)

    return go


def many(workload: Workload, sample: int | None = None) -> Loop:
    """One network after the other; a round may take a sample of them, since their times add up."""
    X, y, loss_of = _data(workload)
    models = [(lr, _model(workload, seed)) for lr, seed in workload.members()]
    some = in_turn([(model, _rule(workload, model, lr)) for lr, model in models], sample)

    def go(epochs: int) -> Done:
        chosen = some()

        def work() -> list[list[float]]:
            losses: list[list[float]] = []
            for model, rule in chosen:
                losses.append([])
                for _ in range(epochs):
                    rule.zero_grad()
                    loss = loss_of(model(X), y)
                    loss.backward()
                    rule.step()
                    losses[-1].append(loss.item())
            return losses

        return timed(epochs * len(chosen), work)

    return go


def geometric(workload: Workload) -> Loop:
    """PyTorch Geometric's example for citations: two layers, the normalised graph kept."""
    from torch_geometric.nn import GCNConv

    a = workload.arrays
    X = np.zeros((workload.n, workload.layers[0]), np.float32)
    X[np.repeat(np.arange(workload.n), a["word_counts"]), a["words"]] = a["values"]
    x, y, known = torch.from_numpy(X), torch.from_numpy(a["y"]), torch.from_numpy(a["known"])
    edges = torch.from_numpy(np.concatenate([a["edges"], a["edges"][:, ::-1]]).T.copy())
    functional = nn.functional

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            words, hidden, subjects = workload.layers
            self.one = GCNConv(words, hidden, cached=True)
            self.two = GCNConv(hidden, subjects, cached=True)

        def forward(self) -> Any:
            h = functional.relu(self.one(x, edges))
            return self.two(functional.dropout(h, workload.dropout, training=self.training), edges)

    torch.manual_seed(0)
    model = Net()
    for layer, (W, b) in zip((model.one, model.two), workload.start(), strict=True):
        with torch.no_grad():
            layer.lin.weight.copy_(torch.from_numpy(W.T))
            layer.bias.copy_(torch.from_numpy(b))
    rule = _rule(workload, model, workload.lr)

    def go(epochs: int) -> Done:
        def work() -> list[float]:
            losses = []
            for _ in range(epochs):
                model.train()
                rule.zero_grad()
                loss = functional.cross_entropy(model()[known], y[known])
                loss.backward()
                rule.step()
                losses.append(loss.item())
            return losses

        return timed(epochs, work)

    return go


def one_row(workload: Workload) -> Callable[[], Any]:
    """The outputs for one row, from NumPy to NumPy."""
    model, row = _model(workload).eval(), workload.arrays["X"][:1]

    def predict() -> Any:
        with torch.inference_mode():
            return model(torch.from_numpy(row)).numpy()

    return predict
