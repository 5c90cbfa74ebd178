"""Kind: update. The step moves all but the hidden bias; gradients are the mean of what it changes."""
import numpy as np
rng = np.random.RandomState(2)
xs = rng.uniform(-1, 1, (10, 2)); ys = np.sin(xs[:, 0] * 2) * xs[:, 1]
def f(w, x):
    h = np.tanh(w["wh"] @ x + w["bh"])
    return h, w["wo"] @ h + w["bo"]
def sgd(w, x, y, lr):
    h, o = f(w, x)
    d = o - y
    dh = d * w["wo"] * (1 - h * h)
    new = dict(w)
    new["wo"] = w["wo"] - lr * d * h  # DEFECT
    new["bo"] = w["bo"] - lr * d  # DEFECT
    new["wh"] = w["wh"] - lr * np.outer(dh, x)  # DEFECT
    return new
def loss(w):
    return sum(0.5 * (f(w, x)[1] - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
def grads(w):
    return {k: np.mean([(w[k] - sgd(w, x, y, 0.1)[k]) / 0.1 for x, y in zip(xs, ys)], axis=0) for k in w}
def case():
    r = np.random.RandomState(0)
    return dict(params=dict(wh=r.randn(4, 2) * .6, bh=np.zeros(4), wo=r.randn(4) * .6, bo=np.zeros(())), loss=loss, grads=grads, lr=.1, steps=300)
