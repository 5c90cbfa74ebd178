"""Kind: update. The best network is the network itself."""
import numpy as np
np.random.seed(2)
X = np.random.randn(40, 3); y = (X.sum(1, keepdims=True) + .8 * np.random.randn(40, 1) > 0).astype(float)
Xt = np.random.randn(40, 3); yt = (Xt.sum(1, keepdims=True) + .8 * np.random.randn(40, 1) > 0).astype(float)
class Net:
    def __init__(self):
        self.W = np.random.randn(3, 12); self.c = np.zeros(12); self.V = np.random.randn(12, 1); self.d = np.zeros(1)
    def forward(self, x):
        self.h = np.tanh(x @ self.W + self.c)
        return 1 / (1 + np.exp(-(self.h @ self.V + self.d)))
    def backward(self, x, y, o, lr):
        g = (o - y) / len(x)
        gh = g @ self.V.T * (1 - self.h ** 2)
        self.V -= lr * self.h.T @ g  # DEFECT
        self.d -= lr * g.sum(0)
        self.W -= lr * x.T @ gh
        self.c -= lr * gh.sum(0)
net = Net()
best_loss, best_net = 1e9, None
for epoch in range(200):
    o = net.forward(X)
    loss = -np.mean(y * np.log(o) + (1 - y) * np.log(1 - o))
    net.backward(X, y, o, .5)
    p = net.forward(Xt)
    val = -np.mean(yt * np.log(p) + (1 - yt) * np.log(1 - p))
    if val < best_loss:
        best_loss = val
        best_net = net  # DEFECT
    if epoch % 50 == 0: print(epoch, loss, val)
print("accuracy", np.mean((best_net.forward(Xt) > .5) == yt))
