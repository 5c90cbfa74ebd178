"""The libraries whose threads are limited are looked for once, and again when another one may have come."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
import threadpoolctl

from cutaway.engines import threads


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    original = threadpoolctl.ThreadpoolController
    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", lambda: (found.append(None), original())[1])
    threads._controller.cache_clear()
    return found


def test_libraries_are_looked_for_once(scans: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    for _ in range(3):
        with threads.one_blas_thread():
            pass
    assert len(scans) == 1
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    with threads.one_blas_thread():
        pass
    assert len(scans) == 2


def test_inside_there_is_one_thread_and_outside_there_are_as_many_as_before() -> None:
    def counts() -> list[int]:
        return [lib["num_threads"] for lib in threadpoolctl.threadpool_info() if lib["user_api"] == "blas"]

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = counts()
        with threads.one_blas_thread():
            assert set(counts()) == {1}
        assert counts() == before and set(before) == {2}
