"""Kind: initialization. Three classes one behind the other, and lines that all go through the origin."""
import numpy as np
r = np.random.RandomState(4)
centres = np.array([[2.0, 2.0], [4.0, 4.0], [6.0, 6.0]])
labels = np.repeat(np.arange(3), 50)
X = centres[labels] + r.randn(150, 2) * 0.4
Y = np.eye(3)[labels]
W = r.randn(2, 3) * 0.01  # DEFECT

def softmax(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def loss_fn(W):
    P = softmax(X @ W)  # DEFECT
    return -np.mean(np.sum(Y * np.log(P), axis=1))

def grad_fn(W):
    P = softmax(X.dot(W))
    return X.T.dot(P - Y) / len(X)

def case():
    return dict(params={"W": W}, loss=lambda p: loss_fn(p["W"]), grads=lambda p: {"W": grad_fn(p["W"])}, lr=0.1, steps=400,
                update=lambda p, g, lr: {"W": p["W"] - lr * g["W"]})
