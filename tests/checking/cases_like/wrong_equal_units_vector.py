"""Kind: initialization. Equal hidden units whose outgoing weights are a vector."""
import numpy as np
x = np.array([[0., 0], [0, 1], [1, 0], [1, 1]]); y = np.array([0., 1, 1, 0])
def start(): return {"H": np.full((4, 2), .3), "b": np.full(4, .1), "v": np.full(4, .5), "c": np.zeros(())}  # DEFECT
def net(p):
    h = np.tanh(x @ p["H"].T + p["b"]); return h, h @ p["v"] + p["c"]
def loss(p): return float(np.mean((net(p)[1] - y) ** 2))
def grads(p):
    h, o = net(p); d = 2 * (o - y) / 4; e = np.outer(d, p["v"]) * (1 - h ** 2)
    return {"H": e.T @ x, "b": e.sum(0), "v": h.T @ d, "c": d.sum()}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.2, steps=300)
