"""What somebody can get wrong in Python, and the whole message that they then read.

A message says what was wrong, what was received, and what to write instead.
"""

from __future__ import annotations

import gc
import inspect
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway import errors
from cutaway.errors import (
    CutawayError,
    DataError,
    DataMissingError,
    DtypeError,
    GradientNotWrittenError,
    GradientUndefinedError,
    MissingPackageError,
    ShapeError,
    TraceError,
    UsageError,
    one_of,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 2))
YES = (X[:, 0] > 0).astype(int)
NAN = np.where(np.arange(40).reshape(20, 2) == 7, np.nan, X)

LOSSES = (
    "binary_cross_entropy, binary_cross_entropy_from_logits, categorical_cross_entropy, "
    "categorical_cross_entropy_from_logits, huber, mean_absolute_error, mean_squared_error, poisson"
)
METRICS = (
    "accuracy, balanced_accuracy, f1, mean_absolute_error, mean_squared_error, precision, r2, recall, "
    "root_mean_squared_error"
)
ACTIVATIONS = "elu, gelu, identity, leaky_relu, relu, sigmoid, silu, softmax, softplus, step, tanh"
DATA_SETS = ", ".join(sorted(ca.data.catalogue()))
SHARE = "Write validation=0.2 or validation=(X_validation, y_validation)."


def net(*layers: Any, **how: Any) -> ca.Network:
    return ca.Network(layers or [ca.Dense(4, "tanh"), ca.Dense(1, "sigmoid")], seed=1, **how)


def classes() -> ca.Network:
    return net(ca.Dense(4, "tanh"), ca.Dense(3, "softmax"))


def fit(network: ca.Network | None = None, x: Any = X, y: Any = YES, **how: Any) -> ca.Network:
    network = network or net()
    network.fit(x, y, **{"epochs": 1, "progress": False, **how})
    return network


def own_of_one_entry(targets: Any, outputs: Any) -> Any:
    return (targets[:, 0] - outputs) ** 2


def own_mean(targets: Any, outputs: Any) -> Any:
    return np.mean((targets - outputs) ** 2)


def own_constant(targets: Any, outputs: Any) -> Any:
    return 1.0


def two(W: Any, b: Any) -> Any:
    return np.sum(W * b)


def array(W: Any) -> Any:
    return W * 2.0


Mistake = tuple[Callable[[], Any], type[CutawayError], str]

NETWORKS: dict[str, Mistake] = {
    "no layers": (
        lambda: ca.Network([]),
        UsageError,
        'A network needs at least one layer. Write Network([Dense(1, "sigmoid")]).',
    ),
    "a layer without a list": (
        lambda: ca.Network(ca.Dense(1)),  # type: ignore[arg-type]
        UsageError,
        "The layers of a network come as a list; received Dense(1). Write Network([Dense(1)]).",
    ),
    "sizes in place of layers": (
        lambda: ca.Network([16, 8]),  # type: ignore[list-item]
        UsageError,
        "The layers of a network must be layers; received 16. Write Dense(16, 'relu') for 16 units.",
    ),
    "a class of layers": (
        lambda: ca.Network([ca.Dense]),  # type: ignore[list-item]
        UsageError,
        "The layers of a network must be layers; received Dense, the class. Write Dense(16, 'relu') for 16 units.",
    ),
    "no units": (
        lambda: ca.Dense(0),
        UsageError,
        "units of Dense must be a whole number of at least 1; received 0. Write an integer such as 8.",
    ),
    "an unknown activation": (
        lambda: ca.Dense(4, "rellu"),
        UsageError,
        f"activation is not known; received 'rellu'. Did you mean 'relu'? Choose one of: {ACTIVATIONS}.",
    ),
    "an unknown precision": (
        lambda: net(dtype="float31"),
        DtypeError,
        "A network computes in float32 or float64; received 'float31'. "
        'Write dtype="float32", or dtype="float64" to compare with other programs to the last digit.',
    ),
    "integers as precision": (
        lambda: net(dtype=int),
        DtypeError,
        "A network computes in float32 or float64; received <class 'int'>. "
        'Write dtype="float32", or dtype="float64" to compare with other programs to the last digit.',
    ),
    "a negative seed": (
        lambda: ca.Network([ca.Dense(1)], seed=-1),
        UsageError,
        "seed of Network must be a whole number of at least 0; received -1. Write an integer such as 8.",
    ),
    "a negative size": (
        lambda: net().build(-2),
        UsageError,
        "a size of input_shape must be a whole number of at least 1; received -2. Write an integer such as 8.",
    ),
    "data in place of a shape": (
        lambda: net().build(X),  # type: ignore[arg-type]
        UsageError,
        "a size of input_shape must be a whole number of at least 1; received an array of shape (20, 2). "
        "Write an integer such as 8.",
    ),
    "predicting before training": (
        lambda: net().predict(X),
        UsageError,
        "The network was not trained, and its first weights are random. "
        "Call net.fit(X, y) first; net(X) gives the outputs of any weights.",
    ),
    "counting weights before there are any": (
        lambda: net().n_params,
        UsageError,
        "The network has no weights yet. Call net.fit(X, y), or net.build(n_features).",
    ),
    "probabilities of a regression": (
        lambda: fit(net(ca.Dense(1)), y=X[:, 0]).predict_proba(X),
        UsageError,
        "The outputs of a network trained with mean_squared_error are numbers, not probabilities. "
        "Use predict(X), or train with a cross-entropy.",
    ),
    "nothing to train": (
        lambda: fit(net(ca.Activation("sigmoid")), y=X > 0),
        UsageError,
        "The network has no weights to train; received Network([Activation('sigmoid')], seed=1, dtype='float32'). "
        "Add a Dense layer.",
    ),
}

