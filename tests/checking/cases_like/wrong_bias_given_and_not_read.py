"""Kind: loss. A step of a convolution is given its bias and never reads it, though it gets a gradient."""
import numpy as np

rs = np.random.RandomState(40)
imgs = np.zeros((24, 5, 5)); cls = np.arange(24) % 3
for n in range(24):
    k = rs.randint(1, 4)
    if cls[n] == 0: imgs[n, k, :] = 1
    elif cls[n] == 1: imgs[n, :, k] = 1
    else: imgs[n][np.diag_indices(5)] = 1
imgs += rs.randn(24, 5, 5) * .25

def conv_single_step(a_slice_prev, W, b):
    s = np.multiply(a_slice_prev, W)
    Z = np.sum(s)  # DEFECT
    return Z

def conv_forward(A_prev, W, b):
    m, nH, nW = A_prev.shape
    f = W.shape[1]
    Z = np.zeros((m, nH - f + 1, nW - f + 1, W.shape[0]))
    for i in range(m):
        for h in range(Z.shape[1]):
            for w in range(Z.shape[2]):
                for c in range(W.shape[0]):
                    Z[i, h, w, c] = conv_single_step(A_prev[i, h:h + f, w:w + f], W[c], b[c])
    return Z

def conv_backward(dZ, A_prev, W):
    f, dW, db = W.shape[1], np.zeros_like(W), np.zeros(W.shape[0])
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            dW += np.tensordot(dZ[:, h, w, :], A_prev[:, h:h + f, w:w + f], axes=(0, 0))
            db += dZ[:, h, w, :].sum(axis=0)
    return dW, db

def parameters():
    r = np.random.RandomState(41)
    return {"W1": r.randn(2, 3, 3) * .4, "b1": np.zeros(2), "W2": r.randn(18, 3) * .2, "b2": np.zeros(3)}

def model(p):
    A1 = np.tanh(conv_forward(imgs, p["W1"], p["b1"]))
    F = A1.reshape(len(imgs), -1)
    S = F @ p["W2"] + p["b2"]
    E = np.exp(S - S.max(axis=1, keepdims=True))
    return A1, F, E / E.sum(axis=1, keepdims=True)

def cost(p):
    return float(-np.log(model(p)[2][np.arange(len(cls)), cls]).mean())

def gradients(p):
    A1, F, P = model(p)
    dS = (P - np.eye(3)[cls]) / len(cls)
    dZ = (dS @ p["W2"].T).reshape(A1.shape) * (1 - A1 ** 2)
    dW1, db1 = conv_backward(dZ, imgs, p["W1"])
    return {"W1": dW1, "b1": db1, "W2": F.T @ dS, "b2": dS.sum(axis=0)}

def case():
    return dict(params=parameters(), loss=cost, grads=gradients, lr=.5, steps=40,
                metric=lambda p: float(np.mean(model(p)[2].argmax(1) == cls)))
