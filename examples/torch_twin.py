"""A network and its PyTorch twin, trained side by side from the same weights: they take the same way.

Then the twin's source, which needs nothing of cutaway, and the trained weights back in a network. Needs PyTorch.
"""

import numpy as np

import cutaway as ca

try:
    import torch
except ImportError:
    raise SystemExit("This example needs PyTorch: pip install torch") from None

EPOCHS, RATE = 1000, 0.5


def start(rng_seed=42):
    """The first weights of the two-moons network, 2-8-1: normal numbers of deviation one half, biases zero."""
    np.random.seed(rng_seed)
    W1 = np.random.randn(2, 8) * 0.5
    W2 = np.random.randn(8, 1) * 0.5
    return W1, W2


def twin_loop(module, X, y):
    """Train the module as a reader of PyTorch's tutorials would."""
    criterion, optimizer = torch.nn.BCELoss(), torch.optim.SGD(module.parameters(), lr=RATE)
    losses = []
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        loss = criterion(module(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def main():
    data = ca.data.load("moons", n_samples=500, noise=0.2, seed=42)
    W1, W2 = start()
    layers = [ca.Dense(8, "sigmoid", weights=W1), ca.Dense(1, "sigmoid", weights=W2)]
    net = ca.Network(layers, dtype="float64").build(2)
    twin = net.to_torch().train()

    history = net.fit(data.X, data.y, optimizer=ca.SGD(RATE), epochs=EPOCHS, progress=False)
    X, y = torch.tensor(data.X), torch.tensor(data.y[:, None], dtype=torch.float64)
    losses = twin_loop(twin, X, y)

    print("epoch      cutaway       PyTorch")
    for epoch in (1, 100, 500, 1000):
        print(f"{epoch:5}  {history['loss'][epoch - 1]:.10f}  {losses[epoch - 1]:.10f}")
    apart = np.abs(np.array(losses) - history["loss"]).max()
    print(f"never further apart than 1e-12: {apart < 1e-12}")
    print(f"accuracy of both: {history.last['accuracy']:.3f} {((twin(X) > 0.5) == y).double().mean().item():.3f}")

    source = ca.export.torch.source(net)
    print("\nThe source of the twin, without its training loop:\n")
    print(source[source.index("class ") : source.index("\n\n\ndef loss_of")])

    names = {}
    exec(source, names)  # what a file of it would define
    again = names["Network"]()
    again.load_state_dict(net.to_torch().state_dict())
    print(f"\nrun by itself, it answers the same: {torch.equal(again(X), net.to_torch()(X))}")

    back = ca.Network(layers, dtype="float64").build(2)
    back.load_state_dict(twin.state_dict())
    print(f"its trained weights, back in a network: {np.abs(back(data.X) - net(data.X)).max() < 1e-10}")


if __name__ == "__main__":
    main()