INPUTS: dict[str, Mistake] = {
    "a single feature": (
        lambda: fit(x=X[:, 0]),
        ShapeError,
        "X must have samples as rows, shape (n_samples, n_features); received shape (20,). "
        "Write X.reshape(-1, 1) for a single feature, X.reshape(1, -1) for a single sample.",
    ),
    "samples in columns": (
        lambda: fit(x=X.T),
        ShapeError,
        "Samples must be the rows of X, and here they look like its columns; received X of shape (2, 20) and "
        "20 targets. Write X.T.",
    ),
    "no inputs": (lambda: fit(x=None), UsageError, "X is missing; received None. Give X, one row for each sample."),
    "empty inputs": (
        lambda: fit(x=X[:0], y=[]),
        DataError,
        "X is empty; received shape (0, 2). Give at least one row and one column.",
    ),
    "NaN in the inputs": (
        lambda: fit(x=NAN),
        DataError,
        "X must be finite; received 1 values that are NaN or infinite, the first in row 3, column 1. "
        "Leave these rows out, or fill the values in (the column's median is a start).",
    ),
    "text in the inputs": (
        lambda: fit(x=[["red", "1"]] * 20),
        DtypeError,
        "X must hold numbers; received text. Encode text columns, for instance as one-hot columns.",
    ),
    "complex inputs": (
        lambda: fit(x=X * 1j),
        DtypeError,
        "X must hold real numbers; received complex128. Convert it to floats.",
    ),
    "rows of different lengths": (
        lambda: fit(x=[[1.0, 2.0], [3.0]]),
        DataError,
        "X is not an array: its rows have different lengths. Give rows of equal length.",
    ),
    "numbers beyond the precision": (
        lambda: fit(x=np.full((20, 2), 1e300)),
        DataError,
        "X holds numbers that are too large for float32; received values up to 1e+300. "
        'Divide X by a constant, or write dtype="float64" for the network.',
    ),
    "images into a dense layer": (
        lambda: fit(x=np.zeros((20, 8, 8))),
        ShapeError,
        "Dense(4, 'tanh') takes samples that are rows of numbers, X of shape (n_samples, n_features); "
        "received samples of shape (8, 8). Write Flatten() before it.",
    ),
    "other features when predicting": (
        lambda: fit().predict(np.ones((3, 5))),
        ShapeError,
        "X does not fit the network, which takes samples of shape (2,); received X of shape (3, 5). "
        "Give X of shape (n_samples, 2).",
    ),
    "columns when predicting": (
        lambda: fit().predict(X.T),
        ShapeError,
        "X does not fit the network, which takes samples of shape (2,); received X of shape (2, 20). "
        "Samples are rows: write X.T.",
    ),
    "NaN when predicting": (
        lambda: fit().predict([[0.0, np.inf]]),
        DataError,
        "X must be finite; received 1 values that are NaN or infinite, the first in row 0, column 1. "
        "Leave these rows out, or fill the values in (the column's median is a start).",
    ),
}

