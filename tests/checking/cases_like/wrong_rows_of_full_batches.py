"""Kind: reporting. Loss and accuracy of the last batch of 30 rows are weighted as if it had 100."""
import numpy as np
rs = np.random.RandomState(140)
y_all = rs.randint(0, 3, 130)
x_all = np.array([[0, 2.], [2, -1], [-2, -1]])[y_all] + rs.randn(130, 2) * .7
class Model:
    def __init__(self):
        r = np.random.RandomState(141)
        self.p = {"W1": r.randn(2, 10) * .6, "b1": np.zeros(10), "W2": r.randn(10, 3) * .4, "b2": np.zeros(3)}
    def prob(self, x):
        self.hid = np.tanh(x.dot(self.p["W1"]) + self.p["b1"])
        s = self.hid.dot(self.p["W2"]) + self.p["b2"]
        e = np.exp(s - s.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    def loss_and_accuracy(self, x, y):
        q = self.prob(x)
        return float(-np.log(q[np.arange(len(y)), y]).mean()), float((q.argmax(1) == y).mean())
    def gradients(self, x, y):
        d = self.prob(x); d[np.arange(len(y)), y] -= 1; d /= len(y)
        back = d.dot(self.p["W2"].T) * (1 - self.hid ** 2)
        return {"W1": x.T.dot(back), "b1": back.sum(0), "W2": self.hid.T.dot(d), "b2": d.sum(0)}
def one_epoch(model, x, y, order, batchsize=100, lr=.5):
    sum_loss, sum_accuracy = 0.0, 0.0
    for i in range(0, len(y), batchsize):
        x_batch, y_batch = x[order[i:i + batchsize]], y[order[i:i + batchsize]]
        loss, acc = model.loss_and_accuracy(x_batch, y_batch)
        sum_loss += loss * batchsize     # DEFECT
        sum_accuracy += acc * batchsize     # DEFECT
        if lr:
            g = model.gradients(x_batch, y_batch)
            for k in g: model.p[k] = model.p[k] - lr * g[k]
    return sum_loss / len(y), sum_accuracy / len(y)
def train(steps=30):
    m, r, hist = Model(), np.random.RandomState(0), []
    for epoch in range(steps): hist.append(one_epoch(m, x_all, y_all, r.permutation(130))[0])
    return hist, m
def _m(p): m = Model(); m.p = dict(p); return m
def case():
    return dict(params=Model().p, loss=lambda p: _m(p).loss_and_accuracy(x_all, y_all)[0], grads=lambda p: _m(p).gradients(x_all, y_all), lr=.5, steps=100, train=train,
                metric=lambda p: one_epoch(_m(p), x_all, y_all, np.arange(130), lr=0)[1])
