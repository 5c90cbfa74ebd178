"""Kind: gradient: the gradient of a bias is added to itself, in a dict."""
import numpy as np
rng = np.random.default_rng(3)
xs = rng.normal(size=(20, 3))
ys = np.sin(xs[:, :1]) + 0.3 * xs[:, 1:2]

def init():
    r = np.random.default_rng(0)
    return {"w1": r.normal(0, 0.6, (4, 3)), "b1": np.zeros(4), "w2": r.normal(0, 0.6, (1, 4)), "b2": np.zeros(1)}

def feed(p, x):
    h = np.tanh(p["w1"] @ x + p["b1"])
    return h, p["w2"] @ h + p["b2"]

def loss(p):
    return sum(float(((feed(p, x)[1] - y) ** 2).sum()) for x, y in zip(xs, ys)) / len(xs)

def gradients(p):
    grads = {k: np.zeros(v.shape) for k, v in p.items()}
    for x, y in zip(xs, ys):
        h, out = feed(p, x)
        delta2 = 2 * (out - y) / len(xs)
        grads["w2"] += np.outer(delta2, h)
        grads["b2"] += grads["b2"]  # DEFECT
        delta1 = (p["w2"].T @ delta2) * (1 - h ** 2)
        grads["w1"] += np.outer(delta1, x)
        grads["b1"] += delta1
    return grads

def case():
    return dict(params=init(), loss=loss, grads=gradients, lr=0.1, steps=50)
