import numpy as np
from sklearn.datasets import load_digits

digits = load_digits(n_class=3)
X = digits.images[:30] / 16
y = digits.target[:30]
K, C = 3, 4


def init():
    r = np.random.RandomState(3)
    return {"F": r.randn(C, K, K) * 0.4, "f": r.randn(C) * 0.1, "W": r.randn(C * 36, 3) * 0.1, "b": np.zeros(3)}


def conv(p):
    out = np.zeros((len(X), C, 6, 6))
    for i in range(6):
        for j in range(6):
            patch = X[:, i:i + K, j:j + K]
            out[:, :, i, j] = np.tensordot(patch, p["F"], axes=([1, 2], [1, 2])) + p["f"]
    return out


def forward(p):
    z = conv(p)
    a = np.maximum(z, 0)
    flat = a.reshape(len(X), -1)
    s = flat @ p["W"] + p["b"]
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return z, a, flat, e / e.sum(axis=1, keepdims=True)


def loss(p):
    probs = forward(p)[3]
    return float(-np.mean(np.log(probs[np.arange(len(y)), y] + 1e-12)))


def grads(p):
    z, a, flat, probs = forward(p)
    d = probs.copy()
    d[np.arange(len(y)), y] -= 1
    d /= len(y)
    g = {"W": flat.T @ d, "b": d.sum(axis=0)}
    da = (d @ p["W"].T).reshape(a.shape)
    dz = da * (z > 0)
    g["F"] = np.zeros_like(p["F"])
    for i in range(6):
        for j in range(6):
            g["F"] += np.tensordot(dz[:, :, i, j], X[:, i:i + K, j:j + K], axes=([0], [0]))
    g["f"] = dz.sum(axis=(0, 2, 3))
    return g


def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.5, steps=40)
