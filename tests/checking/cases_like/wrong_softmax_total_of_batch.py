"""Kind: loss/numerics. The sum of all exponentials of the batch, on a line of its own, divides each of them."""
import numpy as np

rs = np.random.RandomState(10)
lab = np.repeat(np.arange(4), 30)
x = rs.randn(120, 5) * .6 + 2 * np.array([[1, 0, 0, 1, 0], [0, 1, 0, -1, 0], [0, 0, 1, 0, 1], [-1, 0, 0, 0, -1]])[lab]
y = np.eye(4)[lab]

def sig(x):
    return 1.0 / (1.0 + np.exp(-x))

def sig_deriv(x):
    return x * (1.0 - x)

def softmax(x):
    z = np.exp(x - x.max())
    s = z.sum()  # DEFECT
    return z / s

def init(sizes=(5, 8, 4)):
    r = np.random.RandomState(1)
    return [r.randn(b, a) * .5 for a, b in zip(sizes, sizes[1:])], [np.zeros((b, 1)) for b in sizes[1:]]

def forward_prop(x, w, b):
    a = {0: x.T}
    last = len(w)
    for i in range(1, last + 1):
        z = w[i - 1].dot(a[i - 1]) + b[i - 1]
        a[i] = softmax(z) if i == last else sig(z)
    return a[last], a

def back_prop(y, p, a, w):
    d_w, d_b = {}, {}
    d = (p - y.T) / len(y)
    for i in range(len(w) - 1, -1, -1):
        d_w[i] = d.dot(a[i].T)
        d_b[i] = np.sum(d, axis=1, keepdims=True)
        if i != 0:
            d = w[i].T.dot(d) * sig_deriv(a[i])
    return d_w, d_b

def cost(w, b):
    return float(-np.sum(y.T * np.log(forward_prop(x, w, b)[0])) / len(x))

def _s(q): return [q["w0"], q["w1"]], [q["b0"], q["b1"]]
def _g(q):
    w, b = _s(q); p, a = forward_prop(x, w, b); d_w, d_b = back_prop(y, p, a, w)
    return {"w0": d_w[0], "w1": d_w[1], "b0": d_b[0], "b1": d_b[1]}
def case():
    w, b = init()
    return dict(params={"w0": w[0], "w1": w[1], "b0": b[0], "b1": b[1]}, loss=lambda q: cost(*_s(q)), grads=_g, lr=1.0, steps=200,
                metric=lambda q: float(np.mean(forward_prop(x, *_s(q))[0].argmax(0) == lab)))
