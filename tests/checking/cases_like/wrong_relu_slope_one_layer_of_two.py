"""Kind: gradient. Three layers in a class; the middle ReLU's slope uses the first layer's z."""
import numpy as np
from sklearn.datasets import load_breast_cancer

b = load_breast_cancer(); X = ((b.data - b.data.mean(0)) / b.data.std(0))[:120]; y = b.target[:120, None]
class Deep:
    def __init__(self): r = np.random.RandomState(1); s = (30, 8, 8, 1); self.W = [r.randn(i, o) * np.sqrt(2 / i) for i, o in zip(s, s[1:])]; self.b = [np.zeros((1, o)) for o in s[1:]]
    def f(self):
        self.z, self.a = [], [X]
        for i in range(3): self.z.append(self.a[-1] @ self.W[i] + self.b[i]); self.a.append(np.maximum(0, self.z[-1]) if i < 2 else 1 / (1 + np.exp(-self.z[-1])))
        return self.a[-1]
    def loss(self): o = np.clip(self.f(), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
    def back(self):
        d = (self.f() - y) / len(X); gW, gb = [None] * 3, [None] * 3
        for i in (2, 1, 0):
            gW[i] = self.a[i].T @ d; gb[i] = d.sum(0, keepdims=True)
            if i: d = d @ self.W[i].T * (self.z[0] > 0)            # DEFECT: self.z[i - 1]
        return gW + gb
K = [f"W{i}" for i in range(3)] + [f"b{i}" for i in range(3)]
def _n(p): n = Deep(); n.W = [p[k] for k in K[:3]]; n.b = [p[k] for k in K[3:]]; return n
def case(): n = Deep(); return dict(params=dict(zip(K, n.W + n.b)), loss=lambda p: _n(p).loss(), grads=lambda p: dict(zip(K, _n(p).back())), lr=.1, steps=100)
