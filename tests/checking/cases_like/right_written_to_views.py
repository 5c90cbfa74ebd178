"""Correct: rows of slices are views, and lists hold arrays."""
import numpy as np
r0 = np.random.default_rng(3)
ids = r0.integers(0, 6, 40); y = (ids % 3)
T = np.eye(3)[y]
def start():
    r = np.random.default_rng(1)
    return {"E": r.normal(0, .5, (6, 4)), "V": r.normal(0, .5, (4, 3))}
def forward(p):
    h = p["E"][ids]; s = h @ p["V"]; e = np.exp(s - s.max(1, keepdims=True)); return h, e / e.sum(1, keepdims=True)
def loss(p): return float(-np.mean(np.sum(T * np.log(forward(p)[1]), axis=1)))
def grads(p):
    h, q = forward(p); d = (q - T) / len(ids); e = d @ p["V"].T
    dE = np.zeros_like(p["E"]); grid = [np.zeros((2, 2))] * 1
    for n in range(len(ids)):
        dE[ids[n]][:] += e[n]
        dE[ids[n]:][0][0] += 0.
    grid[0][1] += 1.
    return {"E": dE, "V": h.T @ d}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.5, steps=50)
