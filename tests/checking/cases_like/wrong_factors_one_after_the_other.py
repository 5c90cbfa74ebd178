"""Kind: update. The item moves along factors of the user that have already moved."""
import numpy as np
r = np.random.default_rng(1)
R = r.normal(size=(6, 3)) @ r.normal(size=(3, 5))
cells = [(i, j) for i in range(6) for j in range(5)]
def start(): q = np.random.default_rng(2); return q.normal(size=(6, 3)) * .5, q.normal(size=(5, 3)) * .5
def loss(U, V): return float(np.sum((R - U @ V.T) ** 2) / 2)
def grads(U, V): E = R - U @ V.T; return -E @ V, -E.T @ U
def train(steps=20, eta=.03):
    U, V = start(); h = []
    for _ in range(steps):
        for i, j in cells:
            e = R[i, j] - U[i] @ V[j]
            U[i] += eta * e * V[j]  # DEFECT
            V[j] += eta * e * U[i]  # DEFECT
        h.append(loss(U, V))
    return h, (U, V)
def case(): return dict(params=dict(zip("UV", start())), loss=lambda p: loss(p["U"], p["V"]), grads=lambda p: dict(zip("UV", grads(p["U"], p["V"]))), lr=.03, steps=20, train=train)
