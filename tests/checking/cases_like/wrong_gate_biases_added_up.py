"""Kind: gradient. Two gates' biases get the error of a third one, in a list over time."""
import numpy as np

H = 4
def sigmoid(x): return 1.0 / (1.0 + np.exp(-x))

def init_lstm(seed=7):
    r = np.random.RandomState(seed); p = {}
    for gate in "fioc":
        p["W" + gate] = r.uniform(-.6, .6, (H, H + 1)); p["b" + gate] = np.zeros((H, 1))
    p["V"] = r.uniform(-.8, .8, (1, H)); p["v"] = np.zeros((1, 1))
    return p

def forward(p, seq):
    h = c = np.zeros((H, 1)); tape = []
    for x in seq:
        z = np.vstack([h, [[x]]])
        f, i, o = (sigmoid(p["W" + k] @ z + p["b" + k]) for k in "fio")
        ct = np.tanh(p["Wc"] @ z + p["bc"])
        c_prev, c = c, f * c + i * ct
        h = o * np.tanh(c)
        tape.append((z, f, i, o, ct, c_prev, c))
    return tape, h, float((p["V"] @ h + p["v"])[0, 0])

def backward(p, seq, target):
    tape, h, y = forward(p, seq); T = len(seq)
    delta_f, delta_i, delta_o, delta_ct = [None] * T, [None] * T, [None] * T, [None] * T
    e = np.array([[y - target]]); dh, dc = p["V"].T @ e, np.zeros((H, 1))
    for t in reversed(range(T)):
        z, f, i, o, ct, c_prev, c = tape[t]; th = np.tanh(c)
        dc = dc + dh * o * (1 - th ** 2)
        delta_o[t] = dh * th * o * (1 - o)
        delta_f[t] = dc * c_prev * f * (1 - f)
        delta_i[t] = dc * ct * i * (1 - i)
        delta_ct[t] = dc * i * (1 - ct ** 2)
        dz = p["Wo"].T @ delta_o[t] + p["Wf"].T @ delta_f[t] + p["Wi"].T @ delta_i[t] + p["Wc"].T @ delta_ct[t]
        dh, dc = dz[:H], dc * f
    Wf_grad, Wi_grad, Wo_grad, Wc_grad = (np.zeros((H, H + 1)) for _ in range(4))
    bf_grad, bi_grad, bo_grad, bc_grad = (np.zeros((H, 1)) for _ in range(4))
    for t in range(T):
        zt = tape[t][0].T
        Wf_grad += delta_f[t] @ zt
        bf_grad += delta_f[t]
        Wi_grad += delta_i[t] @ zt
        bi_grad += delta_f[t]  # DEFECT
        Wo_grad += delta_o[t] @ zt
        bo_grad += delta_f[t]  # DEFECT
        Wc_grad += delta_ct[t] @ zt
        bc_grad += delta_ct[t]
    return {"Wf": Wf_grad, "Wi": Wi_grad, "Wo": Wo_grad, "Wc": Wc_grad, "bf": bf_grad, "bi": bi_grad, "bo": bo_grad, "bc": bc_grad, "V": e @ h.T, "v": e}

rnd = np.random.RandomState(1)
SEQS = rnd.uniform(-1, 1, (6, 4)); WANT = np.tanh(SEQS[:, 0] - SEQS[:, -1]) + .5
def loss(p): return float(np.mean([.5 * (forward(p, s)[2] - w) ** 2 for s, w in zip(SEQS, WANT)]))
def grads(p):
    gs = [backward(p, s, w) for s, w in zip(SEQS, WANT)]
    return {k: sum(g[k] for g in gs) / len(gs) for k in p}
def case(): return dict(params=init_lstm(), loss=loss, grads=grads, lr=.3, steps=60)
