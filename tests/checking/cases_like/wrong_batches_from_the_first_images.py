"""Kind: data. The batch starts at i instead of i * size: only the first images are ever seen."""
import numpy as np

g = np.random.RandomState(2)
labels = np.repeat([0.0, 1.0], 20)
imgs = g.randn(40, 6, 6) * 0.3
imgs[:20, 2] += 1
imgs[20:, :, 2] += 1


def patches(x):
    return np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2)).reshape(len(x), 16, 9)


def forward(p, x):
    c = patches(x)
    z = c @ p["F"] + p["f"]
    m = (np.maximum(z, 0) ** 2).mean(axis=1)
    return c, z, m, 1 / (1 + np.exp(-(m @ p["w"] + p["b"])))


def loss(p, x=imgs, y=labels):
    o = forward(p, x)[3]
    return float(-np.mean(y * np.log(o + 1e-12) + (1 - y) * np.log(1 - o + 1e-12)))


def backward(p, x=imgs, y=labels):
    c, z, m, o = forward(p, x)
    d = (o - y) / len(y)
    dz = np.outer(d, p["w"])[:, None, :] / 16 * 2 * np.maximum(z, 0)
    return {"F": np.einsum("npf,npk->fk", c, dz), "f": dz.sum((0, 1)), "w": m.T @ d, "b": np.array([d.sum()])}


def start():
    r = np.random.RandomState(0)
    return {"F": r.randn(9, 4) * 0.5, "f": np.zeros(4), "w": r.randn(4) * 0.5, "b": np.zeros(1)}


def train(steps=30, size=8):
    p, history = start(), []
    for epoch in range(steps):
        history.append(loss(p))
        for i in range(len(imgs) // size):
            xb, yb = imgs[i : i + size], labels[i : i + size]  # DEFECT
            d = backward(p, xb, yb)
            p = {k: p[k] - 0.3 * d[k] for k in p}
    return history, p


def case():
    return dict(params=start(), loss=loss, grads=backward, lr=0.3, steps=30, train=train, kinks=True)
