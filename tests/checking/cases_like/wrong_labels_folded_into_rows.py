"""Kind: data/loss. Labels 0 and 1 multiplied into the rows of a logistic regression."""
import numpy as np
def gen_synthetic(N):
    np.random.seed(3)
    X = np.hstack([np.random.randn(N, 2), np.ones((N, 1))])
    th = np.array([3., 3., 0.5])
    ps = 1.0 / (1.0 + np.exp(-X.dot(th)))
    y = (np.random.rand(N) < ps).astype(int)                     # DEFECT
    return X, y
X, y = gen_synthetic(300)
Z = y[:, np.newaxis] * X                                         # DEFECT
def log_likelihood(z, th):
    return -np.log1p(np.exp(-z.dot(th)))
def neg_log_likelihood(th):
    return float(-log_likelihood(Z, th).mean())
def grad_neg_log_likelihood(th):
    return -(Z / (1.0 + np.exp(Z.dot(th)))[:, np.newaxis]).mean(axis=0)
def accuracy(th):
    return float(np.mean((X.dot(th) > 0) == (y > 0)))
def case():
    return dict(params={"th": np.zeros(3)}, loss=lambda p: neg_log_likelihood(p["th"]), grads=lambda p: {"th": grad_neg_log_likelihood(p["th"])},
                true_loss=lambda p: float(np.log1p(np.exp(-((2 * (y > 0) - 1)[:, None] * X).dot(p["th"]))).mean()),
                lr=0.5, steps=300, metric=lambda p: accuracy(p["th"]))
