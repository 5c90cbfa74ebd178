"""Correct. A dict of gradients beside a dict of parameters, with a copy of the best ones."""
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(20, 3)); t = np.sin(X[:, :1]) + rng.normal(0, .3, (20, 1))
Xv = rng.normal(size=(50, 3)); tv = np.sin(Xv[:, :1]) + rng.normal(0, .3, (50, 1))
params = {"W1": rng.normal(0, 1, (3, 20)), "b1": np.zeros(20), "W2": rng.normal(0, .3, (20, 1)), "b2": np.zeros(1)}

def predict(p, x):
    h = np.tanh(x @ p["W1"] + p["b1"])
    return h, h @ p["W2"] + p["b2"]

lowest, best = float("inf"), None
for epoch in range(300):
    h, out = predict(params, X)
    loss = np.mean((out - t) ** 2)
    d = 2 * (out - t) / len(X)
    dh = d @ params["W2"].T * (1 - h ** 2)
    grads = {"W1": X.T @ dh, "b1": dh.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
    for k in params:
        params[k] -= 0.1 * grads[k]
    val = np.mean((predict(params, Xv)[1] - tv) ** 2)
    if val < lowest:
        lowest = val
        best = {k: v.copy() for k, v in params.items()}
print("best", lowest, "test", np.mean((predict(best, Xv)[1] - tv) ** 2))
