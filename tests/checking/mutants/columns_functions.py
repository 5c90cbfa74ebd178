import numpy as np

r = np.random.RandomState(1)
X = r.randn(4, 90)
Y = np.eye(3)[np.argmax(X[:3] + 0.2 * r.randn(3, 90), axis=0)].T
LAMBDA = 0.02


def relu(z):
    return np.maximum(z, 0)


def start():
    q = np.random.RandomState(5)
    return q.randn(8, 4) * 0.5, q.randn(8, 1) * 0.1, q.randn(5, 8) * 0.5, q.randn(5, 1) * 0.1, q.randn(3, 5) * 0.5, np.zeros((3, 1))


def forward(W1, b1, W2, b2, W3, b3):
    Z1 = W1.dot(X) + b1
    A1 = relu(Z1)
    Z2 = W2.dot(A1) + b2
    A2 = relu(Z2)
    Z3 = W3.dot(A2) + b3
    E = np.exp(Z3 - Z3.max(axis=0, keepdims=True))
    return Z1, A1, Z2, A2, E / E.sum(axis=0, keepdims=True)


def cost(W1, b1, W2, b2, W3, b3):
    m = X.shape[1]
    P = forward(W1, b1, W2, b2, W3, b3)[-1]
    data = -np.sum(Y * np.log(P + 1e-12)) / m
    penalty = LAMBDA / (2 * m) * (np.sum(W1 ** 2) + np.sum(W2 ** 2) + np.sum(W3 ** 2))
    return data + penalty


def backward(W1, b1, W2, b2, W3, b3):
    m = X.shape[1]
    Z1, A1, Z2, A2, P = forward(W1, b1, W2, b2, W3, b3)
    dZ3 = P - Y
    dW3 = dZ3.dot(A2.T) / m + LAMBDA / m * W3
    db3 = np.sum(dZ3, axis=1, keepdims=True) / m
    dA2 = W3.T.dot(dZ3)
    dZ2 = dA2 * (Z2 > 0)
    dW2 = dZ2.dot(A1.T) / m + LAMBDA / m * W2
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = W2.T.dot(dZ2)
    dZ1 = dA1 * (Z1 > 0)
    dW1 = dZ1.dot(X.T) / m + LAMBDA / m * W1
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2, dW3, db3


NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")


def step(W1, b1, W2, b2, W3, b3, dW1, db1, dW2, db2, dW3, db3, alpha):
    W1 = W1 - alpha * dW1
    b1 = b1 - alpha * db1
    W2 = W2 - alpha * dW2
    b2 = b2 - alpha * db2
    W3 = W3 - alpha * dW3
    b3 = b3 - alpha * db3
    return W1, b1, W2, b2, W3, b3


def train(steps=150, alpha=0.5):
    P = start()
    costs = []
    for i in range(steps):
        costs.append(float(cost(*P)))
        G = backward(*P)
        P = step(*P, *G, alpha)
    return costs, dict(zip(NAMES, P))


def case():
    return dict(
        params=dict(zip(NAMES, start())),
        loss=lambda q: float(cost(*[q[n] for n in NAMES])),
        grads=lambda q: dict(zip(NAMES, backward(*[q[n] for n in NAMES]))),
        update=lambda q, g, lr: dict(zip(NAMES, step(*[q[n] for n in NAMES], *[g[n] for n in NAMES], lr))),
        lr=0.5, steps=150, train=train,
    )
