"""Kind: gradient. On the way back the kernel is turned round, but its channels are not exchanged."""
import numpy as np
def windows(x, k):
    h, w = x.shape[1] - k + 1, x.shape[2] - k + 1
    return np.stack([np.stack([x[:, i:i + h, j:j + w] for j in range(k)], 3) for i in range(k)], 3)
class Conv:
    def __init__(self, W): self.W = W
    def forward(self, x): self.col = windows(x, 3); return np.einsum("nhwijc,ijco->nhwo", self.col, self.W)
    def backward(self, d):
        self.dW = np.einsum("nhwijc,nhwo->ijco", self.col, d)
        padded = np.pad(d, ((0, 0), (2, 2), (2, 2), (0, 0)))
        turned = np.flip(self.W, (0, 1))  # DEFECT
        return np.einsum("nhwijc,ijco->nhwo", windows(padded, 3), turned)
r = np.random.RandomState(6); IMG = r.rand(4, 7, 7, 2); T = r.rand(4, 2)
def p0(): r = np.random.RandomState(9); return {"k1": r.randn(3, 3, 2, 2) * .3, "k2": r.randn(3, 3, 2, 2) * .3}
def run(p): a, b = Conv(p["k1"]), Conv(p["k2"]); h = np.tanh(a.forward(IMG)); return a, b, h, b.forward(h)
def loss(p): return .5 * np.mean((run(p)[3].mean((1, 2)) - T) ** 2)
def grads(p):
    a, b, h, y = run(p)
    d = np.broadcast_to(((y.mean((1, 2)) - T) / T.size / 9)[:, None, None, :], y.shape)
    a.backward(b.backward(d) * (1 - h ** 2))
    return {"k1": a.dW, "k2": b.dW}
def case(): return dict(params=p0(), loss=loss, grads=grads, lr=.2, steps=40)
