"""Kind: gradient. The convolution's way back returns after the first row of two nested loops."""
import numpy as np
rng = np.random.default_rng(12); IMG = rng.normal(size=(6, 6)); GOAL = rng.normal(size=(2, 2))
def conv(x, k):
    out = np.zeros((x.shape[0] - 2, x.shape[1] - 2))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]): out[i, j] = np.sum(x[i:i + 3, j:j + 3] * k)
    return out
def conv_back(g, x, k):
    dx, dk = np.zeros_like(x), np.zeros_like(k)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            dk += g[i, j] * x[i:i + 3, j:j + 3]
            dx[i:i + 3, j:j + 3] += g[i, j] * k
        return dx, dk                                              # DEFECT
def loss(p): return .5 * np.sum((conv(np.tanh(conv(IMG, p["k1"])), p["k2"]) - GOAL) ** 2)
def grads(p):
    h = np.tanh(conv(IMG, p["k1"]))
    dh, dk2 = conv_back(conv(h, p["k2"]) - GOAL, h, p["k2"])
    return {"k1": conv_back(dh * (1 - h ** 2), IMG, p["k1"])[1], "k2": dk2}
def case():
    r = np.random.default_rng(1)
    return dict(params={"k1": r.normal(size=(3, 3)) * .4, "k2": r.normal(size=(3, 3)) * .4}, loss=loss, grads=grads, lr=.02, steps=50)
