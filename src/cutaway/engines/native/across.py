"""Sums over the lanes of vectors, at the end of sums over rows."""

from __future__ import annotations

from collections.abc import Sequence

from cutaway.engines.native.text import Value, Writer, lanes_of


def horizontal(w: Writer, parts: Sequence[Value]) -> Value:
    """The sums of the lanes of each of several vectors, as one vector in their order; their number a power of two.

    Neighbours are folded together: each step halves their number or their length, so sixteen sums of sixteen lanes
    cost fifteen additions.
    """
    vectors = list(parts)
    lanes = lanes_of(vectors[0].type)
    width = 1  # of what each vector holds already: sums of the first so many given vectors lie side by side
    while len(vectors) > 1 and lanes > width:
        folded = []
        for a, b in zip(vectors[::2], vectors[1::2], strict=True):
            # a holds blocks of `width` sums; its halves are added, and those of b come behind
            folded.append(_fold_two(w, a, b, width))
        vectors, width = folded, width * 2
    result = vectors[0]
    while len(vectors) > 1:  # more sums than a vector has lanes: put together
        size = lanes_of(vectors[0].type)
        pairs = zip(vectors[::2], vectors[1::2], strict=True)
        vectors = [w.shuffle(a, b, range(2 * size)) for a, b in pairs]
        result, width = vectors[0], 2 * size
    size = lanes_of(result.type)
    while size > width:
        half = size // 2
        low = w.shuffle(result, None, range(half))
        high = w.shuffle(result, None, range(half, size))
        result, size = w.sum(low, high), half
    return result


def _fold_two(w: Writer, a: Value, b: Value, width: int) -> Value:
    """Blocks of ``width`` of a and of b: pairs of neighbouring blocks are added, a's and b's results alternate."""
    n = lanes_of(a.type)
    first: list[int] = []
    second: list[int] = []
    for block in range(0, n, 2 * width):
        for source in (0, n):
            first += range(source + block, source + block + width)
            second += range(source + block + width, source + block + 2 * width)
    return w.sum(w.shuffle(a, b, first), w.shuffle(a, b, second))
