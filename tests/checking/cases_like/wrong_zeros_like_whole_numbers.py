"""Kind: data. zeros_like of pictures of whole numbers holds whole numbers: all scaled pixels become 0."""
import numpy as np

q = np.random.RandomState(21)
base = q.randint(30, 200, (3, 16))
c = q.randint(0, 3, 60)
photos = np.clip(base[c] + q.normal(0, 25, (60, 16)), 0, 254).astype(np.uint8)


def preprocess(images):
    scaled = np.zeros_like(images)  # DEFECT
    for i, picture in enumerate(images):
        scaled[i] = picture / 255.0
    return scaled


X = preprocess(photos)
T = np.eye(3)[c]


def init():
    r = np.random.RandomState(0)
    return {"W": r.randn(16, 8) / 4, "b": np.zeros(8), "V": r.randn(8, 3) / 3, "c": np.zeros(3)}


def out(p):
    h = np.tanh(X @ p["W"] + p["b"])
    z = h @ p["V"] + p["c"]
    e = np.exp(z - z.max(1, keepdims=True))
    return h, e / e.sum(1, keepdims=True)


def loss(p):
    return float(-(T * np.log(out(p)[1] + 1e-12)).sum(1).mean())


def grads(p):
    h, o = out(p)
    d = (o - T) / 60
    e = d @ p["V"].T * (1 - h**2)
    return {"W": X.T @ e, "b": e.sum(0), "V": h.T @ d, "c": d.sum(0)}


def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.5, steps=100)
