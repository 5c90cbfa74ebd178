"""Handwritten digits with the library: train with early stopping, judge on held-out data, save, load.

With ``--out DIR`` the network, its log and pictures are kept in DIR.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

import cutaway as ca


def run(out, pictures=False):
    split = ca.data.load("digits").split(test=0.2, validation=0.1, seed=0)
    scale = ca.data.Standardizer.fit(split.train.X)  # of the training part alone: the rest is not known yet
    X, X_validation, X_test = (scale.transform(part.X) for part in (split.train, split.validation, split.test))

    net = ca.Network([ca.Dense(128, "relu"), ca.Dropout(0.3), ca.Dense(10, "softmax")], seed=0)
    history = net.fit(
        X,
        split.train.y,
        validation=(X_validation, split.validation.y),
        optimizer=ca.Adam(0.003),
        epochs=60,
        batch_size=32,
        callbacks=[ca.EarlyStopping("val_loss", patience=15), ca.CSVLog(out / "history.csv")],
    )
    print(net.summary(), history, *history.notes, sep="\n")
    found = net.evaluate(X_test, split.test.y)
    print(f"held-out: loss {found['loss']:.4f}, accuracy {found['accuracy']:.4f}")

    net.save(out / "digits.safetensors")
    answers = ca.Network.load(out / "digits.safetensors").predict(X_test)
    print("saved and loaded, it answers the same:", np.array_equal(answers, net.predict(X_test)))
    if pictures:
        wrong = ca.plots.gallery(split.test.X, split.test.y, answers, image_shape=(8, 8), wrong_only=True)
        ca.plots.save(history.plot(), out / "curves.png")
        ca.plots.save(ca.plots.confusion(split.test.y, answers), out / "confusion.png")
        ca.plots.save(wrong, out / "mistakes.png")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep the network, its log and pictures here")
    out = parser.parse_args().out
    if out:
        out.mkdir(parents=True, exist_ok=True)
        run(out, pictures=True)
    else:
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder))


if __name__ == "__main__":
    main()
