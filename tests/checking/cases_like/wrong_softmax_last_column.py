"""Kind: gradient. Two loops over the outputs of softmax write each entry again and again: the last column is left."""
import numpy as np
r = np.random.RandomState(2); LAB = np.repeat([0, 1, 2], 8)
PTS = r.normal(0, .6, (24, 2)) + np.array([[0, 1.5], [1.5, -1], [-1.5, -1]])[LAB]
def shares(z): e = np.exp(z); return e / e.sum()
def back(s, up):
    g = np.zeros(len(s))
    for i in range(len(s)):
        for j in range(len(s)):
            g[i] = s[i] * (1 - s[i]) if i == j else -s[i] * s[j]  # DEFECT
    return g * up  # DEFECT
def p0(): q = np.random.RandomState(5); return {"w": q.normal(0, .3, (3, 2)), "b": np.zeros(3)}
def one(p):
    total, dw, db = 0., np.zeros((3, 2)), np.zeros(3)
    for x, t in zip(PTS, LAB):
        s = shares(p["w"] @ x + p["b"])
        total += -np.log(s[t] + 1e-12)
        up = np.zeros(3); up[t] = -1 / (s[t] + 1e-12)
        d = back(s, up)
        dw += np.outer(d, x); db += d
    return float(total / len(PTS)), {"w": dw / len(PTS), "b": db / len(PTS)}
def case(): return dict(params=p0(), loss=lambda p: one(p)[0], grads=lambda p: one(p)[1], lr=.3, steps=60)
