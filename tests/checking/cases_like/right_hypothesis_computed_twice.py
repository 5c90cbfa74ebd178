"""Correct. Both terms of the cross-entropy compute the hypothesis anew."""
import numpy as np
rng = np.random.RandomState(9)
X = np.hstack([np.ones((60, 1)), rng.randn(60, 3)]); y = (X @ np.array([.2, 1, -2, .5]) + .5 * rng.randn(60) > 0) * 1.
def h(theta): return 1 / (1 + np.exp(-X @ theta))
def J(theta): return float(-np.mean(y * np.log(h(theta)) + (1 - y) * np.log(1 - h(theta))))
def dJ(theta): return X.T @ (h(theta) - y) / len(y)
def train(steps=60):
    theta = np.zeros(4); state = {"acc": -1., "theta": None}; costs = []
    for it in range(steps):
        theta -= .3 * dJ(theta)
        costs.append(J(theta))
        acc = np.mean((h(theta) > .5) == y)
        if acc >= state["acc"]:
            state["acc"] = acc
            state["theta"] = theta.copy()
    return costs, state["theta"]
def case(): return dict(params={"theta": np.zeros(4)}, loss=lambda p: J(p["theta"]), grads=lambda p: {"theta": dJ(p["theta"])}, lr=.3, steps=60, train=train)
