"""The tutorials' graph network on Cora, step for step beside PyTorch Geometric: the same losses and the same answers.

Dropout is left out, since the two draw other masks; first weights are shared. What is left of a difference between mean
accuracies over seeds is then chance.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cutaway as ca

torch = pytest.importorskip("torch", reason="the recipe is PyTorch Geometric's")
geometric = pytest.importorskip("torch_geometric.nn", reason="the recipe is PyTorch Geometric's")
pytestmark = pytest.mark.torch
EPOCHS = 60  # of 200: enough, as a difference would grow from step to step


def test_its_epochs_are_the_same(data_folder: Path) -> None:
    data = ca.data.load("cora", data_dir=data_folder)
    words = (data.X > 0).astype(float)  # as tutorials have them, not normalised
    layers = [ca.GraphConv(16, data.adjacency, "relu"), ca.GraphConv(7, data.adjacency, "softmax")]
    net = ca.Network(layers, seed=0, dtype="float64").build(1433)

    theirs = [geometric.GCNConv(1433, 16).double(), geometric.GCNConv(16, 7).double()]
    with torch.no_grad():
        for layer, params in zip(theirs, net.params, strict=True):
            layer.lin.weight.copy_(torch.tensor(params["W"].T))
            layer.bias.copy_(torch.tensor(params["b"]))
    X, y, edges = torch.tensor(words.toarray()), torch.tensor(data.y), torch.tensor(np.array(data.adjacency.nonzero()))
    rule = torch.optim.Adam([p for layer in theirs for p in layer.parameters()], lr=0.01, weight_decay=5e-4)
    known, losses = torch.tensor(data.train), []
    for _ in range(EPOCHS):
        rule.zero_grad()
        outputs = theirs[1](torch.relu(theirs[0](X, edges)), edges)
        loss = torch.nn.functional.cross_entropy(outputs[known], y[known])
        loss.backward()
        rule.step()
        losses.append(loss.item())

    history = net.fit(
        words, data.y, rows=data.train, optimizer=ca.Adam(0.01, weight_decay=5e-4), epochs=EPOCHS, progress=False
    )
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-9)
    answers = theirs[1](torch.relu(theirs[0](X, edges)), edges).argmax(dim=1).numpy()
    assert np.mean(net.predict(words) == answers) > 0.999