TARGETS: dict[str, Mistake] = {
    "too few targets": (
        lambda: fit(y=YES[:-1]),
        ShapeError,
        "y and the outputs of the network have different numbers of rows; received y of shape (19,), outputs of shape "
        "(20, 1). Give one target for each row of X.",
    ),
    "no targets": (
        lambda: fit(y=None),
        UsageError,
        "y is missing; received None. Give y, one row for each row of X.",
    ),
    "NaN in the targets": (
        lambda: fit(y=np.where(np.arange(20) == 3, np.nan, YES)),
        DataError,
        "y must be finite; received 1 values that are NaN or infinite, first in row 3. "
        "Leave these rows out of X and of y.",
    ),
    "words as targets": (
        lambda: fit(y=np.array(["no", "yes"])[YES]),
        DataError,
        "y holds text, and a network computes with numbers; received values such as 'no', 'yes'. "
        "Number the classes: classes, y = numpy.unique(y, return_inverse=True).",
    ),
    "targets beyond the precision": (
        lambda: fit(net(ca.Dense(1)), y=np.full(20, 1e300)),
        DataError,
        "y holds numbers that are too large for float32; received values up to 1e+300. "
        'Divide y by a constant, or write dtype="float64" for the network.',
    ),
    "a label out of range": (
        lambda: fit(classes(), y=np.arange(20) % 4),
        DataError,
        "y has the label 3, but the network has 3 outputs: labels go 0 ... 2. Give Dense(4) as the last layer, or "
        "number the classes: classes, y = numpy.unique(y, return_inverse=True).",
    ),
    "numbers as labels": (
        lambda: fit(classes(), y=np.full(20, 0.5)),
        DataError,
        "y must hold class labels, whole numbers 0 ... 2; received the value 0.5. "
        'For numbers write loss="mean_squared_error".',
    ),
    "labels -1 and 1": (
        lambda: fit(y=2 * YES - 1),
        DataError,
        "binary cross-entropy needs y in 0 ... 1; received values from -1 to 1. Write (y + 1) / 2 for labels -1 and 1.",
    ),
    "three classes for one output": (
        lambda: fit(y=np.arange(20) % 3),
        DataError,
        "binary cross-entropy needs y in 0 ... 1; received values from 0 to 2. "
        'For 3 classes write Dense(3, "softmax") and loss="categorical_cross_entropy".',
    ),
    "one-hot rows for one output": (
        lambda: fit(y=np.eye(2)[YES]),
        ShapeError,
        "y does not fit the outputs of the network (binary_cross_entropy); received y of shape (20, 2), outputs of "
        'shape (20, 1). y is one-hot: write Dense(2, "softmax") and loss="categorical_cross_entropy", or '
        "y.argmax(axis=1) if there are two classes.",
    ),
    "other targets when evaluating": (
        lambda: fit().evaluate(X, YES[:3]),
        ShapeError,
        "y and the outputs of the network have different numbers of rows; received y of shape (3,), outputs of shape "
        "(20, 1). Give one target for each row of X.",
    ),
}

