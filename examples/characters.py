"""A network that reads Python's own help, character by character, and writes more of it.

A recurrent layer predicts each character from the twelve before it. How well is measured in bits for each character of
a part of the text that it has not seen, beside what counting single characters, and pairs of them, predicts there.
"""

import argparse
from pydoc_data.topics import topics

import numpy as np

import cutaway as ca

CONTEXT = 12


def read(length):
    """The first ``length`` characters as codes 0, 1, 2 ..., and the character of each code."""
    text = " ".join(" ".join(topics[name] for name in sorted(topics)).split())[:length]
    symbols, codes = np.unique(list(text), return_inverse=True)
    return codes, symbols


def windows(codes):
    """Each run of CONTEXT codes, and the code that follows it."""
    return np.lib.stride_tricks.sliding_window_view(codes, CONTEXT)[:-1], codes[CONTEXT:]


def bits(probabilities):
    """How many bits a character costs, if these were the probabilities given to those that came."""
    return float(-np.log2(probabilities).mean())


def counting(train, held_out, k):
    """Bits for each character from the counts of single characters and of pairs, each begun at one."""
    singles, pairs = np.ones(k), np.ones((k, k))
    np.add.at(singles, train, 1)
    np.add.at(pairs, (train[:-1], train[1:]), 1)
    before, after = held_out[CONTEXT - 1 : -1], held_out[CONTEXT:]
    return bits(singles[after] / singles.sum()), bits(pairs[before, after] / pairs[before].sum(axis=1))


def write(net, codes, length, rng):
    """Draw ``length`` more codes, each from what the network expects after those before it."""
    codes = list(codes)
    for _ in range(length):
        p = net.predict_proba([codes[-CONTEXT:]])[0].astype(float)
        codes.append(rng.choice(len(p), p=p / p.sum()))
    return codes[-length:]


def run(length=100_000, epochs=3, drawn=300):
    codes, symbols = read(length)
    train, held_out = np.split(codes, [int(0.9 * len(codes))])
    k = len(symbols)

    net = ca.Network([ca.Embedding(k, 16), ca.GRU(64), ca.Dense(k, "softmax")], seed=0)
    X, y = windows(train)
    history = net.fit(X, y, optimizer=ca.Adam(0.004), batch_size=64, epochs=epochs, metrics=())
    for record in history.records:
        print(f"epoch {record['epoch']}  {record['loss'] / np.log(2):.3f} bits for each character read")

    X, y = windows(held_out)
    singles, pairs = counting(train, held_out, k)
    found = {
        "single characters": singles,
        "pairs of characters": pairs,
        "the network": bits(net.predict_proba(X)[np.arange(len(y)), y]),
    }
    print(f"\nbits for each of {len(y):,} characters held out")
    for name, value in found.items():
        print(f"  {name:<20} {value:.3f}")
    print("the network needs the fewest:", min(found, key=found.get) == "the network")

    text = symbols[write(net, held_out[:CONTEXT], drawn, np.random.default_rng(0))]
    print("\nit writes:", "".join(symbols[held_out[:CONTEXT]]) + "".join(text))
    return found, text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--length", type=int, default=100_000, help="how many characters of the text to read")
    parser.add_argument("--epochs", type=int, default=3, help="how often to read them")
    arguments = parser.parse_args()
    run(arguments.length, arguments.epochs)


if __name__ == "__main__":
    main()
