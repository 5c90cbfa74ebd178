"""Mistakes that people make with layers for sequences, each with the message that they get."""

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import CutawayError, DataError, DtypeError, ShapeError, UsageError
from cutaway.nn import GRU, LSTM, RNN, Embedding, SelfAttention


def fed(X, layers=None):
    return ca.Network(layers or [Embedding(5, 3), LSTM(4), ca.Dense(1)])(X)


MISTAKES = {
    "no units": (lambda: LSTM(0), UsageError, "units of LSTM must be a whole number of at least 1; received 0."),
    "units as a float": (lambda: GRU(8.0), UsageError, "units of GRU must be a whole number"),
    "inputs and units as in torch": (lambda: RNN(3, 8), UsageError, "the number of inputs is not given"),
    "a misspelt activation": (lambda: RNN(8, "tahn"), UsageError, "Did you mean 'tanh'?"),
    "sequences as a word": (
        lambda: GRU(8, sequences="all"),
        UsageError,
        "sequences of GRU must be True or False; received str 'all'.",
    ),
    "no vocabulary": (lambda: Embedding(0, 4), UsageError, "vocabulary of Embedding must be a whole number"),
    "no units of an embedding": (lambda: Embedding(4, -1), UsageError, "units of Embedding must be a whole number"),
    "no heads": (lambda: SelfAttention(8, 0), UsageError, "heads of SelfAttention must be a whole number"),
    "heads that do not divide": (
        lambda: SelfAttention(12, 5),
        UsageError,
        "The heads of SelfAttention must divide its units; received 5 heads for 12 units. "
        "12 units can have 1, 2, 3, 4, 6, 12 heads.",
    ),
    "causal as a number": (lambda: SelfAttention(8, causal=1), UsageError, "must be True or False; received 1."),
    "rows into a recurrent layer": (
        lambda: LSTM(8).output_shape((20,)),
        ShapeError,
        "LSTM(8) takes samples that are sequences, X of shape (n_samples, steps, features); received samples of shape "
        "(20,). Write sequences=True in a recurrent layer before it; Embedding(vocabulary, units) before it if X holds "
        "codes, X[:, :, None] if its steps are numbers.",
    ),
    "rows into attention": (lambda: SelfAttention(8).output_shape((20,)), ShapeError, "samples that are sequences"),
    "images into a recurrent layer": (
        lambda: RNN(8).build((8, 8, 3), np.random.default_rng(0)),
        ShapeError,
        "received samples of shape (8, 8, 3). Reshape X",
    ),
    "no steps": (lambda: RNN(8).output_shape((0, 3)), ShapeError, "received samples of shape (0, 3)"),
    "a layer too few with sequences": (
        lambda: ca.Network([LSTM(8), LSTM(8)]).build((20, 3)),
        ShapeError,
        "received samples of shape (8,). Write sequences=True in a recurrent layer before it",
    ),
    "vectors into an embedding": (
        lambda: Embedding(5, 3).output_shape((20, 1)),
        ShapeError,
        "takes samples that are rows of codes, X of shape (n_samples, steps); received samples of shape (20, 1). "
        "Write X[:, :, 0]",
    ),
    "a code that is too large": (
        lambda: fed([[0, 1], [2, 5]]),
        DataError,
        "Embedding(5, 3) looks up codes, whole numbers 0 ... 4; received 5 in row 1, column 1 of X. Number the symbols "
        "from 0: symbols, codes = numpy.unique(text, return_inverse=True).",
    ),
    "a negative code": (lambda: fed([[0, -1]]), DataError, "received -1 in row 0, column 1 of X"),
    "half a code": (lambda: fed([[0, 1.5]]), DataError, "received 1.5 in row 0, column 1 of X"),
    "standardized codes": (lambda: fed(np.random.default_rng(0).normal(size=(9, 4))), DataError, "looks up codes"),
    "a missing code": (lambda: fed([[0, np.nan]]), DataError, "X must be finite"),
    "text": (lambda: fed([["a", "b"]]), DtypeError, "X must hold numbers"),
    "a wrong code in training": (
        lambda: ca.Network([Embedding(5, 3), GRU(4), ca.Dense(1)]).fit([[0, 1], [2, 9]], [0, 1], progress=False),
        DataError,
        "received 9 in row 1, column 1 of X",
    ),
    "a wrong code in validation": (
        lambda: ca.Network([Embedding(5, 3), GRU(4), ca.Dense(1)]).fit(
            [[0, 1], [2, 4]], [0, 1], validation=([[7, 1]], [0]), progress=False
        ),
        DataError,
        "received 7 in row 0, column 0 of the validation X",
    ),
    "more codes than float32 has": (
        lambda: Embedding(2**24 + 1, 1).check(np.zeros((1, 2), np.float32), "X"),
        UsageError,
        'float32 cannot tell all codes of Embedding(16777217, 1) apart. Write dtype="float64".',
    ),
    "longer sequences than in training": (
        lambda: ca.Network([LSTM(4), ca.Dense(1)]).build((5, 2)).check_input(np.zeros((3, 6, 2))),
        ShapeError,
        "X of shape (3, 6, 2). Give X of shape (n_samples, 5, 2)",
    ),
    "sequences into Dense": (
        lambda: ca.Network([LSTM(4, sequences=True), ca.Dense(1)]).build((5, 2)),
        ShapeError,
        "samples of shape (5, 4)",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name):
    mistake, kind, text = MISTAKES[name]
    with pytest.raises(CutawayError) as caught:
        mistake()
    assert type(caught.value) is kind
    assert text in str(caught.value)
