"""Kind: data. random.shuffle swaps the rows of an array through views: some are doubled, others are gone."""
import random

import numpy as np

R = np.random.RandomState(1)
ROWS = np.c_[R.rand(24, 2), np.zeros(24)]
ROWS[:, 2] = ROWS[:, 0] > ROWS[:, 1]


class Neuron:
    def __init__(self):
        self.w, self.b = np.zeros(2), np.zeros(1)

    def cost(self, data):
        o = 1 / (1 + np.exp(-(data[:, :2] @ self.w + self.b)))
        return float(np.mean((o - data[:, 2]) ** 2))

    def gradient(self, data):
        o = 1 / (1 + np.exp(-(data[:, :2] @ self.w + self.b)))
        d = 2 * (o - data[:, 2]) * o * (1 - o) / len(data)
        return data[:, :2].T @ d, np.array([d.sum()])

    def fit(self, data, epochs):
        history = []
        for _ in range(epochs):
            history.append(self.cost(ROWS))
            random.shuffle(data)  # DEFECT
            for k in range(0, len(data), 6):
                gw, gb = self.gradient(data[k : k + 6])
                self.w, self.b = self.w - gw, self.b - gb
        return history


def of(p):
    n = Neuron()
    n.w, n.b = p["w"], p["b"]
    return n


def train(steps=50):
    n = Neuron()
    return n.fit(ROWS.copy(), steps), n


def case():
    return dict(
        params={"w": np.zeros(2), "b": np.zeros(1)},
        loss=lambda p: of(p).cost(ROWS),
        grads=lambda p: dict(zip(("w", "b"), of(p).gradient(ROWS))),
        lr=1.0,
        steps=50,
        train=train,
    )
