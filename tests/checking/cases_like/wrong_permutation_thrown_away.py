"""Kind: data. A permutation is drawn in each epoch and nothing takes it."""
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 2)) * 1; lab = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0); T = np.eye(3)[lab]
def start():
    r = np.random.default_rng(1)
    return {"W1": r.normal(0, .5, (2, 8)), "b1": np.zeros(8), "W2": r.normal(0, .5, (8, 3)), "b2": np.zeros(3)}
def forward(p, x):
    h = np.tanh(x @ p["W1"] + p["b1"]); s = h @ p["W2"] + p["b2"]
    e = np.exp(s - s.max(1, keepdims=True)); return h, e / e.sum(1, keepdims=True)
def back(p, x, t):
    h, q = forward(p, x); d = (q - t) / len(x); e = d @ p["W2"].T * (1 - h ** 2)
    return {"W1": x.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def grads(p): return back(p, X, T)
def loss(p): return float(-np.mean(np.sum(T * np.log(forward(p, X)[1] + 1e-12), axis=1)))
def train(steps=20, lr=.5, size=12):
    p, r, hist = start(), np.random.default_rng(0), []
    idx = np.arange(60)
    for e in range(steps):
        r.permutation(len(X))  # DEFECT
        for s in range(0, 60, size):
            g = back(p, X[idx[s:s + size]], T[idx[s:s + size]])
            p = {k: p[k] - lr * g[k] for k in p}
        hist.append(loss(p))
    return hist, p
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.5, steps=20, train=train)
