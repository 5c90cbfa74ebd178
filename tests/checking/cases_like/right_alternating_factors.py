"""Correct: each factor moves along its gradient at the newest values of the other."""
import numpy as np
r = np.random.default_rng(1)
R = r.normal(size=(6, 3)) @ r.normal(size=(3, 5))
def start(): q = np.random.default_rng(2); return q.normal(size=(6, 3)) * .5, q.normal(size=(5, 3)) * .5
def loss(U, V): return float(np.sum((R - U @ V.T) ** 2) / 2)
def grads(U, V): E = R - U @ V.T; return -E @ V, -E.T @ U
def train(steps=20, eta=.03):
    U, V = start(); h = []
    for _ in range(steps):
        U = U - eta * grads(U, V)[0]
        V = V - eta * grads(U, V)[1]
        h.append(loss(U, V))
    return h, (U, V)
def case(): return dict(params=dict(zip("UV", start())), loss=lambda p: loss(p["U"], p["V"]), grads=lambda p: dict(zip("UV", grads(p["U"], p["V"]))), lr=.03, steps=20, train=train)
