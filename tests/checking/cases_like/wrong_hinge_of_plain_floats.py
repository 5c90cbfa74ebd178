"""Kind: data/loss. Labels 0 and 1 in a hinge loss, number by number in loops."""
import numpy as np
rng = np.random.default_rng(4)
pts = np.vstack([rng.normal(-1, 1, (40, 3)), rng.normal(1, 1, (40, 3))]).tolist()
cls = [0] * 40 + [1] * 40   # DEFECT
def score(w, b, x):
    s = b
    for j in range(len(x)):
        s = s + w[j] * x[j]
    return s
def loss(p):
    total = 0.0
    for x, t in zip(pts, cls):
        m = t * score(p["w"], p["b"], x)
        if m < 1:
            total = total + 1 - m
    return total / len(pts)
def grads(p):
    gw, gb = np.zeros(3), 0.0
    for x, t in zip(pts, cls):
        if t * score(p["w"], p["b"], x) < 1:
            for j in range(3):
                gw[j] -= t * x[j]
            gb -= t
    return {"w": gw / len(pts), "b": gb / len(pts)}
def train(steps=50):
    w, b, h = np.zeros(3), 0.0, []
    for _ in range(steps):
        h.append(loss({"w": w, "b": b}))
        g = grads({"w": w, "b": b})
        w, b = w - 0.1 * g["w"], b - 0.1 * g["b"]
    return h, (w, b)
def case():
    return dict(params={"w": np.array([.1, -.1, .2]), "b": np.array(0.05)}, loss=loss, grads=grads, lr=.1, steps=50, train=train)
