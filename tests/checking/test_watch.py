"""Watching a program: which line changed what, in which iteration, and that the program is left alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.checking.running.log import Log
from cutaway.checking.running.program import Program, read
from cutaway.checking.running.watch import EVENTS, Watch, listeners

TEXT = """import numpy as np

W = np.ones(3)
kept = W
total = 0.0
for i in range(4):
    W -= 0.5
    total = total + W.sum()
    batch = np.arange(6)[i : i + 2]


class Box:
    def __init__(self):
        self.parts = [np.zeros(2), np.zeros(2)]

    def fill(self, value):
        self.parts[1][:] = value
        return self.parts[1] * 2


box = Box()
answer = box.fill(3.0)
"""


@pytest.fixture
def watched(tmp_path: Path) -> tuple[Program, Log]:
    file = tmp_path / "watched.py"
    file.write_text(TEXT)
    program = read(file)
    watch = Watch()
    program.prepare("watched_program", *listeners(watch))
    watch.namespace = program.namespace
    with watch:
        program.run()
    return program, watch.log


def changes(log: Log, name: str) -> list[Any]:
    return [c for c in log.changes if c.name == name]


def test_every_change_has_its_line_and_its_iteration(watched: tuple[Program, Log]) -> None:
    _, log = watched
    seen = changes(log, "W")
    assert [c.line for c in seen] == [3, 7, 7, 7, 7]
    assert [c.inplace for c in seen] == [False, True, True, True, True]
    assert [c.loops[0][2] for c in seen[1:]] == [0, 1, 2, 3]
    assert np.array_equal(seen[1].old, np.ones(3)) and np.array_equal(seen[-1].new, np.full(3, -1.0))
    assert [float(c.new) for c in changes(log, "total")] == [0.0, 1.5, 0.0, -3.0]


def test_two_names_of_one_array_change_together(watched: tuple[Program, Log]) -> None:
    _, log = watched
    assert {c.identity for c in changes(log, "kept")} == {c.identity for c in changes(log, "W")}
    assert [c.line for c in changes(log, "kept")] == [4, 7, 7, 7, 7]


def test_attributes_and_items_have_one_slot_whoever_looks(watched: tuple[Program, Log]) -> None:
    _, log = watched
    second = [c for c in log.changes if c.slot[1] == ("parts", 1)]
    assert [c.line for c in second] == [14, 17]
    assert len({c.slot for c in second}) == 1
    assert [c.function for c in second] == ["__init__", "fill"]


def test_calls_have_their_arguments_and_results(watched: tuple[Program, Log]) -> None:
    _, log = watched
    (call,) = [c for c in log.calls if c.code.co_name == "fill"]
    assert call.arguments["value"] == 3.0 and call.caller_line == 22
    assert np.array_equal(call.result, [6.0, 6.0]) and call.result_line == 18


def test_the_program_gets_what_it_would_get_unwatched(watched: tuple[Program, Log]) -> None:
    program, _ = watched
    plain: dict[str, Any] = {"__name__": "plain"}
    exec(compile(TEXT, "plain.py", "exec"), plain)
    assert np.array_equal(program.namespace["W"], plain["W"]) and program.namespace["total"] == plain["total"]
    assert sys.gettrace() is None


def test_a_long_loop_is_watched_at_its_start_and_what_follows_too(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    file.write_text(f"x = 0.0\nfor i in range({2 * EVENTS}):\n    x = x + 1.0\nlast = x\n")
    program, watch = read(file), Watch()
    program.prepare("long_program", *listeners(watch))
    watch.namespace = program.namespace
    with watch:
        program.run()
    assert watch.log.sampled and watch.log.events < 2 * EVENTS
    last, x = changes(watch.log, "last"), changes(watch.log, "x")
    assert last[0].line == 4 and not last[0].unseen
    assert x[-1].unseen and not any(c.unseen for c in x[:-1])  # many steps that are seen as one, on another line


def test_objects_that_refuse_to_be_looked_at_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "shy.py"
    file.write_text(
        "class Shy:\n    @property\n    def __dict__(self):\n        raise RuntimeError('no')\n"
        "shy = Shy()\nx = [1.0, shy]\ny = x[0] + 1\n"
    )
    program, watch = read(file), Watch()
    program.prepare("shy_program", *listeners(watch))
    watch.namespace = program.namespace
    with watch:
        program.run()
    assert program.namespace["y"] == 2.0
