import numpy as np

r = np.random.default_rng(31)
POINTS = [r.uniform(-1, 1, (3, 1)) for _ in range(10)]
WANTED = [np.array([[0.9 if v[0] * v[1] > 0 else 0.1], [0.5 + v[2, 0] / 4]]) for v in POINTS]
SIZES = (3, 6, 4, 2)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class Net:
    def __init__(self, p):
        self.w = [p[f"w{i}"] for i in range(3)]
        self.b = [p[f"b{i}"] for i in range(3)]

    def feed(self, a):
        self.a, self.z = [a], []
        for w, b in zip(self.w, self.b):
            self.z.append(np.dot(w, self.a[-1]) + b)
            self.a.append(sigmoid(self.z[-1]))
        return self.a[-1]

    def back(self, wanted):
        gw, gb = [0, 0, 0], [0, 0, 0]
        delta = (self.a[-1] - wanted) * sigmoid_prime(self.z[-1])
        for l in (2, 1, 0):
            gw[l] = np.dot(delta, self.a[l].T)
            gb[l] = delta
            if l:
                delta = np.dot(self.w[l].T, delta) * sigmoid_prime(self.z[l - 1])
        return gw, gb


def cost(p):
    net = Net(p)
    return float(sum(0.5 * np.sum((net.feed(x) - t) ** 2) for x, t in zip(POINTS, WANTED)) / len(POINTS))


def gradients(p):
    net, g = Net(p), {k: np.zeros_like(v) for k, v in p.items()}
    for x, t in zip(POINTS, WANTED):
        net.feed(x)
        gw, gb = net.back(t)
        for l in range(3):
            g[f"w{l}"] += gw[l] / len(POINTS)
            g[f"b{l}"] += gb[l] / len(POINTS)
    return g


def case():
    s = np.random.default_rng(3)
    p = {f"w{i}": s.normal(0, 0.9, (SIZES[i + 1], SIZES[i])) for i in range(3)}
    return dict(params=p | {f"b{i}": np.zeros((SIZES[i + 1], 1)) for i in range(3)}, loss=cost, grads=gradients, lr=0.5, steps=50)
