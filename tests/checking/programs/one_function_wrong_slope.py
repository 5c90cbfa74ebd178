import numpy as np


def train(seed=0, steps=200, eta=0.2):
    rng = np.random.RandomState(seed)
    x = rng.uniform(-1, 1, (50, 3))
    t = np.sin(x.sum(axis=1, keepdims=True))
    w1, c1 = rng.randn(3, 7) * 0.6, np.zeros(7)
    w2, c2 = rng.randn(7, 5) * 0.5, np.zeros(5)
    w3, c3 = rng.randn(5, 1) * 0.5, np.zeros(1)
    costs = []
    for step in range(steps):
        h1 = np.tanh(x @ w1 + c1)
        h2 = np.tanh(h1 @ w2 + c2)
        out = h2 @ w3 + c3
        costs.append(0.5 * np.mean((out - t) ** 2))
        d3 = (out - t) / len(x)
        d2 = (d3 @ w3.T) * (1 - h2**2)
        d1 = (d2 @ w2.T) * (1 - h1)
        w3 = w3 - eta * (h2.T @ d3)
        c3 = c3 - eta * d3.sum(axis=0)
        w2 = w2 - eta * (h1.T @ d2)
        c2 = c2 - eta * d2.sum(axis=0)
        w1 = w1 - eta * (x.T @ d1)
        c1 = c1 - eta * d1.sum(axis=0)
    return costs


if __name__ == "__main__":
    history = train()
    print(history[0], history[-1])
