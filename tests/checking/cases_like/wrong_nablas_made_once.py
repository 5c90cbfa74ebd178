"""Kind: update. The lists that a batch's gradients are added up in are made once, before the loops."""
import numpy as np
def three_rings(n=60, seed=4):
    r = np.random.RandomState(seed); k = r.randint(0, 3, n); a = r.uniform(0, 2 * np.pi, n); rad = .4 + .7 * k + r.normal(0, .08, n)
    return [(np.array([[q * np.cos(t)], [q * np.sin(t)]]), np.eye(3)[:, [c]]) for q, t, c in zip(rad, a, k)]
def sigmoid(z): return 1.0 / (1.0 + np.exp(-z))
class Network(object):
    def __init__(self, sizes, seed=0):
        r = np.random.RandomState(seed)
        self.sizes = sizes
        self.biases = [r.randn(y, 1) for y in sizes[1:]]
        self.weights = [r.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a
    def cost(self, data):
        return float(sum(0.5 * np.sum((self.feedforward(x) - y) ** 2) for x, y in data) / len(data))
    def backprop(self, x, y):
        acts = [x]
        for b, w in zip(self.biases, self.weights):
            acts.append(sigmoid(np.dot(w, acts[-1]) + b))
        delta = (acts[-1] - y) * acts[-1] * (1 - acts[-1])
        dw, db = [np.dot(delta, acts[-2].T)], [delta]
        for l in range(2, len(self.sizes)):
            delta = np.dot(self.weights[-l + 1].T, delta) * acts[-l] * (1 - acts[-l])
            dw.insert(0, np.dot(delta, acts[-l - 1].T)); db.insert(0, delta)
        return dw, db
    def SGD(self, data, epochs, batch_size, eta, seed=1):
        r = np.random.RandomState(seed); history = []
        nabla_w = [np.zeros(w.shape) for w in self.weights]            # DEFECT
        nabla_b = [np.zeros(b.shape) for b in self.biases]             # DEFECT
        for epoch in range(epochs):
            order = r.permutation(len(data))
            for start in range(0, len(data), batch_size):
                batch = [data[i] for i in order[start:start + batch_size]]
                for x, y in batch:
                    dw, db = self.backprop(x, y)
                    nabla_w = [nw + d for nw, d in zip(nabla_w, dw)]
                    nabla_b = [nb + d for nb, d in zip(nabla_b, db)]
                self.weights = [w - eta / len(batch) * nw for w, nw in zip(self.weights, nabla_w)]
                self.biases = [b - eta / len(batch) * nb for b, nb in zip(self.biases, nabla_b)]
            history.append(self.cost(data))
        return history
DATA = three_rings()
NAMES = ("w0", "w1", "b0", "b1")
def net_of(p): n = Network([2, 8, 3]); n.weights = [p["w0"], p["w1"]]; n.biases = [p["b0"], p["b1"]]; return n
def mean_grads(p):
    n = net_of(p); tot = [np.zeros_like(p[k]) for k in NAMES]
    for x, y in DATA:
        dw, db = n.backprop(x, y); tot = [t + g for t, g in zip(tot, dw + db)]
    return {k: t / len(DATA) for k, t in zip(NAMES, tot)}
def train(steps=12, eta=3.0):
    n = Network([2, 8, 3]); return n.SGD(DATA, steps, 20, eta), n
def case():
    n = Network([2, 8, 3])
    return dict(params=dict(zip(NAMES, n.weights + n.biases)), loss=lambda p: net_of(p).cost(DATA), grads=mean_grads, lr=3.0, steps=12, train=train)
