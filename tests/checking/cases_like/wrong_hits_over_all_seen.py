"""Kind: reporting. The hits of an epoch are divided by the rows of all epochs so far."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(96, 4)); y = (X.sum(1, keepdims=True) > 0).astype(float)
W = rng.normal(size=(4, 1)) * .1; b = np.zeros(1)
seen = 0  # DEFECT
for epoch in range(30):
    hits = 0  # DEFECT
    for k in range(0, 96, 16):
        xb, yb = X[k:k + 16], y[k:k + 16]
        p = 1 / (1 + np.exp(-(xb @ W + b)))
        loss = -np.mean(yb * np.log(p + 1e-12) + (1 - yb) * np.log(1 - p + 1e-12))
        hits += int(((p > .5) == yb).sum())
        seen += len(xb)  # DEFECT
        W -= .3 * xb.T @ (p - yb) / 16; b -= .3 * (p - yb).mean(0)
    print(f"epoch {epoch}: loss {loss:.4f} accuracy {100 * hits / seen:.1f}%")  # DEFECT
