"""Kind: reporting"""
import numpy

rng = numpy.random.RandomState(17)
n, n_in, n_out = 150, 4, 5
train_y = rng.randint(0, n_out, n); train_x = rng.randn(n, n_in) + 3 * rng.randn(n_out, n_in)[train_y]

class LogisticRegression(object):
    def __init__(self, n_in, n_out):
        self.W, self.b = numpy.zeros((n_in, n_out)), numpy.zeros(n_out)
    def p_y_given_x(self, x):
        s = x.dot(self.W) + self.b; e = numpy.exp(s - s.max(axis=1, keepdims=True)); return e / e.sum(axis=1, keepdims=True)
    def negative_log_likelihood(self, x, y): return -numpy.mean(numpy.log(self.p_y_given_x(x))[numpy.arange(len(y)), y])
    def errors(self, x, y):
        y_pred = numpy.argmax(self.p_y_given_x(x))           # DEFECT
        return numpy.mean(y_pred != y)
    def gradient(self, x, y):
        d = self.p_y_given_x(x); d[numpy.arange(len(y)), y] -= 1; d /= len(y); return {"W": x.T.dot(d), "b": d.sum(axis=0)}

def sgd_optimization(learning_rate=.13, n_epochs=40, batch_size=30):
    classifier = LogisticRegression(n_in, n_out); shown = []
    for epoch in range(n_epochs):
        for k in range(0, n, batch_size):
            g = classifier.gradient(train_x[k:k + batch_size], train_y[k:k + batch_size])
            classifier.W = classifier.W - learning_rate * g["W"]; classifier.b = classifier.b - learning_rate * g["b"]
        shown.append(100. * classifier.errors(train_x, train_y))
    return classifier, shown

def _c(p): c = LogisticRegression(n_in, n_out); c.W, c.b = p["W"], p["b"]; return c
def case():
    return dict(params={"W": numpy.zeros((n_in, n_out)), "b": numpy.zeros(n_out)}, loss=lambda p: float(_c(p).negative_log_likelihood(train_x, train_y)),
                grads=lambda p: _c(p).gradient(train_x, train_y), lr=.13, steps=100, metric=lambda p: float(1 - _c(p).errors(train_x, train_y)))
