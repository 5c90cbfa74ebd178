"""A network goes to an ONNX file, another runtime computes it, and it comes back as a function to go on with.

Needs the packages onnx and onnxruntime.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime

import cutaway as ca


def main() -> None:
    data = ca.data.load("digits")
    split = data.split(test=0.25, seed=0)
    images = {name: part.X.reshape(-1, 8, 8) for name, part in (("train", split.train), ("test", split.test))}

    net = ca.Network(
        [ca.Conv2D(8, 3, "relu"), ca.MaxPool2D(2), ca.Flatten(), ca.Dense(10, "softmax")],
        seed=0,
    )
    net.fit(images["train"], split.train.y, optimizer=ca.Adam(0.01), epochs=15, batch_size=32, progress=False)
    print(f"accuracy on {len(split.test.y)} digits: {np.mean(net.predict(images['test']) == split.test.y):.2f}")

    with TemporaryDirectory() as folder:
        path = Path(folder) / "digits.onnx"
        net.to_onnx(path)

        # What the file holds: one node for each layer, and what lies between.
        model = onnx.load(path)
        print("nodes:", *sorted({node.op_type for node in model.graph.node} - {"Constant", "Identity"}))

        # Another runtime, with one image and with all of them.
        session = onnxruntime.InferenceSession(path)
        for n in (1, len(split.test.y)):
            X = images["test"][:n].astype(np.float32)
            (theirs,) = session.run(None, {"X": X})
            print(f"{n} images, the same to rounding: {np.abs(theirs - net(X)).max() < 1e-5}")

        # Back as a function of NumPy arrays: with gradients, and trained on.
        again = ca.from_onnx(path)

    print("weights:", {name: array.shape for name, array in again.params.items()})
    X, t = images["train"].astype(np.float32), np.eye(10, dtype=np.float32)[split.train.y]

    def loss(params: dict[str, np.ndarray], X: np.ndarray, t: np.ndarray) -> np.ndarray:
        return -np.mean(np.sum(t * np.log(again.apply(params, X) + 1e-7), axis=1))

    trained, _ = ca.minimize(loss, again.params, X, t, optimizer=ca.Adam(0.003), steps=50)
    print(f"trained on: the loss is smaller: {loss(trained, X, t) < loss(again.params, X, t)}")

    # A function of one's own, for any number of rows.
    with TemporaryDirectory() as folder:
        path = Path(folder) / "distances.onnx"
        centre = split.train.X.mean(axis=0)
        ca.export.onnx.save(lambda X: np.sqrt(np.sum((X - centre) ** 2, axis=1)), path, inputs=[split.train.X[:1]])
        (lengths,) = onnxruntime.InferenceSession(path).run(None, {"X": split.test.X})
        print(f"distances of {lengths.shape[0]} digits from the mean: {lengths.min():.1f} to {lengths.max():.1f}")


if __name__ == "__main__":
    main()