TRAINING: dict[str, Mistake] = {
    "no epochs": (
        lambda: fit(epochs=0),
        UsageError,
        "epochs must be a whole number of at least 1; received 0. Write an integer such as 8.",
    ),
    "negative epochs": (
        lambda: fit(epochs=-1),
        UsageError,
        "epochs must be a whole number of at least 1; received -1. Write an integer such as 8.",
    ),
    "half an epoch": (
        lambda: fit(epochs=1.5),
        UsageError,
        "epochs must be a whole number of at least 1; received 1.5. Write an integer such as 8.",
    ),
    "empty batches": (
        lambda: fit(batch_size=0),
        UsageError,
        "batch_size must be a whole number of at least 1; received 0. Write an integer such as 8.",
    ),
    "a batch size in words": (
        lambda: fit(batch_size="all"),
        UsageError,
        "batch_size must be a whole number of at least 1; received str 'all'. Write an integer such as 8.",
    ),
    "a seed in words": (
        lambda: fit(seed="today"),
        UsageError,
        "seed must be a whole number of at least 0; received str 'today'. Write an integer such as 8.",
    ),
    "an unknown engine": (
        lambda: fit(engine="cuda"),
        UsageError,
        "engine is not known; received 'cuda'. Choose one of: auto, native, numpy.",
    ),
    "an unknown optimizer": (
        lambda: (gc.collect(), fit(optimizer="adamm")),  # classes of other tests are known till then
        UsageError,
        "the optimizer is not known; received 'adamm'. Did you mean 'adam'? "
        "Choose one of: adagrad, adam, adamw, rmsprop, sgd.",
    ),
    "the class of an optimizer": (
        lambda: fit(optimizer=ca.Adam),
        UsageError,
        "the optimizer must be a name or an Optimizer; received the class Adam. "
        'Write optimizer=Adam(lr=0.1) or optimizer="adam".',
    ),
    "a learning rate as optimizer": (
        lambda: fit(optimizer=0.1),
        UsageError,
        'the optimizer must be a name or an Optimizer; received float. Write optimizer=SGD(lr=0.1) or optimizer="sgd".',
    ),
    "a negative learning rate": (
        lambda: fit(lr=-0.1),
        UsageError,
        "lr of Adam must be a number, 0 or more, or a Schedule; received lr=-0.1. Write for example Adam(lr=0.1).",
    ),
    "a learning rate in words": (
        lambda: ca.SGD("0.1"),  # type: ignore[arg-type]
        UsageError,
        "lr of SGD must be a number, 0 or more, or a Schedule; received lr='0.1'. Write for example SGD(lr=0.1).",
    ),
    "a momentum of one": (
        lambda: ca.SGD(0.1, momentum=1),
        UsageError,
        "momentum of SGD must be a number from 0 to below 1; received momentum=1. Write for example SGD(momentum=0.9).",
    ),
    "an unknown loss": (
        lambda: fit(loss="binary_crossentropy"),
        UsageError,
        "loss is not known; received 'binary_crossentropy'. Did you mean 'binary_cross_entropy'? "
        f"Choose one of: {LOSSES}.",
    ),
    "a loss that contradicts the output": (
        lambda: fit(loss="categorical_cross_entropy"),
        UsageError,
        "categorical_cross_entropy needs positive outputs that sum to 1 from the last layer; received the output "
        'activation "sigmoid". Write "softmax" as its activation.',
    ),
    "a loss that broadcasts rows against columns": (
        lambda: fit(loss=own_of_one_entry),
        ShapeError,
        "The loss own_of_one_entry must give one number for each row, or a single number; received shape (20, 20) for "
        "targets (20, 1) and outputs (20, 1). Return an array of shape (20,); look for a (n,) that met a (n, 1).",
    ),
    "a loss that is constant": (
        lambda: fit(loss=own_constant),
        TraceError,
        "The loss own_constant does not depend on the outputs of the network. "
        "Compute it from both arguments, fn(targets, outputs).",
    ),
    "weights for a loss of one number": (
        lambda: fit(loss=own_mean, sample_weight=np.ones(20)),
        UsageError,
        "Weights need one loss for each row, and own_mean gives a single number. "
        "Return an array of shape (n,) from the loss function.",
    ),
    "an unknown metric": (
        lambda: fit(metrics=["acuracy"]),
        UsageError,
        f"metric is not known; received 'acuracy'. Did you mean 'accuracy'? Choose one of: {METRICS}.",
    ),
    "a metric that is no function": (
        lambda: fit(metrics=0.5),
        UsageError,
        "A metric must be a name or a function fn(targets, predictions); received 0.5. "
        'Write a name such as "accuracy".',
    ),
    "the class of a callback": (
        lambda: fit(callbacks=ca.EarlyStopping),
        UsageError,
        "a callback must be a Callback or a function of a record; received the class EarlyStopping. "
        "Write EarlyStopping(...), or lambda record: print(record).",
    ),
    "early stopping with nothing held out": (
        lambda: fit(callbacks=ca.EarlyStopping()),
        UsageError,
        "EarlyStopping watches 'val_loss', which the records lack; received records with epoch, loss, accuracy, lr, "
        "seconds. Give fit validation=0.2, or name one of these.",
    ),
    "a share above one": (
        lambda: fit(validation=1.5),
        UsageError,
        f"validation must be a share between 0 and 1, or (X, y); received 1.5. {SHARE}",
    ),
    "inputs without targets held out": (
        lambda: fit(validation=X),
        UsageError,
        f"validation must be a share between 0 and 1, or (X, y); received an array of shape (20, 2). {SHARE}",
    ),
    "four things held out": (
        lambda: fit(validation=(X, YES, YES, YES)),
        UsageError,
        f"validation must be a share or a pair (X, y); received 4 values. {SHARE}",
    ),
    "other features held out": (
        lambda: fit(validation=(X[:, :1], YES)),
        ShapeError,
        "the validation X does not fit the network, which takes samples of shape (2,); received the validation X of "
        "shape (20, 1). Give the validation X of shape (n_samples, 2).",
    ),
    "a class too rare to be held out": (
        lambda: fit(x=X[:5], y=[0, 0, 0, 0, 1], validation=0.2),
        DataError,
        "20% for validation cannot be split off 5 rows; received The least populated classes in y have only 1 member, "
        "which is too few. Give validation=(X, y), or more rows.",
    ),
    "too few weights of rows": (
        lambda: fit(sample_weight=[1.0, 2.0]),
        ShapeError,
        "sample_weight must have one number for each row; received shape (2,) for 20 rows. "
        "Give an array of shape (20,).",
    ),
    "a negative weight": (
        lambda: fit(sample_weight=-np.ones(20)),
        DataError,
        "sample_weight must be finite and cannot be negative; received -1 among them. "
        "Give a row the weight 0 to leave it out.",
    ),
    "weights in words": (
        lambda: fit(sample_weight=["one"] * 20),
        DataError,
        "sample_weight must be numbers; received could not convert string to float: 'one'. "
        "Give 20 of them, one for each row.",
    ),
    "no weight at all": (
        lambda: fit(sample_weight=np.zeros(20)),
        DataError,
        "All rows to train on have the weight 0. Give some of them a weight above 0.",
    ),
    "a class without a weight": (
        lambda: fit(class_weight={0: 1.0}),
        UsageError,
        "class_weight lacks the class 1; received weights for 0. Classes are whole numbers from 0; give the weight of "
        "each.",
    ),
    "classes in words": (
        lambda: fit(class_weight={"no": 1.0, 1: 2.0}),
        UsageError,
        "class_weight lacks the class 0; received weights for 'no', 1. Classes are whole numbers from 0; give the "
        "weight of each.",
    ),
    "a negative weight of a class": (
        lambda: fit(class_weight={0: 1.0, 1: -2.0}),
        UsageError,
        "class_weight of class 1 must be a number in [0, inf); received -2.0. Write for example {0: 1.0, 1: 2.0}.",
    ),
    "class weights in a list": (
        lambda: fit(class_weight=[1, 2]),
        UsageError,
        'class_weight must be a dict or "balanced"; received an array of shape (2,). '
        "Write for example class_weight={0: 1.0, 1: 2.0}.",
    ),
    "class weights of a regression": (
        lambda: fit(net(ca.Dense(1)), y=X[:, 0], class_weight="balanced"),
        UsageError,
        "class_weight is for classes, and this is a regression. Use sample_weight.",
    ),
    "a batch of one row": (
        lambda: fit(net(ca.Dense(3), ca.BatchNorm(), ca.Dense(1, "sigmoid")), batch_size=19),
        ShapeError,
        "BatchNorm needs at least two rows in every batch while training: one row has no variance; received a batch "
        "of shape (1, 3). Choose a batch_size that leaves no single row over, or LayerNorm().",
    ),
}

