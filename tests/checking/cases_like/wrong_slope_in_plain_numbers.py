"""Kind: gradient/loss. A network written out weight by weight: cross-entropy, and the slope that belongs to squared error."""
import math
import numpy as np

def sig(v): return 1 / (1 + math.exp(-v))

TABLE = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
W0 = np.array([0.9, -0.4, 0.3, 0.8, -1.1, 1.2])     # w11 w12 w21 w22 v1 v2
B0 = np.array([0.1, -0.2, 0.05])                    # hidden 1, hidden 2, output

def predict(w, b, x):
    h1 = sig(w[0] * x[0] + w[1] * x[1] + b[0])
    h2 = sig(w[2] * x[0] + w[3] * x[1] + b[1])
    return h1, h2, sig(w[4] * h1 + w[5] * h2 + b[2])

def bce(y, y_hat):
    return -(y * math.log(y_hat) + (1 - y) * math.log(1 - y_hat))

def total_loss(w, b):
    return sum(bce(y, predict(w, b, x)[2]) for x, y in TABLE) / len(TABLE)

def row_gradient(w, b, x, y):
    h1, h2, y_hat = predict(w, b, x)
    error_o = (y_hat - y) * y_hat * (1 - y_hat)  # DEFECT
    error_h1 = error_o * w[4] * h1 * (1 - h1)
    error_h2 = error_o * w[5] * h2 * (1 - h2)
    gw = np.array([error_h1 * x[0], error_h1 * x[1], error_h2 * x[0], error_h2 * x[1], error_o * h1, error_o * h2])
    gb = np.array([error_h1, error_h2, error_o])
    return gw, gb

def train(steps=1000, lr=0.5):
    w, b, hist = W0.copy(), B0.copy(), []
    for epoch in range(steps):
        for x, y in TABLE:
            gw, gb = row_gradient(w, b, x, y)
            w = w - lr * gw
            b = b - lr * gb
        hist.append(total_loss(w, b))
    return hist, (w, b)

def grads(p):
    rows = [row_gradient(p["w"], p["b"], x, y) for x, y in TABLE]
    return {"w": sum(r[0] for r in rows) / len(TABLE), "b": sum(r[1] for r in rows) / len(TABLE)}

def case():
    return dict(params={"w": W0.copy(), "b": B0.copy()}, loss=lambda p: float(total_loss(p["w"], p["b"])), grads=grads, lr=0.5, steps=400, train=train)
