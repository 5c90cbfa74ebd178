"""Kind: gradient. Beside the diagonal, the sign is missing."""
import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(4, 18)); lab = rng.integers(0, 3, 18); Y = np.eye(3)[lab].T
class Net:
    def __init__(self): r = np.random.default_rng(2); self.W1 = r.normal(0, .6, (6, 4)); self.W2 = r.normal(0, .6, (3, 6))
    def forward(self):
        self.H = np.tanh(self.W1 @ X); Z = self.W2 @ self.H
        E = np.exp(Z); self.A = E / E.sum(axis=0, keepdims=True); return self.A
    def cost(self): return float(-np.sum(Y * np.log(self.forward())) / Y.shape[1])
    def jacobian(self, a):
        jac = np.zeros((3, 3))
        for r in range(3):
            for c in range(3):
                if r == c: jac[r, c] = a[r] * (1 - a[c])
                else: jac[r, c] = a[r] * a[c]  # DEFECT
        return jac
    def backward(self):
        self.forward(); n = Y.shape[1]; dA = -Y / self.A / n; dZ = np.zeros_like(dA)
        for i in range(n): dZ[:, i] = self.jacobian(self.A[:, i]) @ dA[:, i]
        return {"W2": dZ @ self.H.T, "W1": (self.W2.T @ dZ * (1 - self.H ** 2)) @ X.T}
def _n(p): n = Net(); n.W1, n.W2 = p["W1"], p["W2"]; return n
def case(): n = Net(); return dict(params={"W1": n.W1, "W2": n.W2}, loss=lambda p: _n(p).cost(), grads=lambda p: _n(p).backward(), lr=.5, steps=100)