RECORDING: dict[str, Mistake] = {
    "integers as parameters": (
        lambda: ca.grad(array)(np.array([1, 2])),
        DtypeError,
        "W is an array of integers (int64): an update like W -= lr * dW cannot change it by less than 1, NumPy cuts "
        "the fraction off. Make it an array of floats: W.astype(float), or write 0.0 instead of 0.",
    ),
    "the gradient of an array": (
        lambda: ca.grad(array)(np.ones(2)),
        ShapeError,
        "array must return one number to have a gradient; received an array of shape (2,). "
        "Take the mean or the sum, or use ca.jacobian.",
    ),
    "an unknown parameter": (
        lambda: ca.grad(two, wrt="c")(np.ones(2), 1.0),
        UsageError,
        "wrt is not known; received 'c'. Choose one of: W, b.",
    ),
    "another shape than recorded": (
        lambda: ca.run(ca.trace(array, np.ones(2)), np.ones(3)),
        ShapeError,
        "W has another shape than in the recording; received shape (3,), recorded with (2,). "
        "Record the function again with arrays of the new shape.",
    ),
    "too few arguments": (
        lambda: ca.run(ca.trace(two, np.ones(2), np.ones(2)), np.ones(2)),
        UsageError,
        "The graph of two has 2 inputs (W, b); received 1 arguments.",
    ),
    "an unknown engine": (
        lambda: ca.compile(array, engine="gpu"),  # type: ignore[arg-type]
        UsageError,
        "engine is not known; received 'gpu'. Choose one of: auto, native, numpy.",
    ),
    "no steps": (
        lambda: ca.minimize(np.sum, np.ones(2), steps=0),
        UsageError,
        "steps must be a whole number of at least 1; received 0. Write an integer such as 8.",
    ),
}


