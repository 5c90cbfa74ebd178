"""Kind: data. Targets of 1 to 4 in a list over several lines, for a tanh."""
import math
import numpy as np

pat = [
    [[0.0, 0.0, 1.0, 0.2], [1]],  # DEFECT
    [[0.1, 0.9, 0.3, 0.6], [2]],  # DEFECT
    [[0.8, 0.2, 0.7, 0.1], [3]],  # DEFECT
    [[0.9, 1.0, 0.1, 0.8], [4]],  # DEFECT
    [[0.1, 0.1, 0.9, 0.1], [1]],  # DEFECT
    [[0.8, 0.9, 0.2, 0.9], [4]],  # DEFECT
]

def sigmoid(x):
    return math.tanh(x)

def dsigmoid(y):
    return 1.0 - y ** 2

class NN:
    def __init__(self, ni, nh, no):
        rnd = np.random.RandomState(0)
        self.ni, self.nh, self.no = ni + 1, nh, no
        self.ai, self.ah, self.ao = [1.0] * self.ni, [1.0] * nh, [1.0] * no
        self.wi = rnd.uniform(-0.2, 0.2, (self.ni, nh))
        self.wo = rnd.uniform(-0.5, 0.5, (nh, no))
    def runNN(self, inputs):
        for i in range(self.ni - 1):
            self.ai[i] = inputs[i]
        for j in range(self.nh):
            self.ah[j] = sigmoid(sum(self.ai[i] * self.wi[i, j] for i in range(self.ni)))
        for k in range(self.no):
            self.ao[k] = sigmoid(sum(self.ah[j] * self.wo[j, k] for j in range(self.nh)))  # DEFECT
        return self.ao
    def backPropagate(self, targets):
        output_deltas = [(targets[k] - self.ao[k]) * dsigmoid(self.ao[k]) for k in range(self.no)]
        hidden_deltas = [sum(output_deltas[k] * self.wo[j, k] for k in range(self.no)) * dsigmoid(self.ah[j]) for j in range(self.nh)]
        return np.outer(self.ai, hidden_deltas), np.outer(self.ah, output_deltas)
    def error(self):
        return float(sum(0.5 * (t[0] - self.runNN(inp)[0]) ** 2 for inp, t in pat))
    def batch(self):
        ci, co = np.zeros_like(self.wi), np.zeros_like(self.wo)
        for inp, t in pat:
            self.runNN(inp)
            a, b = self.backPropagate(t)
            ci += a; co += b
        return ci, co
    def train(self, max_iterations=300, N=0.1):
        h = []
        for _ in range(max_iterations):
            h.append(self.error())
            ci, co = self.batch()
            self.wi = self.wi + N * ci
            self.wo = self.wo + N * co
        return h

def make(p):
    n = NN(4, 5, 1); n.wi, n.wo = p["wi"], p["wo"]
    return n

def train(steps=300):
    n = NN(4, 5, 1)
    return n.train(steps), n

def case():
    n = NN(4, 5, 1)
    return dict(params={"wi": n.wi, "wo": n.wo}, loss=lambda p: make(p).error(), lr=0.1, steps=300, train=train,
                grads=lambda p: {k: -g for k, g in zip(("wi", "wo"), make(p).batch())})
