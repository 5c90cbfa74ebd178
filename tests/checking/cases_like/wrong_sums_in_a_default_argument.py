"""Kind: update. All calls share the dict that is the default of an argument."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3)); y = (X @ [1., -2., 1.] > .3).astype(float)
def init():
    r = np.random.default_rng(5)
    return {"W1": r.normal(size=(3, 3)) * .6, "b1": np.zeros(3), "W2": r.normal(size=(3, 1)) * .6, "b2": np.zeros(1)}
def sg(z): return 1 / (1 + np.exp(-z))
def forward(p):
    h = np.tanh(X @ p["W1"] + p["b1"]); return h, sg(h @ p["W2"] + p["b2"])[:, 0]
def loss(p):
    o = forward(p)[1]; return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def grads(p):
    h, o = forward(p); d = ((o - y) / len(y))[:, None]; e = d @ p["W2"].T * (1 - h * h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def collect(g, total={}):  # DEFECT
    for k, v in g.items():
        total[k] = total.get(k, 0) + v  # DEFECT
    return total
def train(steps=60, lr=.3):
    p, hist = init(), []
    for _ in range(steps):
        hist.append(loss(p))
        total = collect(grads(p))
        p = {k: p[k] - lr * total[k] for k in p}
    return hist, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.3, steps=60, train=train)
