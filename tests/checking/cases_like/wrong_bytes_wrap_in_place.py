"""Kind: data/numerics. 127 is taken off bytes in place."""
import numpy as np
class Images:
    def __init__(self, n=120):
        r = np.random.RandomState(0)
        self.y = r.randint(0, 2, (n, 1))
        self.pixels = np.clip(r.randn(n, 9) * 40 + 90 + 60 * self.y, 0, 255).astype('uint8')
        self.center()
    def center(self):
        self.pixels -= 127  # DEFECT
        self.x = self.pixels / 127.0
data = Images()  # DEFECT
X, y = data.x, data.y
w = np.zeros((9, 1)); b = np.zeros(1)
for step in range(300):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))
    w -= .1 * X.T @ (p - y) / len(X); b -= .1 * np.mean(p - y, axis=0)
    if step % 100 == 0: print(loss)
