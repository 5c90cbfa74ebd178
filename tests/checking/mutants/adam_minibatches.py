import numpy as np

r = np.random.default_rng(21)
X = r.normal(size=(200, 5))
y = (np.abs(X[:, 0]) + X[:, 1] > 1).astype(float)


class Model:
    def __init__(self, seed=3):
        q = np.random.default_rng(seed)
        self.p = {"A": q.normal(0, 0.5, (5, 10)), "a": np.zeros(10), "B": q.normal(0, 0.5, (10,)), "beta": np.zeros(())}

    def forward(self, X):
        self.h = np.maximum(X @ self.p["A"] + self.p["a"], 0)
        z = self.h @ self.p["B"] + self.p["beta"]
        return 1 / (1 + np.exp(-z))

    def loss(self, X, y):
        q = np.clip(self.forward(X), 1e-9, 1 - 1e-9)
        return -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))

    def gradients(self, X, y):
        d = (self.forward(X) - y) / len(y)
        back = np.outer(d, self.p["B"]) * (self.h > 0)
        return {"A": X.T @ back, "a": back.sum(axis=0), "B": self.h.T @ d, "beta": d.sum()}


class Adam:
    def __init__(self, p, lr=0.02, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps, self.t = lr, beta1, beta2, eps, 0
        self.m = {k: np.zeros_like(v) for k, v in p.items()}
        self.v = {k: np.zeros_like(v) for k, v in p.items()}

    def step(self, p, g):
        self.t += 1
        for k in p:
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g[k]
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g[k] ** 2
            m_hat = self.m[k] / (1 - self.beta1 ** self.t)
            v_hat = self.v[k] / (1 - self.beta2 ** self.t)
            p[k] = p[k] - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def train(steps=15, batch=20, seed=5):
    rng = np.random.default_rng(seed)
    model = Model()
    adam = Adam(model.p)
    history = []
    for epoch in range(steps):
        order = rng.permutation(len(X))
        Xs, ys = X[order], y[order]
        for i in range(0, len(X), batch):
            xb, yb = Xs[i:i + batch], ys[i:i + batch]
            g = model.gradients(xb, yb)
            adam.step(model.p, g)
        history.append(float(model.loss(X, y)))
    return history, model


def _with(p):
    model = Model()
    model.p = dict(p)
    return model


def case():
    return dict(
        params=Model().p, loss=lambda p: float(_with(p).loss(X, y)), grads=lambda p: _with(p).gradients(X, y),
        lr=0.02, steps=15, train=train,
    )
