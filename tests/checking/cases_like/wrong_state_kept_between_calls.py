"""Kind: update. The recurrent state of the last call is where the next one begins."""
import numpy as np

r = np.random.default_rng(5)
S = r.integers(0, 2, (40, 5)).astype(float)
t = S[:, 0]


class Elman:
    def __init__(self, n=6):
        q = np.random.default_rng(2)
        self.p = {
            "Wx": q.normal(0, 0.8, (1, n)),
            "Wh": q.normal(0, 0.35, (n, n)),
            "v": q.normal(0, 0.5, n),
            "c": np.zeros(1),
        }
        self.state = np.zeros((len(S), n))

    def forward(self, x):
        h = self.state  # DEFECT
        self.hs = [h]
        for k in range(x.shape[1]):
            h = np.tanh(x[:, k : k + 1] @ self.p["Wx"] + h @ self.p["Wh"])
            self.hs.append(h)
        self.state = h
        return 1 / (1 + np.exp(-(h @ self.p["v"] + self.p["c"])))

    def loss(self, x, t):
        o = self.forward(x)
        return float(-np.mean(t * np.log(o) + (1 - t) * np.log(1 - o)))

    def backward(self, x, t):
        e = (self.forward(x) - t) / len(t)
        g = {"v": self.hs[-1].T @ e, "c": np.array([e.sum()]), "Wx": 0, "Wh": 0}
        dh = np.outer(e, self.p["v"])
        for k in range(x.shape[1] - 1, -1, -1):
            dz = dh * (1 - self.hs[k + 1] ** 2)
            dh = dz @ self.p["Wh"].T
            g["Wx"] = g["Wx"] + x[:, k : k + 1].T @ dz
            g["Wh"] = g["Wh"] + self.hs[k].T @ dz
        return g

    def fit(self, x, t, epochs, lr=0.5):
        history = []
        for _ in range(epochs):
            g = self.backward(x, t)
            history.append(self.loss(x, t))
            self.p = {k: self.p[k] - lr * g[k] for k in g}
        return history


def of(p):
    n = Elman()
    n.p = p
    return n


def train(steps=100):
    n = Elman()
    return n.fit(S, t, steps), n


def case():
    return dict(
        params=Elman().p,
        loss=lambda p: of(p).loss(S, t),
        grads=lambda p: of(p).backward(S, t),
        lr=0.5,
        steps=100,
        train=train,
    )
