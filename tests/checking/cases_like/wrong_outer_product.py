"""Kind: gradient. dz * h broadcasts where np.outer is needed."""
import numpy as np

class VanillaRNN:
    def __init__(self, n_in=2, n_hid=4, seed=5):
        r = np.random.RandomState(seed)
        self.Wx = r.randn(n_hid, n_in) * .5
        self.Wh = r.randn(n_hid, n_hid) * .4
        self.bh = np.zeros(n_hid)
        self.Wo = r.randn(1, n_hid) * .5
        self.bo = np.zeros(1)

    def run(self, xs):
        h = np.zeros(self.Wh.shape[0])
        hs = [h]; outs = []
        for x in xs:
            h = np.tanh(self.Wx @ x + self.Wh @ h + self.bh)
            hs.append(h)
            outs.append(self.Wo @ h + self.bo)
        return hs, outs

    def loss(self, xs, ts):
        _, outs = self.run(xs)
        return sum(0.5 * np.sum((o - t) ** 2) for o, t in zip(outs, ts))

    def bptt(self, xs, ts):
        hs, outs = self.run(xs)
        dWx, dWh, dbh = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.bh)
        dWo, dbo = np.zeros_like(self.Wo), np.zeros_like(self.bo)
        dh_next = np.zeros_like(self.bh)
        for t in reversed(range(len(xs))):
            dy = outs[t] - ts[t]
            dWo += np.outer(dy, hs[t + 1])
            dbo += dy
            dh = self.Wo.T @ dy + dh_next
            dz = dh * (1 - hs[t + 1] ** 2)
            dWx += np.outer(dz, xs[t])
            dWh += dz * hs[t]      # DEFECT
            dbh += dz
            dh_next = self.Wh.T @ dz
        return dict(Wx=dWx, Wh=dWh, bh=dbh, Wo=dWo, bo=dbo)

g = np.random.RandomState(0)
SEQ = g.randn(7, 2); OUT = np.cumsum(SEQ[:, :1], 0) * .3
def build(p):
    net = VanillaRNN()
    for k, v in p.items(): setattr(net, k, v)
    return net
def case():
    net = VanillaRNN()
    return dict(params={k: getattr(net, k) for k in ("Wx", "Wh", "bh", "Wo", "bo")}, loss=lambda p: build(p).loss(SEQ, OUT),
                grads=lambda p: build(p).bptt(SEQ, OUT), lr=.05, steps=100)
