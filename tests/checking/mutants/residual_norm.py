import numpy as np

r = np.random.default_rng(41)
X = r.normal(size=(40, 6))
Y = np.eye(3)[(X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int) + (X[:, 2] > 0.8)]


class Normalised:
    def __init__(self, gain, shift):
        self.gain, self.shift = gain, shift

    def forward(self, h):
        self.centred = h - h.mean(axis=1, keepdims=True)
        self.inverse = 1 / np.sqrt((self.centred**2).mean(axis=1, keepdims=True) + 1e-5)
        self.hat = self.centred * self.inverse
        return self.gain * self.hat + self.shift

    def backward(self, error):
        width = error.shape[1]
        self.d_gain, self.d_shift = (error * self.hat).sum(axis=0), error.sum(axis=0)
        d_hat = error * self.gain
        inner = d_hat.sum(axis=1, keepdims=True)
        along = self.hat * (d_hat * self.hat).sum(axis=1, keepdims=True)
        return self.inverse / width * (width * d_hat - inner - along)


def forward(p):
    h = X @ p["W1"] + p["b1"]
    norm = Normalised(p["gain"], p["shift"])
    a = np.maximum(0, norm.forward(h) @ p["W2"] + p["b2"])
    s = (h + a) @ p["W3"] + p["b3"]
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return h, norm, a, e / e.sum(axis=1, keepdims=True)


def loss(p):
    return float(-np.sum(Y * np.log(forward(p)[-1])) / len(X))


def gradients(p):
    h, norm, a, q = forward(p)
    ds = (q - Y) / len(X)
    dsum = ds @ p["W3"].T
    da = dsum * (a > 0)
    n = norm.gain * norm.hat + norm.shift
    dn = da @ p["W2"].T
    dnorm = norm.backward(dn)
    dh = dsum + dnorm
    return {
        "W1": X.T @ dh, "b1": dh.sum(0), "gain": norm.d_gain, "shift": norm.d_shift, "W2": n.T @ da, "b2": da.sum(0),
        "W3": (h + a).T @ ds, "b3": ds.sum(0),
    }


def case():
    s = np.random.default_rng(7)
    p = {"W1": s.normal(0, 0.5, (6, 8)), "W2": s.normal(0, 0.5, (8, 8)), "W3": s.normal(0, 0.5, (8, 3))}
    p |= {"b1": np.zeros(8), "b2": np.full(8, 0.1), "b3": np.zeros(3), "gain": np.ones(8), "shift": np.zeros(8)}
    return dict(params=p, loss=loss, grads=gradients, lr=0.2, steps=60)
