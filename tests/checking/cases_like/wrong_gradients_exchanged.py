"""Kind: gradient. Two biases of the same length get one another's gradient."""
import numpy as np

r = np.random.RandomState(2)
X = r.randn(25, 4)
Y = np.sin(X)


def forward(p):
    h = np.tanh(X @ p["W1"] + p["b1"])
    return h, h @ p["W2"] + p["b2"]


def loss(p):
    return np.mean((forward(p)[1] - Y) ** 2)


def grads(p):
    h, o = forward(p)
    do = 2 * (o - Y) / Y.size
    dW2, db2 = h.T @ do, do.sum(0)
    dh = do @ p["W2"].T * (1 - h**2)
    dW1, db1 = X.T @ dh, dh.sum(0)
    return {"W1": dW1, "W2": dW2, "b1": db2, "b2": db1}  # DEFECT


def case():
    q = np.random.RandomState(0)
    return dict(
        params={"W1": q.randn(4, 4) * 0.5, "b1": np.zeros(4), "W2": q.randn(4, 4) * 0.5, "b2": np.zeros(4)},
        loss=loss,
        grads=grads,
        lr=0.1,
        steps=60,
    )
