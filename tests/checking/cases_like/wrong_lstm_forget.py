"""Kind: gradient. LSTM with one matrix: the cell error is not multiplied by the forget gate on its way back."""
import numpy as np
r = np.random.RandomState(5); xs = r.randn(3, 3); ts = r.randn(3); H = 4
s = lambda z: 1 / (1 + np.exp(-z))
def init(): q = np.random.RandomState(6); return {"W": q.randn(4 * H, H + 3) * .4, "b": np.zeros(4 * H), "v": q.randn(H) * .5}
def run(p):
    h, c, out = np.zeros(H), np.zeros(H), []
    for x in xs:
        z = np.r_[h, x]; a = p["W"] @ z + p["b"]; i, f, o, g = s(a[:H]), s(a[H:2 * H]), s(a[2 * H:3 * H]), np.tanh(a[3 * H:]); c0 = c; c = f * c + i * g; h = o * np.tanh(c); out.append((z, i, f, o, g, c0, c, h))
    return out
def loss(p): return float(sum(.5 * (p["v"] @ k[-1] - t) ** 2 for k, t in zip(run(p), ts)))
def grads(p):
    G = {k: np.zeros_like(w) for k, w in p.items()}; dhn, dcn = np.zeros(H), np.zeros(H)
    for (z, i, f, o, g, c0, c, h), t in zip(reversed(run(p)), ts[::-1]):
        e = p["v"] @ h - t; G["v"] += e * h; dh = e * p["v"] + dhn; tc = np.tanh(c); dc = dh * o * (1 - tc ** 2) + dcn
        da = np.r_[dc * g * i * (1 - i), dc * c0 * f * (1 - f), dh * tc * o * (1 - o), dc * i * (1 - g ** 2)]
        G["W"] += np.outer(da, z); G["b"] += da; dhn = (p["W"].T @ da)[:H]
        dcn = dc                                                   # DEFECT: dc * f
    return G
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=60)
