"""Kind: gradient. The error of a unit is summed over the wrong index of a square matrix, number by number."""
import numpy as np

def logistic(x): return 1.0 / (1.0 + np.exp(-x))

class Layer:
    def __init__(self, n_in, n_out, rnd):
        self.n_in, self.n_out = n_in, n_out
        self.weight = rnd.uniform(-1.5, 1.5, (n_out, n_in))
        self.bias = rnd.uniform(-.5, .5, n_out)

    def get_output(self, inp):
        self.inp = np.asarray(inp, float)
        self.out = np.array([logistic(sum(self.weight[i] * self.inp) + self.bias[i]) for i in range(self.n_out)])
        return self.out

    def get_error(self, deltas):
        return [sum(self.weight[j, i] * deltas[i] for i in range(self.n_out)) for j in range(self.n_in)]  # DEFECT

    def update(self, deltas, lr):
        for i in range(self.n_out):
            for j in range(self.n_in):
                self.weight[i, j] -= lr * deltas[i] * self.inp[j]
            self.bias[i] -= lr * deltas[i]

class BPNN:
    def __init__(self, seed=7):
        rnd = np.random.RandomState(seed)
        self.hidden, self.output = Layer(4, 3, rnd), Layer(3, 3, rnd)

    def activate(self, x): return self.output.get_output(self.hidden.get_output(x))

    def learn(self, x, t, lr):
        o = self.activate(x)
        out_delta = (o - t) * o * (1 - o)
        h = self.hidden.out
        hid_delta = np.array(self.output.get_error(out_delta)) * h * (1 - h)
        self.output.update(out_delta, lr)
        self.hidden.update(hid_delta, lr)

    def error(self): return float(sum(.5 * sum((self.activate(x) - t) ** 2) for x, t in zip(PATTERNS, TARGETS)))

_r = np.random.RandomState(3)
PATTERNS = _r.randint(0, 2, (9, 4)).astype(float)
_s = PATTERNS.sum(1)
TARGETS = np.c_[_s % 2, PATTERNS[:, 0] != PATTERNS[:, 1], PATTERNS[:, 2] == PATTERNS[:, 3]].astype(float)

def net_of(p):
    n = BPNN()
    n.hidden.weight, n.hidden.bias, n.output.weight, n.output.bias = (p[k].copy() for k in ("hw", "hb", "ow", "ob"))
    return n
def state(n): return {"hw": n.hidden.weight, "hb": n.hidden.bias, "ow": n.output.weight, "ob": n.output.bias}

def grads(p):
    g = {k: np.zeros_like(v) for k, v in p.items()}
    for x, t in zip(PATTERNS, TARGETS):
        n = net_of(p); n.learn(x, t, 1.0)
        for k, v in state(n).items(): g[k] += p[k] - v
    return g

def train(steps=150, lr=.5):
    n, h = BPNN(), []
    for _ in range(steps):
        for x, t in zip(PATTERNS, TARGETS): n.learn(x, t, lr)
        h.append(n.error())
    return h, n

def case(): return dict(params=state(BPNN()), loss=lambda p: net_of(p).error(), grads=grads, lr=.2, steps=60, train=train)
