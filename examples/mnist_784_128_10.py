"""Handwritten digits with one hidden layer, 784-128-10: first as tutorials train it, then better.

MNIST must be on this machine: ``cutaway data get mnist`` downloads it. With ``--out DIR`` pictures are kept in DIR: the
answers to some test images, the mistakes, the confusion matrix, the loss, and what each hidden unit looks for.

The first recipe is momentum 0.9 with learning rate 0.01 and 3 epochs, on pixels from -1 to 1. The second is Adam with
dropout and 20 epochs, on pixels from 0 to 1, with a learning rate that rises and falls.
"""

import argparse
from pathlib import Path

import cutaway as ca

TUTORIAL = [ca.Flatten(), ca.Dense(128, "relu"), ca.Dense(10, "softmax")]
BETTER = [ca.Flatten(), ca.Dropout(0.1), ca.Dense(128, "relu"), ca.Dropout(0.2), ca.Dense(10, "softmax")]

# layers, optimizer, epochs, and what is subtracted from the pixels and divides them
RECIPES = {
    "tutorial": (TUTORIAL, ca.SGD(0.01, momentum=0.9), 3, (0.5, 0.5)),
    "better": (BETTER, ca.Adam(ca.OneCycle(0.005)), 20, (0, 1)),
}


def pixels(data, recipe):
    mean, scale = RECIPES[recipe][3]
    return (data.images - mean) / scale


def train(data, recipe, seed=0, **options):
    layers, rule, epochs, _ = RECIPES[recipe]
    net = ca.Network(layers, seed=seed)
    history = net.fit(pixels(data, recipe), data.y, optimizer=rule, epochs=epochs, batch_size=100, **options)
    return net, history


def draw(net, history, data, recipe, out):
    answers = net.predict(pixels(data, recipe))
    ca.plots.save(ca.plots.gallery(data.images[:10], data.y[:10], answers[:10], columns=5), out / "answers.png")
    ca.plots.save(ca.plots.gallery(data.images, data.y, answers, wrong_only=True), out / "mistakes.png")
    ca.plots.save(ca.plots.confusion(data.y, answers), out / "confusion.png")
    ca.plots.save(history.plot(), out / "curves.png")
    first = next(p["W"] for p in net.params if p)
    ca.plots.save(ca.plots.weights({"hidden units": first}, image_shape=(28, 28)), out / "first_layer.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", metavar="DIR", help="the folder that holds MNIST")
    parser.add_argument("--recipe", choices=RECIPES, default="tutorial")
    parser.add_argument("--seeds", type=int, default=3, help="train so many networks")
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep pictures of the last network here")
    options = parser.parse_args()
    split = ca.data.load("mnist", data_dir=options.data).split()
    for seed in range(options.seeds):
        net, history = train(split.train, options.recipe, seed)
        found = net.evaluate(pixels(split.test, options.recipe), split.test.y)["accuracy"]
        print(
            f"seed {seed}: {found:.2%} of {len(split.test):,} test images, {sum(history['seconds']):.1f} s of training"
        )
    print(net.summary())
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        draw(net, history, split.test, options.recipe, options.out)


if __name__ == "__main__":
    main()
