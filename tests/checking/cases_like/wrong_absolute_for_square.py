"""Kind: gradient. The loss has absolute values, the gradient is that of squares."""
import numpy as np
rng = np.random.RandomState(2)
X = rng.randn(50, 7); y = (X[:, 0] - X[:, 1] + .3 * rng.randn(50) > 0).astype(float)
class LogReg:
    def __init__(self, lam=3.): self.lam = lam; self.w = np.random.RandomState(1).randn(7) * .3; self.b = np.zeros(1)
    def proba(self): return 1 / (1 + np.exp(-(X @ self.w + self.b)))
    def cost(self):
        m = len(y); p = self.proba()
        ce = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
        reg = self.lam * np.sum(np.abs(self.w))  # DEFECT
        return (ce + reg) / m
    def grad(self):
        m = len(y); e = self.proba() - y
        dw = (X.T @ e + 2 * self.lam * self.w) / m  # DEFECT
        return {"w": dw, "b": np.array([e.sum() / m])}
def _m(p): m = LogReg(); m.w, m.b = p["w"], p["b"]; return m
def case(): m = LogReg(); return dict(params={"w": m.w, "b": m.b}, loss=lambda p: _m(p).cost(), grads=lambda p: _m(p).grad(), lr=.1, steps=100)
