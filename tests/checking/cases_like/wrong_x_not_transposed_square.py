"""Kind: gradient. X instead of X.T in the weight gradient, hidden by n == features."""
import numpy as np
r = np.random.default_rng(21); X = r.normal(size=(6, 6)); y = np.sign(r.normal(size=(6, 2)))
class L:
    def __init__(self): q = np.random.default_rng(22); self.A, self.B = q.normal(0, .5, (6, 4)), q.normal(0, .5, (4, 2))
    def out(self): self.h = np.tanh(X @ self.A); return np.tanh(self.h @ self.B)
    def loss(self): return float(np.mean((self.out() - y) ** 2))
    def grad(self):
        o = self.out(); e = 2 * (o - y) / y.size * (1 - o * o); k = e @ self.B.T * (1 - self.h ** 2)
        return {"A": X @ k,                                        # DEFECT: X.T @ k
                "B": self.h.T @ e}
def _n(p): n = L(); n.A, n.B = p["A"], p["B"]; return n
def case(): return dict(params={"A": L().A, "B": L().B}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grad(), lr=.3, steps=200)
