"""Kind: gradient. The weights of the same layer, w[l][j][k], in the place of w[l + 1][k][j]."""
import numpy as np, math, random
random.seed(5)
SIZES = [2, 3, 3, 2]
W = [[[random.uniform(-1, 1) for _ in range(a + 1)] for _ in range(b)] for a, b in zip(SIZES, SIZES[1:])]
POINTS = [[random.uniform(-1, 1), random.uniform(-1, 1)] for _ in range(6)]
WANT = [[math.sin(a), a * b] for a, b in POINTS]
def run(w, x):
    outs = [list(x)]
    for layer in w:
        x = [math.tanh(row[-1] + sum(c * v for c, v in zip(row, x))) for row in layer]
        outs.append(x)
    return outs
def flat(w): return np.array([c for layer in w for row in layer for c in row])
def cost(w): return sum(.5 * (o - t) ** 2 for x, ts in zip(POINTS, WANT) for o, t in zip(run(w, x)[-1], ts)) / len(POINTS)
def gradient(w):
    g = [[[0.0] * len(row) for row in layer] for layer in w]
    for x, ts in zip(POINTS, WANT):
        outs = run(w, x)
        d = [None] * len(w)
        d[-1] = [(o - t) * (1 - o * o) for o, t in zip(outs[-1], ts)]
        for l in range(len(w) - 2, -1, -1):
            d[l] = []
            for j in range(len(w[l])):
                err = sum(w[l][j][k] * d[l + 1][k] for k in range(len(w[l + 1])))  # DEFECT
                d[l].append(err * (1 - outs[l + 1][j] ** 2))
        for l in range(len(w)):
            for j in range(len(w[l])):
                for i in range(len(outs[l])): g[l][j][i] += d[l][j] * outs[l][i] / len(POINTS)
                g[l][j][-1] += d[l][j] / len(POINTS)
    return g
def shaped(p): return [[list(row) for row in p["w%d" % l]] for l in range(3)]
def case(): return dict(params={"w%d" % l: np.array(W[l]) for l in range(3)}, loss=lambda p: cost(shaped(p)), grads=lambda p: {"w%d" % l: np.array(g) for l, g in enumerate(gradient(shaped(p)))}, lr=.1, steps=30)
