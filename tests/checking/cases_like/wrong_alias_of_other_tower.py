"""Kind: gradient. Two towers; a second name is given to the wrong error."""
import numpy as np

r = np.random.RandomState(9)
A = r.randn(30, 4)
B = r.randn(30, 5)
Y = np.tanh(A[:, :1] * B[:, :1])


class TwoTowers:
    def __init__(self):
        q = np.random.RandomState(3)
        self.L, self.R, self.top = q.randn(4, 6) * 0.5, q.randn(5, 6) * 0.5, q.randn(6, 1)
        self.bl, self.br = np.zeros(6), np.zeros(6)

    def forward(self):
        self.left, self.right = np.tanh(A @ self.L + self.bl), np.tanh(B @ self.R + self.br)
        self.mix = self.left * self.right
        return self.mix @ self.top

    def loss(self):
        return np.mean((self.forward() - Y) ** 2)

    def gradient(self):
        d = 2 * (self.forward() - Y) / len(Y)
        dm = d @ self.top.T
        self.delta_left, self.delta_right = dm * self.right * (1 - self.left**2), dm * self.left * (1 - self.right**2)
        for_left = self.delta_right  # DEFECT
        for_right = self.delta_right
        return {
            "L": A.T @ self.delta_left,
            "R": B.T @ self.delta_right,
            "top": self.mix.T @ d,
            "bl": for_left.sum(0),
            "br": for_right.sum(0),
        }


def put(p):
    t = TwoTowers()
    t.__dict__.update(p)
    return t


def case():
    t = TwoTowers()
    return dict(
        params={k: getattr(t, k) for k in ("L", "R", "top", "bl", "br")},
        loss=lambda p: put(p).loss(),
        grads=lambda p: put(p).gradient(),
        lr=0.1,
        steps=50,
    )
