"""Kind: gradient. The error does not go back through time."""
import numpy as np
r = np.random.RandomState(0); T, n, H = 7, 2, 5; xs = r.randn(T, n, 1); ys = r.randn(T, 1, 1)
class RNN:
    def __init__(self): q = np.random.RandomState(1); self.p = {"Wx": q.randn(H, n) * .5, "Wh": q.randn(H, H) * .4, "b": np.zeros((H, 1)), "Wy": q.randn(1, H) * .5, "c": np.zeros((1, 1))}
    def run(self, p):
        h = [np.zeros((H, 1))]; o = []
        for x in xs: h.append(np.tanh(p["Wx"] @ x + p["Wh"] @ h[-1] + p["b"])); o.append(p["Wy"] @ h[-1] + p["c"])
        return h, o
    def loss(self, p): return float(sum(.5 * ((o - y) ** 2).sum() for o, y in zip(self.run(p)[1], ys)))
    def bptt(self, p):
        h, o = self.run(p); g = {k: np.zeros_like(v) for k, v in p.items()}; dn = np.zeros((H, 1))
        for t in reversed(range(T)):
            e = o[t] - ys[t]; g["Wy"] += e @ h[t + 1].T; g["c"] += e
            dh = p["Wy"].T @ e + dn; dz = dh * (1 - h[t + 1] ** 2)
            g["Wx"] += dz @ xs[t].T; g["Wh"] += dz @ h[t].T; g["b"] += dz
            dn = np.zeros((H, 1))                                  # DEFECT: p["Wh"].T @ dz
        return g
net = RNN()
def case(): return dict(params=net.p, loss=net.loss, grads=net.bptt, lr=.05, steps=100)