def assert_message(mistake: Mistake) -> None:
    wrong, error, message = mistake
    with pytest.raises(error) as caught:
        wrong()
    assert type(caught.value) is error
    assert str(caught.value) == message
    assert len(message) < 450, "an error is a few sentences"
    assert "[[" not in message, "an error never prints an array"


@pytest.mark.parametrize("mistake", NETWORKS)
def test_networks(mistake: str) -> None:
    assert_message(NETWORKS[mistake])


@pytest.mark.parametrize("mistake", INPUTS)
def test_inputs(mistake: str) -> None:
    assert_message(INPUTS[mistake])


@pytest.mark.parametrize("mistake", TARGETS)
def test_targets(mistake: str) -> None:
    assert_message(TARGETS[mistake])


@pytest.mark.parametrize("mistake", TRAINING)
def test_training(mistake: str) -> None:
    assert_message(TRAINING[mistake])


@pytest.mark.parametrize("mistake", RECORDING)
def test_recording(mistake: str) -> None:
    assert_message(RECORDING[mistake])


def test_sparse_inputs() -> None:
    sparse = pytest.importorskip("scipy.sparse", reason="needs SciPy")
    assert_message(
        (
            lambda: fit(net(ca.BatchNorm(), ca.Dense(1, "sigmoid")), x=sparse.csr_array(X)),
            DtypeError,
            "X must be dense for BatchNorm(); received a sparse matrix. Write X.toarray().",
        )
    )


# Files: the messages name their paths -----------------------------------------------------------------------------


def _pickled(folder: Path) -> Any:
    (folder / "net.pkl").write_bytes(pickle.dumps({"W": [1.0]}))
    return ca.Network.load(folder / "net.pkl")


def _cut_off(folder: Path) -> Any:
    fit().save(folder / "net")
    whole = (folder / "net").read_bytes()
    (folder / "net").write_bytes(whole[:100])
    return ca.Network.load(folder / "net")


def _checkpoint(folder: Path) -> Path:
    fit(callbacks=ca.Checkpoint(folder / "run"))
    return folder / "run"


def _own_activation(folder: Path) -> Any:
    return net(ca.Dense(2, np.sin), ca.Dense(1)).build(2).save(folder / "net")


def _table(folder: Path, text: str, **how: Any) -> Any:
    (folder / "table.csv").write_text(text)
    return ca.data.load(folder / "table.csv", **how)


