"""A small LeNet reads handwritten digits: two convolutions with pooling, then three dense layers.

MNIST must be on this machine: ``cutaway data get mnist`` downloads it. With ``--fashion`` it is pieces of clothing.
With ``--out DIR`` the network, its curves, its mistakes and the confusion matrix are kept in DIR.

The architecture is that of LeCun et al. (1998), figure 2, with relu and the largest entry of each window.
"""

import argparse
from pathlib import Path

import cutaway as ca


def lenet(seed=0):
    return ca.Network(
        [
            ca.Conv2D(6, 5, "relu"),
            ca.MaxPool2D(2),
            ca.Conv2D(16, 5, "relu"),
            ca.MaxPool2D(2),
            ca.Flatten(),
            ca.Dense(120, "relu"),
            ca.Dense(84, "relu"),
            ca.Dense(10, "softmax"),
        ],
        seed=seed,
    )


def train(split, seed=0, epochs=5, **options):
    """Train with a learning rate that falls to zero; pixels are from 0 to 1."""
    net = lenet(seed)
    rule = ca.Adam(ca.Cosine(0.002))
    history = net.fit(split.train.images, split.train.y, optimizer=rule, epochs=epochs, batch_size=100, **options)
    return net, history


def draw(net, history, split, out):
    answers = net.predict(split.test.images)
    names = split.test.class_names
    wrong = ca.plots.gallery(split.test.images, split.test.y, answers, class_names=names, wrong_only=True)
    ca.plots.save(wrong, out / "mistakes.png")
    ca.plots.save(ca.plots.confusion(split.test.y, answers, class_names=names), out / "confusion.png")
    ca.plots.save(history.plot(), out / "curves.png")
    net.save(out / "lenet.safetensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fashion", action="store_true", help="pieces of clothing instead of digits")
    parser.add_argument("--data", metavar="DIR", help="the folder that holds the data")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1, help="train so many networks")
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep the last network and pictures here")
    options = parser.parse_args()
    split = ca.data.load("fashion-mnist" if options.fashion else "mnist", data_dir=options.data).split()
    for seed in range(options.seeds):
        net, history = train(split, seed, options.epochs)
        seconds = sum(history["seconds"])
        accuracy = net.evaluate(split.test.images, split.test.y)["accuracy"]
        print(f"seed {seed}: {accuracy:.2%} of {len(split.test):,} test images, {seconds:.1f} s of training")
    print(net.summary())
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        draw(net, history, split, options.out)


if __name__ == "__main__":
    main()
