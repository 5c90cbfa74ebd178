"""What functions can reach is put back, whatever a changed program did to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.checking.running import contents

TABLE = np.arange(6.0).reshape(2, 3)
ROWS: list[Any] = [1.0, [2.0, 3.0]]
NAMED = {"w": np.ones(2), "rate": 0.1}


class Net:
    def __init__(self) -> None:
        self.W = np.zeros(3)
        self.layers = [np.full(2, 7.0)]


NET = Net()


def spoil() -> None:
    TABLE[:] = -1
    ROWS[1][0] = 5.0
    ROWS.append(9.0)
    NAMED["w"] += 1
    NAMED["more"] = 2.0
    del NAMED["rate"]
    NET.W = np.ones(3)
    NET.layers[0][0] = 0.0
    NET.extra = 1  # type: ignore[attr-defined]


def test_arrays_lists_dicts_and_objects() -> None:
    first, rows = NET.W, ROWS[1]
    kept = contents.Contents(spoil)
    assert kept.whole
    spoil()
    kept.put_back()
    np.testing.assert_array_equal(TABLE, [[0, 1, 2], [3, 4, 5]])
    assert ROWS == [1.0, [2.0, 3.0]] and ROWS[1] is rows
    assert sorted(NAMED) == ["rate", "w"] and np.array_equal(NAMED["w"], [1, 1])
    assert NET.W is first and not hasattr(NET, "extra")
    np.testing.assert_array_equal(NET.layers[0], [7, 7])


def test_what_is_too_large_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST", 40)
    assert not contents.Contents(spoil).whole
