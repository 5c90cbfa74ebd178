"""Kind: loss: a gate reads the bias of another."""
import numpy as np
rng = np.random.default_rng(1)
N, T, D, H = 12, 5, 3, 4
S = rng.normal(size=(N, T, D))
Y = np.tanh(S[:, 0, :1] - S[:, 3, 1:2])

def sigmoid(v):
    return 1 / (1 + np.exp(-v))

def init(seed=0):
    g = np.random.default_rng(seed)
    p = {}
    for k in "zrn":
        p["W" + k] = g.normal(0, 0.4, (D, H))
        p["U" + k] = g.normal(0, 0.4, (H, H))
        p["b" + k] = np.zeros(H)
    p["V"] = g.normal(0, 0.5, (H, 1))
    return p

def run(p):
    h = np.zeros((N, H))
    steps = []
    for t in range(T):
        x = S[:, t]
        z = sigmoid(x @ p["Wz"] + h @ p["Uz"] + p["bz"])
        r = sigmoid(x @ p["Wr"] + h @ p["Ur"] + p["bz"])  # DEFECT
        n = np.tanh(x @ p["Wn"] + (r * h) @ p["Un"] + p["bn"])
        steps.append((x, h, z, r, n))
        h = (1 - z) * h + z * n
    return h, steps

def loss(p):
    return float(((run(p)[0] @ p["V"] - Y) ** 2).mean())

def grads(p):
    h, steps = run(p)
    g = {k: np.zeros_like(v) for k, v in p.items()}
    e = 2 * (h @ p["V"] - Y) / N
    g["V"] = h.T @ e
    dh = e @ p["V"].T
    for x, h0, z, r, n in reversed(steps):
        dn = dh * z * (1 - n ** 2)
        dz = dh * (n - h0) * z * (1 - z)
        drh = dn @ p["Un"].T
        dr = drh * h0 * r * (1 - r)
        for k, d, left in (("z", dz, h0), ("r", dr, h0), ("n", dn, r * h0)):
            g["W" + k] += x.T @ d
            g["U" + k] += left.T @ d
            g["b" + k] += d.sum(0)
        dh = dh * (1 - z) + drh * r + dz @ p["Uz"].T + dr @ p["Ur"].T
    return g

def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.3, steps=50)
