"""Kind: loss/gradient. The Euclidean norm where that of absolute values is meant."""
import numpy as np


class l1_regularization:
    """Regularization for Lasso Regression"""

    def __init__(self, alpha):
        self.alpha = alpha

    def __call__(self, w):
        return self.alpha * np.linalg.norm(w)  # DEFECT

    def grad(self, w):
        return self.alpha * np.sign(w)


class l2_regularization:
    """Regularization for Ridge Regression"""

    def __init__(self, alpha):
        self.alpha = alpha

    def __call__(self, w):
        return self.alpha * 0.5 * w.T.dot(w)

    def grad(self, w):
        return self.alpha * w


class Regression(object):
    def __init__(self, n_iterations, learning_rate, regularization):
        self.n_iterations, self.learning_rate, self.regularization = n_iterations, learning_rate, regularization

    def initialize_weights(self, n_features):
        limit = 1 / np.sqrt(n_features)
        self.w = np.random.RandomState(0).uniform(-limit, limit, (n_features,))

    def training_error(self, X, y):
        return float(np.mean(0.5 * (y - X.dot(self.w)) ** 2) + self.regularization(self.w))

    def gradient(self, X, y):
        y_pred = X.dot(self.w)
        return -(y - y_pred).dot(X) / len(y) + self.regularization.grad(self.w)

    def fit(self, X, y):
        self.training_errors = []
        self.initialize_weights(X.shape[1])
        for i in range(self.n_iterations):
            self.training_errors.append(self.training_error(X, y))
            self.w = self.w - self.learning_rate * self.gradient(X, y)


class LassoRegression(Regression):
    def __init__(self, reg_factor=0.2, n_iterations=300, learning_rate=0.05):
        super(LassoRegression, self).__init__(n_iterations, learning_rate, l1_regularization(alpha=reg_factor))


def polynomial(n=90, degree=5, seed=4):
    r = np.random.RandomState(seed)
    t = r.uniform(-1, 1, n)
    return np.vander(t, degree + 1), 1.5 * t**3 - t + 0.5 + 0.1 * r.randn(n)


X, y = polynomial()


def _m(p):
    m = LassoRegression()
    m.w = p["w"]
    return m


def case():
    m = LassoRegression()
    m.initialize_weights(X.shape[1])
    return dict(
        params={"w": m.w},
        loss=lambda p: _m(p).training_error(X, y),
        grads=lambda p: {"w": _m(p).gradient(X, y)},
        lr=0.05,
        steps=200,
    )
