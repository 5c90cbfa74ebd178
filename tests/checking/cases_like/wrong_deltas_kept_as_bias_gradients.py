"""Kind: gradient: deltas given as bias gradients, not summed."""
import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(size=(3, 24))
Y = (X.sum(axis=0, keepdims=True) > 0).astype(float)
sizes = [3, 5, 4, 1]

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def start():
    r = np.random.default_rng(0)
    p = {}
    for l in range(1, 4):
        p[f"W{l}"] = r.normal(0, 0.7, (sizes[l], sizes[l - 1]))
        p[f"b{l}"] = np.zeros((sizes[l], 1))
    return p

def forward(p):
    acts = [X]
    for l in range(1, 4):
        acts.append(sigmoid(p[f"W{l}"] @ acts[-1] + p[f"b{l}"]))
    return acts

def loss(p):
    a = forward(p)[-1]
    return float(-np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a)))

def grads(p):
    acts = forward(p)
    g = {}
    delta = (acts[-1] - Y) / Y.size
    for l in (3, 2, 1):
        g[f"W{l}"] = delta @ acts[l - 1].T
        g[f"b{l}"] = delta  # DEFECT
        if l > 1:
            delta = p[f"W{l}"].T @ delta * acts[l - 1] * (1 - acts[l - 1])
    return g

def case():
    return dict(params=start(), loss=loss, grads=grads, lr=0.5, steps=40)
