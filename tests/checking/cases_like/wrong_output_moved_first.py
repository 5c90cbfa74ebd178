"""Kind: update. The output weights move in place before the hidden error is computed, row by row."""
import numpy as np

r = np.random.RandomState(0)
data = [(r.randn(4), r.randn(2)) for _ in range(12)]


def start():
    q = np.random.RandomState(1)
    return [q.randn(5, 4) * 0.5, np.zeros(5), q.randn(2, 5) * 0.5, np.zeros(2)]


def forward(P, x):
    h = np.tanh(P[0] @ x + P[1])
    return h, P[2] @ h + P[3]


def cost(P):
    return sum(np.sum((forward(P, x)[1] - t) ** 2) / 2 for x, t in data) / len(data)


def backprop(P, x, t):
    h, o = forward(P, x)
    e = o - t
    k = (P[2].T @ e) * (1 - h * h)
    return [np.outer(k, x), k, np.outer(e, h), e]


def grads(P):
    parts = [backprop(P, x, t) for x, t in data]
    return [sum(p[i] for p in parts) / len(data) for i in range(4)]


def train(steps=30, eta=0.05):
    P, seen = start(), []
    for s in range(steps):
        for x, t in data:
            h, o = forward(P, x)
            e = o - t
            P[2] -= eta * np.outer(e, h)  # DEFECT
            P[3] -= eta * e
            k = (P[2].T @ e) * (1 - h * h)  # DEFECT
            P[0] -= eta * np.outer(k, x)
            P[1] -= eta * k
        seen.append(cost(P))
    return seen, P


def case():
    return dict(params=start(), loss=cost, grads=grads, lr=0.05, steps=30, train=train)