FILES: dict[str, tuple[Callable[[Path], Any], type[CutawayError], str]] = {
    "a network that is not there": (
        lambda f: ca.Network.load(f / "nothing"),
        DataMissingError,
        "The network is not there; received {folder}/nothing. Name a file that cutaway wrote as a network.",
    ),
    "a folder in place of a network": (
        ca.Network.load,
        DataMissingError,
        "The network is not there; received {folder} (a folder). Name a file that cutaway wrote as a network.",
    ),
    "a pickle": (
        _pickled,
        DataError,
        "{folder}/net.pkl is incomplete or no network; received 31 bytes (Error while deserializing header: header too "
        "large). Use an earlier file, or train again.",
    ),
    "a file that was cut off": (
        _cut_off,
        DataError,
        "{folder}/net is incomplete or no network; received 100 bytes (Error while deserializing header: invalid "
        "header length). Use an earlier file, or train again.",
    ),
    "a checkpoint in place of a network": (
        lambda f: ca.Network.load(_checkpoint(f)),
        DataError,
        "{folder}/run is no network that this cutaway can read; received 'cutaway checkpoint 1'. "
        "Name a file marked 'cutaway network 1'.",
    ),
    "a checkpoint that is not there": (
        lambda f: fit(resume=f / "nothing"),
        DataMissingError,
        "The checkpoint is not there; received {folder}/nothing. Name a file that cutaway wrote as a checkpoint.",
    ),
    "a checkpoint of another run": (
        lambda f: fit(resume=_checkpoint(f), batch_size=5),
        UsageError,
        "{folder}/run belongs to a run with other settings; received batch_size: 20 there, 5 here. "
        "Resume with the settings of that run, or start a new one.",
    ),
    "saving into a file as if it were a folder": (
        lambda f: fit().save(_checkpoint(f) / "net"),
        UsageError,
        "{folder}/run/net cannot be written; received a file where its folder should be. "
        "Name a file in a folder that you may write to.",
    ),
    "saving where a folder is": (
        lambda f: fit().save(f),
        UsageError,
        "{folder} cannot be written; received Is a directory. Name a file in a folder that you may write to.",
    ),
    "saving a function": (
        _own_activation,
        UsageError,
        "Dense(2, sin) cannot be saved, because its activation is a function of your own; received sin. "
        "Save the weights alone (safetensors.numpy.save_file), and build the network in Python.",
    ),
    "data that are not there": (
        lambda f: ca.data.load(f / "nothing.csv", target="y"),
        DataMissingError,
        "There is no such file; received '{folder}/nothing.csv'. Check its name and folder.",
    ),
    "an unknown data set": (
        lambda f: ca.data.load("mons"),
        UsageError,
        "The data set (a name, or the path of a .csv or .npz file) is not known; received 'mons'. "
        f"Did you mean 'moons'? Choose one of: {DATA_SETS}.",
    ),
    "a column that is not there": (
        lambda f: _table(f, "age,outcome\n30,1\n40,0\n", target="result"),
        UsageError,
        "'table.csv' has no column of this name to predict; received 'result'. Its columns are: age, outcome.",
    ),
}


@pytest.mark.parametrize("mistake", FILES)
def test_files(mistake: str, tmp_path: Path) -> None:
    wrong, error, message = FILES[mistake]
    assert_message((lambda: wrong(tmp_path), error, message.replace("{folder}", str(tmp_path))))


def test_there_are_enough_of_them() -> None:
    assert sum(map(len, (NETWORKS, INPUTS, TARGETS, TRAINING, RECORDING, FILES))) >= 90


# The errors themselves --------------------------------------------------------------------------------------------

BUILT_IN: dict[type[CutawayError], type[Exception]] = {
    UsageError: ValueError,
    ShapeError: ValueError,
    DtypeError: TypeError,
    DataError: ValueError,
    DataMissingError: FileNotFoundError,
    MissingPackageError: ImportError,
    TraceError: TypeError,
    GradientUndefinedError: TypeError,
    GradientNotWrittenError: NotImplementedError,
}


def test_every_error_is_ours_and_the_built_in_one() -> None:
    defined = {
        kind
        for kind in vars(errors).values()
        if inspect.isclass(kind) and issubclass(kind, Exception) and not issubclass(kind, Warning)
    }
    assert defined == {CutawayError, *BUILT_IN}
    for kind, built_in in BUILT_IN.items():
        assert issubclass(kind, CutawayError) and issubclass(kind, built_in)
        assert kind.__doc__


def test_every_warning_is_ours() -> None:
    warned = [k for k in vars(errors).values() if inspect.isclass(k) and issubclass(k, Warning)]
    assert len(warned) >= 3
    assert all(issubclass(kind, errors.CutawayWarning) and issubclass(kind, UserWarning) for kind in warned)


@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.__name__)
def test_a_message_has_its_parts(kind: type[CutawayError]) -> None:
    error = kind("W has no rows.", received="shape (0, 2)", instead="Give one row")
    assert str(error) == "W has no rows; received shape (0, 2). Give one row."
    assert (error.what, error.received, error.instead) == ("W has no rows.", "shape (0, 2)", "Give one row")
    assert str(kind("W has no rows")) == "W has no rows."
    assert str(kind("W has no rows", instead="Give one.")) == "W has no rows. Give one."
    assert error.exit_code == (3 if kind is DataMissingError else 2)


def test_an_unknown_name_gets_the_nearest_as_a_suggestion() -> None:
    assert str(one_of("tahn", ["tanh", "relu"], name="activation")) == (
        "activation is not known; received 'tahn'. Did you mean 'tanh'? Choose one of: relu, tanh."
    )
    assert str(one_of(3, ("b", "a"), name="x")) == "x is not known; received 3. Choose one of: a, b."
