"""Kind: data. The standardised inputs are made, and the raw ones are given to the network."""
import numpy as np

q = np.random.RandomState(8)
area, dist = q.uniform(40, 220, 60), q.uniform(500, 15000, 60)
features = np.vstack([area, dist])
price = ((area - 130) / 52 - (dist - 7750) / 4180).reshape(1, -1)


def standardise(F):
    return (F - F.mean(axis=1, keepdims=True)) / F.std(axis=1, keepdims=True)


class Net:
    def __init__(self, F, t):
        r = np.random.RandomState(0)
        self.F, self.t, self.V, self.v, self.U, self.u = (
            F,
            t,
            r.randn(6, 2) * 0.6,
            np.zeros((6, 1)),
            r.randn(1, 6) * 0.4,
            np.zeros((1, 1)),
        )

    def forward(self):
        self.H = np.tanh(self.V @ self.F + self.v)
        return self.U @ self.H + self.u

    def cost(self):
        return float(np.mean((self.forward() - self.t) ** 2) / 2)

    def grads(self):
        e = (self.forward() - self.t) / self.t.size
        d = self.U.T @ e * (1 - self.H**2)
        return {"V": d @ self.F.T, "v": d.sum(1, keepdims=True), "U": e @ self.H.T, "u": e.sum(1, keepdims=True)}


def make():
    features_std = standardise(features)
    model = Net(features, price)  # DEFECT
    return model


def of(p):
    m = make()
    m.__dict__.update(p)
    return m


def case():
    m = make()
    return dict(
        params={k: getattr(m, k) for k in "VvUu"},
        loss=lambda p: of(p).cost(),
        grads=lambda p: of(p).grads(),
        lr=0.1,
        steps=100,
    )
