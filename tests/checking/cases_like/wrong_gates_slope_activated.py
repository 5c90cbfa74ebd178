"""Kind: gradient. An LSTM with one matrix for all gates; slopes are taken of activated values."""
import numpy as np


def sigm(x):
    return 1 / (1 + np.exp(-x))


def dsigm(x):
    return sigm(x) * (1 - sigm(x))


def dtanh(x):
    return 1 - np.tanh(x) ** 2


class Lstm:
    def __init__(self, n_in=3, n_h=4, seed=5):
        r = np.random.RandomState(seed)
        self.n_h = n_h
        self.W = r.randn(n_in + n_h, 4 * n_h) * 0.5
        self.b = r.randn(4 * n_h) * 0.1
        self.V = r.randn(n_h, 1)

    def forward(self, xs):
        n = self.n_h
        B = xs[0].shape[0]
        h = c = np.zeros((B, n))
        self.tape = []
        for x in xs:
            inp = np.hstack([x, h])
            a = inp @ self.W + self.b
            i, f, o, g = sigm(a[:, :n]), sigm(a[:, n : 2 * n]), sigm(a[:, 2 * n : 3 * n]), np.tanh(a[:, 3 * n :])
            c_prev, c = c, f * c + i * g
            h = o * np.tanh(c)
            self.tape.append((inp, i, f, o, g, c_prev, c))
        self.h = h
        return h @ self.V

    def backward(self, dy):
        dW, db = np.zeros_like(self.W), np.zeros_like(self.b)
        dV = self.h.T @ dy
        dh = dy @ self.V.T
        dc = np.zeros_like(dh)
        for inp, i, f, o, g, c_prev, c in reversed(self.tape):
            do = dh * np.tanh(c) * dsigm(o)  # DEFECT
            dc = dc + dh * o * dtanh(c)
            di = dc * g * dsigm(i)  # DEFECT
            df = dc * c_prev * dsigm(f)  # DEFECT
            dg = dc * i * dtanh(g)  # DEFECT
            da = np.hstack([di, df, do, dg])
            dW += inp.T @ da
            db += da.sum(0)
            dh = (da @ self.W.T)[:, -self.n_h :]
            dc = dc * f
        return {"W": dW, "b": db, "V": dV}


r = np.random.RandomState(7)
XS = [r.randn(8, 3) for _ in range(3)]
Y = np.tanh(XS[0][:, :1] - XS[-1][:, 1:2])


def net(p):
    m = Lstm()
    for k, v in p.items():
        setattr(m, k, v)
    return m


def loss(p):
    return float(np.mean((net(p).forward(XS) - Y) ** 2))


def grads(p):
    m = net(p)
    return m.backward(2 * (m.forward(XS) - Y) / len(Y))


def case():
    m = Lstm()
    return dict(params={"W": m.W, "b": m.b, "V": m.V}, loss=loss, grads=grads, lr=0.1, steps=50)
