import numpy as np

g = np.random.default_rng(11)
X = g.uniform(-1, 1, (80, 2))
T = np.column_stack([np.sin(2 * X[:, 0]), X[:, 0] * X[:, 1]])


class Net:
    def __init__(self, seed=2):
        r = np.random.default_rng(seed)
        self.W = r.normal(0, 0.8, (2, 7))
        self.b = np.zeros((1, 7))
        self.V = r.normal(0, 0.6, (7, 7))
        self.c = np.zeros((1, 7))
        self.U = r.normal(0, 0.5, (7, 2))
        self.d = np.zeros((1, 2))

    def forward(self, X):
        self.h = 1 / (1 + np.exp(-(X @ self.W + self.b)))
        self.k = np.tanh(self.h @ self.V + self.c)
        self.out = self.k @ self.U + self.d
        return self.out

    def loss(self, X, T):
        return np.mean((self.forward(X) - T) ** 2)

    def gradients(self, X, T):
        out = self.forward(X)
        dout = 2 * (out - T) / T.size
        dU = self.k.T @ dout
        dd = dout.sum(axis=0, keepdims=True)
        dk = dout @ self.U.T
        dz = dk * (1 - self.k ** 2)
        dV = self.h.T @ dz
        dc = dz.sum(axis=0, keepdims=True)
        dh = dz @ self.V.T
        da = dh * self.h * (1 - self.h)
        dW = X.T @ da
        db = da.sum(axis=0, keepdims=True)
        return {"W": dW, "b": db, "V": dV, "c": dc, "U": dU, "d": dd}

    def fit(self, X, T, steps=200, lr=0.3, momentum=0.5):
        velocity = {k: np.zeros_like(getattr(self, k)) for k in "WbVcUd"}
        losses = []
        for _ in range(steps):
            losses.append(float(self.loss(X, T)))
            grads = self.gradients(X, T)
            for k in velocity:
                velocity[k] = momentum * velocity[k] - lr * grads[k]
                setattr(self, k, getattr(self, k) + velocity[k])
        return losses


def _net(p):
    n = Net()
    n.__dict__.update(p)
    return n


def train(steps=200):
    n = Net()
    return n.fit(X, T, steps), n


def case():
    n = Net()
    return dict(
        params={k: getattr(n, k) for k in "WbVcUd"}, loss=lambda p: float(_net(p).loss(X, T)),
        grads=lambda p: _net(p).gradients(X, T), lr=0.3, steps=200, train=train,
    )
