"""Correct: the error for the word is summed up with vectors that have not moved."""
import numpy as np
words = [3, 1, 4, 1, 5, 0, 2, 5, 3, 0, 2, 4]
pairs = [(words[i], words[i + 1]) for i in range(len(words) - 1)]
def s(x): return 1 / (1 + np.exp(-x))
def start(): q = np.random.RandomState(3); return {"I": q.randn(6, 4) * .5, "O": q.randn(6, 4) * .5}
def targets(c, o): return [(o, 1.), ((c + o + 2) % 6, 0.)]
def loss(p): return float(-sum(np.log(s(p["I"][c] @ p["O"][w])) if t else np.log(1 - s(p["I"][c] @ p["O"][w])) for c, o in pairs for w, t in targets(c, o)))
def grads(p):
    g = {k: np.zeros_like(v) for k, v in p.items()}
    for c, o in pairs:
        for w, t in targets(c, o):
            e = s(p["I"][c] @ p["O"][w]) - t
            g["I"][c] += e * p["O"][w]; g["O"][w] += e * p["I"][c]
    return g
def train(steps=20, lr=.2):
    p, h = start(), []
    for _ in range(steps):
        for c, o in pairs:
            hidden, back = p["I"][c], np.zeros(4)
            for w, t in targets(c, o):
                e = s(hidden @ p["O"][w]) - t
                back += e * p["O"][w]
                p["O"][w] -= lr * e * hidden
            p["I"][c] = p["I"][c] - lr * back
        h.append(loss(p))
    return h, p
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.2, steps=20, train=train)
