"""Kind: loss. The sum of all products of two errors, where those of each with itself are meant."""
import numpy as np
rng = np.random.default_rng(3)
m = 30

X = rng.normal(size=(4, m)); lab = rng.integers(0, 1, m)
Y = np.eye(1)[lab].T if 1 > 1 else (X[:1] > 0).astype(float)
class Net:
    def __init__(self, W1, b1, W2, b2): self.W1, self.b1, self.W2, self.b2 = W1, b1, W2, b2
    def forward(self):
        self.h = np.tanh(self.W1 @ X + self.b1)
        z = self.W2 @ self.h + self.b2
        self.P = z
        return self.P
    def cost(self):
        P = self.forward()
        E = Y - P
        S = E.T @ E  # DEFECT
        return np.sum(S) / (2 * m)
    def grads(self):
        P = self.forward()
        d = (P - Y) / m
        dh = self.W2.T @ d * (1 - self.h ** 2)
        return dict(W1=dh @ X.T, b1=dh.sum(1, keepdims=True), W2=d @ self.h.T, b2=d.sum(1, keepdims=True))
def case():
    r = np.random.default_rng(2)
    return dict(params=dict(W1=r.normal(size=(5, 4)) * .6, b1=np.zeros((5, 1)), W2=r.normal(size=(1, 5)) * .6, b2=np.zeros((1, 1))), loss=lambda p: Net(**p).cost(), grads=lambda p: Net(**p).grads(), lr=.3, steps=200)
