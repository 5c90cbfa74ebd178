"""The page about ten mistakes: each is made in a right program on purpose, and the tool says what it is."""

from __future__ import annotations

import linecache
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from cutaway.checking.records import Report
from cutaway.checking.running.runner import check_file

HEAD = """# Ten ways to get backpropagation wrong

This page is written by `docs/generate.py`: each program was run by `cutaway check`, and each report is what it said.
The programs have no adapter; the tool watches the training loop that they run. In the wild, about half of all mistakes
are of a kind that no gradient check can see: the last five here.

The right program, from which each of the others differs in one or two lines:

"""

NETWORK = """import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
Y = (X @ rng.normal(size=(3, 4)) > X[:, :1] * X[:, 1:2]).astype(float)
W1, b1 = rng.normal(0, 0.8, (3, 4)), np.zeros(4)
W2, b2 = rng.normal(0, 0.8, (4, 4)), np.zeros(4)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


lr, losses = 0.05, []
for epoch in range(100):
    A1 = np.tanh(X @ W1 + b1)
    A2 = sigmoid(A1 @ W2 + b2)
    loss = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / len(X)
    losses.append(loss)
    dZ2 = (A2 - Y) / len(X)
    dW2 = A1.T @ dZ2
    db2 = dZ2.sum(axis=0)
    dZ1 = dZ2 @ W2.T * (1 - A1**2)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0)
    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db2
"""


@dataclass(frozen=True)
class Way:
    """A mistake: what is exchanged in the right program, and why that is wrong."""

    title: str
    edits: tuple[tuple[str, str], ...]
    why: str

    @property
    def program(self) -> str:
        """The wrong program."""
        text = NETWORK
        for old, new in self.edits:
            assert text.count(old) == 1, (self.title, old)
            text = text.replace(old, new)
        return text


WAYS = (
    Way(
        "The slope is missing",
        (("dZ1 = dZ2 @ W2.T * (1 - A1**2)", "dZ1 = dZ2 @ W2.T"),),
        "The error comes back through the weights, and then through the activation: it has to be multiplied by "
        "the slope of\n"
        "tanh, which is `1 - A1**2`. Without it the network still learns, slowly, and stops too early.",
    ),
    Way(
        "The slope is taken at the wrong value",
        (
            ("    A1 = np.tanh(X @ W1 + b1)\n", "    Z1 = X @ W1 + b1\n    A1 = np.tanh(Z1)\n"),
            ("(1 - A1**2)", "(1 - Z1**2)"),
        ),
        "`1 - a**2` is the slope of tanh in terms of its *output*. Given the input instead, it is negative "
        "wherever the input\n"
        "is larger than 1, and the weights there move the wrong way.",
    ),
    Way(
        "The weights are not transposed",
        (("dZ2 @ W2.T", "dZ2 @ W2"),),
        "The way back uses the transpose. As `W2` is square here, NumPy does not complain: the error reaches "
        "the wrong units.",
    ),
    Way(
        "The mean is forgotten",
        (("dZ2 = (A2 - Y) / len(X)", "dZ2 = A2 - Y"),),
        "The loss is a mean over the samples, the gradient a sum. The step is 60 times too large, and grows "
        "with the data.",
    ),
    Way(
        "All biases get one number",
        (("db2 = dZ2.sum(axis=0)", "db2 = dZ2.sum()"),),
        "Each bias has a gradient of its own: the sum over the samples, not over everything. A single number "
        "broadcasts, and\n"
        "all biases move alike.",
    ),
    Way(
        "Labels broadcast",
        (
            ("np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))", "np.sum(y * np.log(A2) + (1 - y) * np.log(1 - A2))"),
            (
                "Y = (X @ rng.normal(size=(3, 4)) > X[:, :1] * X[:, 1:2]).astype(float)\n",
                "y = (X[:, 0] > X[:, 1] * X[:, 2]).astype(float)\n",
            ),
            ("W2, b2 = rng.normal(0, 0.8, (4, 4)), np.zeros(4)", "W2, b2 = rng.normal(0, 0.8, (4, 1)), np.zeros(1)"),
            ("dZ2 = (A2 - Y) / len(X)", "dZ2 = (A2 - y.reshape(-1, 1)) / len(X)"),
        ),
        "Labels of shape `(60,)` and outputs of shape `(60, 1)` make a table of all pairs. The gradient is "
        "right, the loss that\n"
        "is shown is not: it can rise while the network learns.",
    ),
    Way(
        "Weights are updated too early",
        (
            ("    dZ1 = dZ2 @ W2.T * (1 - A1**2)\n", "    W2 -= lr * dW2\n    dZ1 = dZ2 @ W2.T * (1 - A1**2)\n"),
            ("    b1 -= lr * db1\n    W2 -= lr * dW2\n", "    b1 -= lr * db1\n"),
        ),
        "The error has to go back through the weights that the forward pass used. All gradients first, then "
        "all updates.",
    ),
    Way(
        "The new value gets another name",
        (("    b1 -= lr * db1\n", "    db1 = b1 - lr * db1\n"),),
        "The new bias is computed, and kept under the name of the gradient. The bias itself stays where it was.",
    ),
    Way(
        "The loss adds up",
        (("lr, losses = 0.05, []", "lr, losses, loss = 0.05, [], 0.0"), ("    loss = -np.sum", "    loss -= np.sum")),
        "The sum over the epochs is shown as if it were the loss of one. It can only rise, however well the "
        "network learns.",
    ),
    Way(
        "All weights start equal",
        (
            ("W1, b1 = rng.normal(0, 0.8, (3, 4)), np.zeros(4)", "W1, b1 = np.full((3, 4), 0.1), np.zeros(4)"),
            ("W2, b2 = rng.normal(0, 0.8, (4, 4)), np.zeros(4)", "W2, b2 = np.full((4, 4), 0.1), np.zeros(4)"),
        ),
        "Hidden units that start equal get equal gradients, and remain copies of one unit for ever. Every "
        "number is right;\n"
        "the network has one hidden unit.",
    ),
)


def report_of(way: Way) -> Report:
    """What the tool says of the program."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.py"
        file.write_text(way.program, encoding="utf-8")
        (report,) = check_file(file)
        linecache.getlines(str(file))  # what the report shows around a line, after the file is gone
    return report


def indented(text: str) -> str:
    """A block that is shown and not run: the wrong programs overflow, and worse."""
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip().split("\n"))


def ten_ways_page() -> str:
    """The page ``ten-ways.md``."""
    parts = [HEAD + f"```python\n{NETWORK}```\n"]
    for number, way in enumerate(WAYS, 1):
        report = report_of(way)
        parts.append(
            f"## {number}. {way.title}\n\n{way.why}\n\n{indented(way.program)}\n\n"
            f"What `cutaway check network.py` says:\n\n{indented(report.text(width=100))}\n"
        )
    return "\n".join(parts)
