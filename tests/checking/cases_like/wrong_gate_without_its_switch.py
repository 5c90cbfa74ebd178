"""Kind: gradient. The slope of one gate is asked for without the switch that makes it a slope."""
import numpy as np

H, T = 5, 7
_r = np.random.default_rng(12)
seqs = _r.uniform(-1, 1, (3, T))
goal = np.array([[(s * .8 ** np.arange(T)[::-1]).sum()] for s in seqs])


def sigmoid(x, derivative=False):
    """derivative=True expects x to be an activation already"""
    if derivative:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


def tanh(x, derivative=False):
    if derivative:
        return 1 - x ** 2
    return np.tanh(x)


def init_lstm():
    r = np.random.default_rng(2)
    p = {"W_" + k: r.normal(0, .45, (H, H + 1)) for k in "figo"}
    p.update({"b_" + k: np.zeros((H, 1)) for k in "figo"})
    p["b_f"] += 1.
    p["W_v"] = r.normal(0, .6, (1, H)); p["b_v"] = np.zeros((1, 1))
    return p


def forward(inputs, p):
    h, C, tape = np.zeros((H, 1)), np.zeros((H, 1)), []
    for x in inputs:
        z = np.vstack((h, [[x]]))
        f = sigmoid(p["W_f"] @ z + p["b_f"]); i = sigmoid(p["W_i"] @ z + p["b_i"])
        g = tanh(p["W_g"] @ z + p["b_g"]); o = sigmoid(p["W_o"] @ z + p["b_o"])
        C_prev, C = C, f * C + i * g
        h = o * tanh(C)
        tape.append((z, f, i, g, o, C_prev, C))
    return p["W_v"] @ h + p["b_v"], h, tape


def backward(inputs, target, p):
    grad = {k: np.zeros_like(v) for k, v in p.items()}
    v, h, tape = forward(inputs, p)
    dv = (v - target) / len(seqs)
    grad["W_v"] += dv @ h.T; grad["b_v"] += dv
    dh, dC = p["W_v"].T @ dv, np.zeros((H, 1))
    for z, f, i, g, o, C_prev, C in reversed(tape):
        do = dh * tanh(C)
        do = sigmoid(o, derivative=True) * do
        dC = dC + dh * o * tanh(tanh(C), derivative=True)
        dg = dC * i
        dg = tanh(g, derivative=True) * dg
        di = dC * g
        di = sigmoid(i, derivative=True) * di
        df = dC * C_prev
        df = sigmoid(f) * df  # DEFECT
        dz = 0
        for name, d in zip("figo", (df, di, dg, do)):
            grad["W_" + name] += d @ z.T; grad["b_" + name] += d
            dz = dz + p["W_" + name].T @ d
        dh, dC = dz[:H], f * dC
    return grad


def loss(p):
    return float(np.mean([.5 * (forward(s, p)[0] - y) ** 2 for s, y in zip(seqs, goal)]))


def grads(p):
    out = {k: np.zeros_like(v) for k, v in p.items()}
    for s, y in zip(seqs, goal):
        for k, g in backward(s, y, p).items():
            out[k] += g
    return out


def case():
    return dict(params=init_lstm(), loss=loss, grads=grads, lr=.3, steps=60)
