"""Kind: update. The gradient is a mean, and the step divides by the number of samples again."""
import numpy as np
np.random.seed(4)
X = np.random.randn(5, 80); Y = (X[:1] + X[1:2] ** 2 > .7).astype(float)
def sigmoid(z): return 1 / (1 + np.exp(-z))
class Net:
    def __init__(self):
        r = np.random.RandomState(0)
        self.W1 = r.randn(7, 5) * .4; self.b1 = np.zeros((7, 1)); self.W2 = r.randn(1, 7) * .4; self.b2 = np.zeros((1, 1))
    def forward(self):
        self.A1 = np.tanh(self.W1 @ X + self.b1); self.A2 = sigmoid(self.W2 @ self.A1 + self.b2); return self.A2
    def cost(self): A = self.forward(); return float(-np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A)))
    def backward(self):
        m = X.shape[1]; self.forward()
        dZ2 = self.A2 - Y
        dW2 = dZ2 @ self.A1.T / m  # DEFECT
        db2 = dZ2.sum(1, keepdims=True) / m
        dZ1 = self.W2.T @ dZ2 * (1 - self.A1 ** 2)
        return {"W1": dZ1 @ X.T / m, "b1": dZ1.sum(1, keepdims=True) / m, "W2": dW2, "b2": db2}
    def step(self, g, lr):
        m = X.shape[1]
        for n in g: setattr(self, n, getattr(self, n) - lr * g[n] / m)  # DEFECT
def net(p):
    n = Net()
    for k in p: setattr(n, k, p[k])
    return n
def train(steps=100):
    n, hist = Net(), []
    for _ in range(steps): hist.append(n.cost()); n.step(n.backward(), 1.2)
    return hist, n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: net(p).cost(), grads=lambda p: net(p).backward(), lr=1.2, steps=100, train=train)
