"""Kind: update/gradient. The layer sets dW back and forgets db."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3)); Y = np.sin(X[:, :1]) + 0.5 * X[:, 1:2] ** 2

class Dense:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(size=(n_in, n_out)) * np.sqrt(1.0 / n_in)
        self.b = np.zeros((1, n_out))
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, g):
        self.dW += self.x.T @ g
        self.db += g.sum(axis=0, keepdims=True)
        return g @ self.W.T

    def zero_grad(self):
        self.dW = np.zeros_like(self.W)  # DEFECT

class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1 - self.y ** 2)

class Net:
    def __init__(self, seed=1):
        r = np.random.default_rng(seed)
        self.layers = [Dense(3, 6, r), Tanh(), Dense(6, 1, r)]

    def forward(self, x):
        for l in self.layers:
            x = l.forward(x)
        return x

    def backward(self, g):
        for l in reversed(self.layers):
            g = l.backward(g)

    def zero_grad(self):
        for l in self.layers:
            if isinstance(l, Dense):
                l.zero_grad()

    def step(self, lr):
        for l in self.layers:
            if isinstance(l, Dense):
                l.W -= lr * l.dW
                l.b -= lr * l.db

def train(epochs=60, lr=0.05):
    net = Net()
    losses = []
    for epoch in range(epochs):
        out = net.forward(X)
        losses.append(float(np.mean((out - Y) ** 2)))
        net.zero_grad()
        net.backward(2 * (out - Y) / len(X))
        net.step(lr)
    return losses, net

def put(p):
    net = Net()
    for l, i in ((net.layers[0], 1), (net.layers[2], 2)):
        l.W, l.b = p[f"W{i}"].copy(), p[f"b{i}"].copy()
    return net

def start():
    n = Net()
    return {"W1": n.layers[0].W, "b1": n.layers[0].b, "W2": n.layers[2].W, "b2": n.layers[2].b}

def loss(p):
    return float(np.mean((put(p).forward(X) - Y) ** 2))

def grads(p):
    n = put(p)
    out = n.forward(X)
    n.zero_grad()
    n.backward(2 * (out - Y) / len(X))
    return {"W1": n.layers[0].dW, "b1": n.layers[0].db, "W2": n.layers[2].dW, "b2": n.layers[2].db}

def case():
    return dict(params=start(), loss=loss, grads=grads, lr=0.05, steps=60, train=train)
