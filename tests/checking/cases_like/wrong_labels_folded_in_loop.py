"""Kind: data/loss. Labels 0 and 1 multiplied into the rows one by one."""
import numpy as np
rr = np.random.RandomState(5)
raw = rr.randn(120, 3)
flag = (raw @ [1., -1., .5] + .3 > 0) * 1     # DEFECT
def signed(features, marks):
    out = np.empty((len(features), 4))
    for i in range(len(features)):
        out[i, :3] = marks[i] * features[i]
        out[i, 3] = marks[i]
    return out                           # DEFECT
M = signed(raw, flag)                    # DEFECT
class Svm:
    def __init__(self, lam=.01): self.lam = lam
    def f(self, v): return float_or(np.maximum(0, 1 - M @ v).mean() + self.lam * (v ** 2).sum())
    def df(self, v):
        on = (M @ v < 1)
        return -(M * on[:, None]).mean(0) + 2 * self.lam * v
def float_or(x): return x
m = Svm()
def train(steps=60):
    v = np.zeros(4); hist = []
    for _ in range(steps):
        hist.append(float(m.f(v))); v = v - .2 * m.df(v)
    return hist, v
def case():
    return dict(params={"v": np.array([.1, .1, -.1, 0.])}, loss=lambda p: m.f(p["v"]), grads=lambda p: {"v": m.df(p["v"])}, lr=.2, steps=60, train=train, kinks=True)
