"""Checking many files without importing everything for each of them anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cutaway.checking import guards
from cutaway.checking.records import Report
from cutaway.checking.running.runner import check_file, reports_of

SERVER = Path(__file__).with_name("warm_checks.py")
Check = Callable[[Path], list[Report]]


@pytest.fixture(scope="session", autouse=True)
def unguarded() -> Iterator[None]:
    """A part of a check that fails makes its test fail, also in the processes that check."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(guards.OPEN, "1")
        yield


@pytest.fixture(scope="session")
def check_warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Check]:
    """Like ``check_file``, in a fork of a process that has imported everything; the real one where there are no forks.

    For tests of what is said about a program. How a program is run is tested with ``check_file``.
    """
    if not hasattr(os, "fork"):
        yield check_file
        return
    folder = tmp_path_factory.mktemp("answers")
    server = subprocess.Popen(
        [sys.executable, "-P", str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
    )
    assert server.stdin is not None and server.stdout is not None
    count = 0

    def check(file: Path) -> list[Report]:
        nonlocal count
        assert server.stdin is not None and server.stdout is not None
        count += 1
        answer = folder / f"{count}" / "answer.json"
        answer.parent.mkdir()
        request = {"path": str(file), "name": None, "seconds": 30.0, "answer": str(answer)}
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        assert server.stdout.readline(), "the process that checks has ended"
        return reports_of(answer.read_text(encoding="utf-8"))

    try:
        yield check
    finally:
        server.stdin.close()
        server.stdout.close()
        server.wait()
