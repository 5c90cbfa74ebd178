"""Reading a log: changes by the name that they belong to, and names without what only their place adds."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.checking.running.log import LONGEST, Change, arrays_in, bare, by_slot, last_name


def change(at: int, owner: int, name: str) -> Change:
    return Change(at, (owner, (name,)), name, "f.py", at, "train", owner, None, at, False, 0, ())


def test_changes_are_grouped_by_whose_they_are_and_stay_in_order() -> None:
    found = by_slot([change(1, 1, "W"), change(2, 2, "W"), change(3, 1, "b"), change(4, 1, "W")])
    assert {slot: [c.at for c in changes] for slot, changes in found.items()} == {
        (1, ("W",)): [1, 4],
        (2, ("W",)): [2],
        (1, ("b",)): [3],
    }


@pytest.mark.parametrize(
    ("name", "last", "plain"),
    [("W1", "W1", "W1"), ("self.params['W1']", "W1", "W1"), ("net.w[0]", "0", "w0"), ("self.W", "W", "W")],
)
def test_names(name: str, last: str, plain: str) -> None:
    assert (last_name(name), bare(name)) == (last, plain)


def test_arrays_in_containers_are_named_by_the_way_there() -> None:
    a, b = np.zeros(2), np.ones(3)
    assert [name for name, _ in arrays_in({"dW": a, "rest": (b, 1.0)})] == ["dW", "0"]
    assert arrays_in([a] * (LONGEST + 1)) == []
