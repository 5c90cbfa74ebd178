"""Correct: images lie on the last axis, so that a reshape makes columns of them; others are flattened and transposed."""
import numpy as np


def make_images(m, seed):
    r = np.random.RandomState(seed)
    imgs = r.uniform(0, 160, (m, 6, 6, 3))
    y = r.randint(0, 2, (1, m))
    for i in range(m):
        if y[0, i]:
            imgs[i, 2:5, 1:4, 0] += 70
        else:
            imgs[i, 1:4, 2:5, 2] += 70
    return imgs, y


train_x_orig, train_y = make_images(120, 1)
test_x_orig, test_y = make_images(60, 2)
num_px = train_x_orig.shape[1]

stack = np.moveaxis(train_x_orig, 0, -1).copy()
train_x_flat = stack.reshape(num_px * num_px * 3, stack.shape[-1])
test_x_flat = test_x_orig.reshape(test_x_orig.shape[0], -1).T.copy()
train_x = train_x_flat / 255.
test_x = test_x_flat / 255.


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def initialize(dim):
    return np.zeros((dim, 1)), np.zeros((1, 1))


def propagate(w, b, X, Y):
    m = X.shape[1]
    A = sigmoid(np.dot(w.T, X) + b)
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dw = np.dot(X, (A - Y).T) / m
    db = np.sum(A - Y, keepdims=True) / m
    return dw, db, float(cost)


def predict(w, b, X):
    return (sigmoid(np.dot(w.T, X) + b) > .5).astype(int)


def optimize(steps=300, learning_rate=.1):
    w, b = initialize(train_x.shape[0]); costs = []
    for _ in range(steps):
        dw, db, cost = propagate(w, b, train_x, train_y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
        costs.append(cost)
    return costs, w, b


def case():
    w, b = initialize(train_x.shape[0])
    return dict(params={"w": w, "b": b}, loss=lambda p: propagate(p["w"], p["b"], train_x, train_y)[2],
                grads=lambda p: dict(zip(("w", "b"), propagate(p["w"], p["b"], train_x, train_y)[:2])), lr=.1, steps=300,
                metric=lambda p: float(np.mean(predict(p["w"], p["b"], test_x) == test_y)))
