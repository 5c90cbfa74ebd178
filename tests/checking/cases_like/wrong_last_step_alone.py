"""Kind: gradient. Each time step overwrites the gradient of the one before."""
import numpy as np
r = np.random.RandomState(6); seq = r.randn(8, 3); target = r.randn(2)
class RNN:
    def __init__(self): r = np.random.RandomState(7); self.Wxh, self.Whh, self.Why, self.bh, self.by = r.randn(5, 3) * .4, r.randn(5, 5) * .4, r.randn(2, 5) * .4, np.zeros(5), np.zeros(2)
    def forward(self):
        self.hs = {-1: np.zeros(5)}
        for t, x in enumerate(seq): self.hs[t] = np.tanh(self.Wxh @ x + self.Whh @ self.hs[t - 1] + self.bh)
        return self.Why @ self.hs[len(seq) - 1] + self.by
    def loss(self): return 0.5 * np.sum((self.forward() - target) ** 2)
    def backward(self):
        d_y = self.forward() - target; n = len(seq)
        d_Why = np.outer(d_y, self.hs[n - 1]); d_by = d_y
        d_h = self.Why.T @ d_y
        for t in reversed(range(n)):
            temp = (1 - self.hs[t] ** 2) * d_h
            d_bh = temp                                     # DEFECT
            d_Whh = np.outer(temp, self.hs[t - 1])          # DEFECT
            d_Wxh = np.outer(temp, seq[t])                  # DEFECT
            d_h = self.Whh.T @ temp
        return dict(Wxh=d_Wxh, Whh=d_Whh, Why=d_Why, bh=d_bh, by=d_by)
def w(p): n = RNN(); n.__dict__.update(p); return n
def case(): n = RNN(); return dict(params={k: getattr(n, k) for k in ("Wxh", "Whh", "Why", "bh", "by")}, loss=lambda p: w(p).loss(), grads=lambda p: w(p).backward(), lr=.1, steps=50)
