"""Kind: gradient: two branches write into one array."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = rng.normal(size=(20, 4))

class TwoBranches:
    def __init__(self, p):
        self.p = p

    def forward(self):
        self.a, self.b = X @ self.p["A"], X @ self.p["B"]
        return np.maximum(self.a, 0) + np.tanh(self.b)

    def loss(self):
        return float(np.mean((self.forward() - Y) ** 2))

    def backward(self):
        grad = 2 * (self.forward() - Y) / Y.size
        left, right = grad, grad  # DEFECT
        left[self.a <= 0] = 0
        right *= 1 - np.tanh(self.b) ** 2
        return {"A": X.T @ left, "B": X.T @ right}

def case():
    r = np.random.default_rng(1)
    p = {"A": r.normal(0, 0.5, (3, 4)), "B": r.normal(0, 0.5, (3, 4))}
    return dict(params=p, loss=lambda q: TwoBranches(q).loss(), grads=lambda q: TwoBranches(q).backward(), lr=0.05, steps=40)
