"""Machine code on disk: what is damaged, foreign or open to others is not run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llvmlite", reason="machine code is made by llvmlite")

from cutaway.engines.native import cache, code, machine

pytestmark = pytest.mark.native
unix = pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners and modes of files are those of Unix")
TEXT = "define i64 @f() { ret i64 %d }"
KEY = "0" * 64


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CUTAWAY_CODE", str(tmp_path / "code"))
    code.load.cache_clear()
    return tmp_path / "code"


def entry(folder: Path) -> Path:
    (found,) = (p for p in folder.glob("*.code") if len(p.stem) == len(KEY))
    return found


def value(loaded: machine.Loaded) -> int:
    import ctypes

    return int(ctypes.CFUNCTYPE(ctypes.c_int64)(loaded.address("f"))())


def test_code_is_kept_and_found_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert value(code.load(TEXT % 7, machine.host())) == 7
    assert cache.kept().entries == 1 and cache.kept().usable
    code.load.cache_clear()
    monkeypatch.setattr(machine, "assemble", None)  # it would be called if the entry were not found
    assert value(code.load(TEXT % 7, machine.host())) == 7


def test_other_text_processor_or_version_is_another_entry(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = machine.host()
    keys = {code._key(TEXT % n, host) for n in (1, 2)}
    keys.add(code._key(TEXT % 1, machine.Machine(host.triple, "other", host.features, host.width)))
    monkeypatch.setattr(code, "__version__", "999")
    keys.add(code._key(TEXT % 1, host))
    monkeypatch.setattr(machine, "version", lambda: "another LLVM")
    keys.add(code._key(TEXT % 1, host))
    assert len(keys) == 5


@unix
def test_folder_and_files_are_closed_to_others(folder: Path) -> None:
    before = os.umask(0)
    try:
        code.load(TEXT % 1, machine.host())
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert entry(folder).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["cut short", "a bit", "empty", "another program's", "old"])
def test_a_damaged_entry_is_replaced(folder: Path, damage: str) -> None:
    code.load(TEXT % 7, machine.host())
    path = entry(folder)
    good = path.read_bytes()
    if damage == "another program's":
        cache.write(KEY, machine.assemble(TEXT % 8, machine.host()))
        other = folder / f"{KEY}.code"
        path.write_bytes(other.read_bytes())
        other.unlink()
    else:
        bad = {"cut short": good[:-50], "a bit": good[:-9] + bytes([good[-9] ^ 1]) + good[-8:], "empty": b""}
        path.write_bytes(bad.get(damage, good.replace(b"code 1", b"code 0")))
    code.load.cache_clear()
    assert value(code.load(TEXT % 7, machine.host())) == 7
    assert path.read_bytes()[: len(cache._MAGIC)] == cache._MAGIC and cache.read(path.stem) is not None


@unix
@pytest.mark.parametrize("mode", [0o777, 0o755, 0o770])
def test_a_folder_that_is_open_to_others_is_not_used(folder: Path, mode: int) -> None:
    code.load(TEXT % 7, machine.host())
    key = entry(folder).stem
    assert cache.read(key) is not None
    folder.chmod(mode)
    assert cache.read(key) is None and not cache.kept().usable
    code.load.cache_clear()
    assert value(code.load(TEXT % 7, machine.host())) == 7


@unix
def test_a_file_that_others_can_write_is_not_used(folder: Path) -> None:
    code.load(TEXT % 7, machine.host())
    path = entry(folder)
    path.chmod(0o622)
    assert cache.read(path.stem) is None


@unix
def test_somebody_elses_files_are_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code.load(TEXT % 7, machine.host())
    key = entry(folder).stem
    monkeypatch.setattr(os, "getuid", lambda: os.stat(folder).st_uid + 1)
    assert cache.read(key) is None


@unix
def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    code.load(TEXT % 7, machine.host())
    path = entry(folder)
    moved = tmp_path / "elsewhere"
    path.rename(moved)
    path.symlink_to(moved)
    assert cache.read(path.stem) is None
    path.unlink()
    moved.rename(path)
    assert cache.read(path.stem) is not None
    real = folder.rename(tmp_path / "real")
    folder.symlink_to(real)
    assert cache.read(path.stem) is None


@unix
def test_a_pipe_or_a_folder_in_the_place_of_an_entry(folder: Path) -> None:
    cache.write(KEY, b"x")
    path = folder / f"{KEY}.code"
    for make in (os.mkfifo, os.mkdir):
        path.unlink(missing_ok=True)
        make(path)
        assert cache.read(KEY) is None


def test_a_folder_that_cannot_be_made_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CUTAWAY_CODE", str(tmp_path / "file" / "code"))
    code.load.cache_clear()
    assert value(code.load(TEXT % 3, machine.host())) == 3


def test_old_entries_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST", 6)
    for i in range(9):
        cache.write(f"{i:064}", b"x")
        os.utime(folder / f"{i:064}.code", (i, i))
    assert cache.kept().entries <= 6 and cache.read(f"{8:064}") == b"x" and cache.read(f"{0:064}") is None
    assert not list(folder.glob(".*"))


def test_clearing(folder: Path) -> None:
    code.load(TEXT % 7, machine.host())
    (folder / "note.txt").write_text("not ours")
    assert cache.clear() == 1 and cache.kept().entries == 0 and (folder / "note.txt").exists()


def test_processes_at_once(folder: Path) -> None:
    program = (
        "from cutaway.engines.native import cache, code, machine\n"
        "for n in range(5): code.load('define i64 @f() { ret i64 %d }' % n, machine.host())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "CUTAWAY_CODE": str(folder)}
    running = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(3)]
    assert [p.wait() for p in running] == [0, 0, 0]
    assert cache.kept().entries == 5
    for path in folder.glob("*.code"):
        assert cache.read(path.stem) is not None
