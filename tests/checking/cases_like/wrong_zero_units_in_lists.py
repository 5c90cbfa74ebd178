"""Kind: initialization. Units with lists of zeros: sigmoids stay copies."""
import numpy as np
g0 = np.random.default_rng(5)
pts = g0.normal(size=(80, 2)); lab = (pts[:, 0] * pts[:, 1] > 0) * 1.
s = lambda z: 1 / (1 + np.exp(-z))
class Unit:
    def __init__(self, n): self.w = [0.0] * n; self.bias = 0.0    # DEFECT
class Model:
    def __init__(self, hidden=5):
        self.units = [Unit(2) for _ in range(hidden)]
        self.final = Unit(hidden)
    def forward(self):
        self.h = [s(pts @ np.array(u.w) + u.bias) for u in self.units]
        self.o = s(sum(w * h for w, h in zip(self.final.w, self.h)) + self.final.bias)
        return self.o
def pack(m): return {"hw": np.array([u.w for u in m.units]), "hb": np.array([u.bias for u in m.units]), "fw": np.array(m.final.w), "fb": np.array(m.final.bias)}
def unpack(p):
    m = Model()
    for u, w, b in zip(m.units, p["hw"], p["hb"]): u.w, u.bias = w, b
    m.final.w, m.final.bias = p["fw"], p["fb"]
    return m
def loss(p):
    o = unpack(p)
    h = [s(pts @ u.w + u.bias) for u in o.units]
    out = s(sum(w * v for w, v in zip(o.final.w, h)) + o.final.bias)
    return -np.mean(lab * np.log(out) + (1 - lab) * np.log(1 - out))
def grads(p):
    H = s(pts @ p["hw"].T + p["hb"]); o = s(H @ p["fw"] + p["fb"]); d = (o - lab) / len(lab)
    e = d[:, None] * p["fw"] * H * (1 - H)
    return {"hw": e.T @ pts, "hb": e.sum(0), "fw": H.T @ d, "fb": d.sum()}
def train(steps=30):
    p, h = pack(Model()), []
    for _ in range(steps):
        h.append(float(loss(p))); g = grads(p); p = {k: p[k] - .5 * g[k] for k in p}
    return h, p
def case(): return dict(params=pack(Model()), loss=loss, grads=grads, lr=.5, steps=30, train=train)
