"""XOR learned, fifty times at once: a 2-4-1 network with Adam, and how often it fails.

The weights have one more axis in front, one entry for each network: NumPy then trains all fifty in one go. A network
of four relu units has hardly more than it needs, and where one unit is dead from the start, XOR is out of reach.
"""

import numpy as np

import cutaway as ca

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])

# Each activation with its slope, computed from its output.
ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0), lambda a: np.where(a > 0, 1.0, 0.0)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
}


def start(seeds, hidden=4):
    """Return first weights, uniform within ``1 / sqrt(inputs)``; the first axis counts the networks."""
    rngs = [np.random.default_rng(seed) for seed in seeds]

    def uniform(inputs, *shape):
        return np.stack([rng.uniform(-1, 1, shape) / np.sqrt(inputs) for rng in rngs])

    return {
        "W1": uniform(2, 2, hidden),
        "b1": uniform(2, 1, hidden),
        "W2": uniform(hidden, hidden, 1),
        "b2": uniform(hidden, 1, 1),
    }


def forward(p, activation="relu"):
    """Return hidden values (networks, 4, hidden) and logits (networks, 4, 1)."""
    A1 = ACTIVATIONS[activation][0](X @ p["W1"] + p["b1"])
    return A1, A1 @ p["W2"] + p["b2"]


def losses(p, activation="relu"):
    """Return the cross-entropy of each network, shape (networks,), from the logits, so that nothing overflows."""
    Z2 = forward(p, activation)[1]
    return np.mean(np.logaddexp(0, Z2) - Y * Z2, axis=(1, 2))


def backward(p, activation="relu"):
    A1, Z2 = forward(p, activation)
    dZ2 = (1 / (1 + np.exp(-Z2)) - Y) / len(X)
    dZ1 = dZ2 @ p["W2"].mT * ACTIVATIONS[activation][1](A1)
    return {
        "W1": X.T @ dZ1,
        "b1": dZ1.sum(axis=1, keepdims=True),
        "W2": A1.mT @ dZ2,
        "b2": dZ2.sum(axis=1, keepdims=True),
    }


def train(p, activation="relu", lr=0.1, epochs=1000):
    """Train with Adam; return the weights, and the losses (epochs, networks) before each update."""
    mean, square = ({k: np.zeros_like(v) for k, v in p.items()} for _ in range(2))
    seen = []
    for t in range(1, epochs + 1):
        seen.append(losses(p, activation))
        g = backward(p, activation)
        mean = {k: 0.9 * mean[k] + 0.1 * g[k] for k in p}
        square = {k: 0.999 * square[k] + 0.001 * g[k] ** 2 for k in p}
        p = {
            k: p[k] - lr * mean[k] / (1 - 0.9**t) / (np.sqrt(square[k] / (1 - 0.999**t)) + 1e-8)
            for k in p
        }  # fmt: skip
    return p, np.array(seen)


def main():
    p, seen = train(start(range(50)))
    print(f"2-4-1, relu: {sum(v[0].size for v in p.values())} parameters")
    for epoch in range(0, 1000, 200):
        print(f"epoch {epoch:4}: loss of seed 0 {seen[epoch, 0]:.8f}, median of 50 seeds {np.median(seen[epoch]):.8f}")
    stuck = np.unique(losses(p)[losses(p) > 0.1].round(3))
    print(f"the failures are stuck at losses of {stuck}: 2, 3 or 4 of the points lie together\n")

    print("networks of 50 that learn XOR:")
    for activation, hidden in [("relu", 4), ("relu", 16), ("tanh", 4)]:
        p, _ = train(start(range(50), hidden), activation)
        solved = ((forward(p, activation)[1] > 0) == Y).all(axis=(1, 2)).sum()
        print(f"  {hidden:2} {activation} units  {solved}")

    p = start([3])
    exact, by_hand = ca.grad(lambda p: losses(p)[0])(p), backward(p)
    print(f"\nby hand and recorded gradients differ by {max(np.abs(exact[k] - by_hand[k]).max() for k in p):.0e}")


if __name__ == "__main__":
    main()
