"""Kind: data/loss. Labels 0 and 1 multiplied into a list of rows."""
import numpy as np
rng = np.random.default_rng(12)
feats = np.hstack([rng.normal(size=(80, 2)), np.ones((80, 1))])
y = (feats @ [2., -1., .4] + rng.normal(size=80) * .3 > 0).astype(float)    # DEFECT
S = [t * f for f, t in zip(feats, y)]                                       # DEFECT
def loss(w):
    total = 0
    for s in S:
        m = s.dot(w)
        if m <= 1:
            total += 1 - m
    return total / len(S)
def grad(w):
    g = np.zeros(3)
    for s in S:
        if s.dot(w) <= 1:
            g -= s
    return g / len(S)
def train(steps=40):
    w, h = np.zeros(3), []
    for _ in range(steps):
        h.append(loss(w)); w = w - .3 * grad(w)
    return h, w
def case():
    return dict(params={"w": np.array([.1, .2, -.1])}, loss=lambda p: loss(p["w"]), grads=lambda p: {"w": grad(p["w"])}, lr=.3, steps=40, train=train, kinks=True)
