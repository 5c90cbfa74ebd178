"""Kind: numerics. 1 - 1e-10 is 1 in single precision."""
import numpy as np
rng = np.random.RandomState(3)
X = np.hstack([rng.randn(3, 50) * 2 - 3, rng.randn(3, 50) * 2 + 3]).astype('float32')
Y = np.array([[0] * 50 + [1] * 50], dtype='float32')
eps = 1e-10  # DEFECT
lo, hi = eps, 1 - eps  # DEFECT
class Logistic:
    def __init__(self):
        self.w = (rng.randn(1, 3) * .1).astype(np.float32); self.b = np.zeros((1, 1), np.float32)
    def forward(self, x):
        return 1 / (1 + np.exp(-(self.w @ x + self.b)))
    def cost(self, x, y):
        a = self.forward(x)
        a = np.minimum(np.maximum(a, lo), hi)  # DEFECT
        return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
    def step(self, x, y, lr):
        d = (self.forward(x) - y) / np.float32(x.shape[1])
        self.w = self.w - np.float32(lr) * (d @ x.T)
        self.b = self.b - np.float32(lr) * d.sum(1, keepdims=True)
net = Logistic()
for epoch in range(300):
    c = net.cost(X, Y)
    net.step(X, Y, 1.0)
    if epoch % 50 == 0: print(epoch, c)
