"""Machine code that was compiled before, kept in a folder that only its owner can read and write.

An entry's name is a hash of all that its code follows from: the text, the processor, the versions. Its first lines hold
a hash of the rest, so that one that is cut short or damaged is not taken. What does not belong to this user, or could
be written by others, is not looked at; whatever goes wrong here, the code is simply compiled again. What LLVM said of
this processor is kept in the same way.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cutaway.files import cache_folder

_MAGIC = b"cutaway machine code 1\n"
_LARGEST = 64 * 2**20  # bytes of an entry
_MOST = 1000  # entries; older ones make room
_MINE = 0o700
_NAME = 64  # letters of the name of a program


def folder() -> Path:
    """Where machine code is kept: ``CUTAWAY_CODE`` if it is set, else in the cache folder."""
    named = os.environ.get("CUTAWAY_CODE")
    return Path(named) if named else cache_folder() / "code"


def _entry(key: str) -> Path:
    return folder() / f"{key}.code"


def _digest(key: str, code: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + code).hexdigest().encode()


def _trusted(found: os.stat_result) -> bool:
    """Whether something belongs to this user, and nobody else can write it."""
    if not hasattr(os, "getuid"):
        return True  # a system whose home folders are protected otherwise
    return found.st_uid == os.getuid() and not found.st_mode & 0o022


def _usable() -> bool:
    """Whether the folder is there, a real one, this user's own and closed to others."""
    try:
        found = os.lstat(folder())
    except OSError:
        return False
    closed = not hasattr(os, "getuid") or not found.st_mode & 0o077
    return stat.S_ISDIR(found.st_mode) and _trusted(found) and closed


def read(key: str) -> bytes | None:
    """The entry of this name, if it is there, whole, and this user's own."""
    if not _usable():
        return None
    try:
        handle = os.open(_entry(key), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    try:
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or not _trusted(found) or found.st_size > _LARGEST:
                return None
            content = file.read(_LARGEST)
    except OSError:
        return None
    if not content.startswith(_MAGIC):
        return None
    digest, _, code = content[len(_MAGIC) :].partition(b"\n")
    return code if digest == _digest(key, code) else None


def write(key: str, code: bytes) -> None:
    """Keep an entry; if that cannot be done, nothing happens."""
    try:
        folder().parent.mkdir(parents=True, exist_ok=True)
        folder().mkdir(mode=_MINE, exist_ok=True)
        if not _usable():
            return
        _make_room()
        temporary = folder() / f".{uuid4().hex}.tmp"
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:  # not forced to the disk: a part of a file would not be taken
                file.write(_MAGIC + _digest(key, code) + b"\n" + code)
            os.replace(temporary, _entry(key))
        finally:
            temporary.unlink(missing_ok=True)
    except OSError:
        return


def _entries() -> list[Path]:
    return [p for p in folder().iterdir() if p.suffix == ".code"] if _usable() else []


def _make_room() -> None:
    entries = _entries()
    if len(entries) < _MOST:
        return
    entries.sort(key=lambda p: p.lstat().st_mtime)
    for old in entries[: len(entries) // 2]:
        old.unlink(missing_ok=True)


@dataclass(frozen=True)
class Kept:
    """What is in the folder."""

    folder: str
    entries: int
    bytes: int
    usable: bool


def kept() -> Kept:
    """What is in the folder, for people to read."""
    entries = [p for p in _entries() if len(p.stem) == _NAME]
    return Kept(
        str(folder()), len(entries), sum(p.lstat().st_size for p in entries), _usable() or not folder().exists()
    )


def clear() -> int:
    """Delete all entries; returns how many programs there were."""
    entries = _entries()
    for entry in entries:
        entry.unlink(missing_ok=True)
    return sum(len(p.stem) == _NAME for p in entries)
