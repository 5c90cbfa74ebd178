"""``cutaway data get``: where it puts what it downloads, and what it says without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cutaway.data import download


def test_it_says_where_the_data_are(
    cutaway: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(url: str, part: Path, report: Callable[[str, int, int | None], object]) -> None:
        part.write_bytes(b"content")
        report(part.stem, 7, None)
        report(part.stem, 7, 7)

    monkeypatch.setattr(download, "_fetch", fetch)
    monkeypatch.setattr(download, "_is", lambda path, digest: path.exists())
    answer = cutaway("data", "get", "mnist", "--data-dir", tmp_path)
    assert (answer.code, answer.out) == (0, f"mnist is in {tmp_path / 'mnist'}\n")
    assert len(list((tmp_path / "mnist").glob("*.gz"))) == 4


def test_without_a_network(cutaway: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(download.MIRRORS, "mnist", ("http://127.0.0.1:9/",))
    monkeypatch.setenv("no_proxy", "*")
    answer = cutaway("data", "get", "mnist", "--data-dir", tmp_path)
    assert (answer.code, answer.out) == (3, "")
    assert "could not be downloaded. Tried http://127.0.0.1:9/: " in answer.err
    assert answer.err.count("Error:") == 1


def test_a_name_that_cannot_be_downloaded(cutaway: Callable[..., Any]) -> None:
    answer = cutaway("data get cifar")
    assert answer.code == 2
    assert "Choose one of: fashion-mnist, mnist" in answer.err
