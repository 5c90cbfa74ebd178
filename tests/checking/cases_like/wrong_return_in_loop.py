"""Kind: update. The function returns in the first round of its loop."""
import numpy as np
g = np.random.RandomState(2); X = g.randn(90, 3); y = (X @ [1., 2, -1] + .5)[:, None]
def init(): return {"w": np.zeros((3, 1)), "b": np.zeros((1, 1))}
def loss(p): return float(np.mean((X @ p["w"] + p["b"] - y) ** 2))
def grads(p): e = 2 * (X @ p["w"] + p["b"] - y) / len(X); return {"w": X.T @ e, "b": e.sum(0, keepdims=True)}
def train(steps=100, lr=.1):
    p, history = init(), []
    for epoch in range(steps):
        d = grads(p)
        p = {k: p[k] - lr * d[k] for k in p}
        history.append(loss(p))
        return history, p                                      # DEFECT
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=100, train=train)
