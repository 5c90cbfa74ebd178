"""What a program may not do to its user's desk while it is checked: write to files, open windows.

A program under check runs several times, with other parameters and for a few steps only: what it saves would take the
place of what its user has saved. So what it writes goes into a folder of its own, from which it is read again.
"""

from __future__ import annotations

import builtins
import errno
import importlib.abc
import importlib.util
import io
import os
import shutil
import sys
from typing import Any

WRITING = frozenset("wax+")


def keep_files(folder: str) -> None:
    """Let all files that this process opens for writing be opened in ``folder``; written ones are read from there.

    Devices and pipes are left alone, and so is what libraries open without Python's ``open``.
    """
    kept = _Kept(folder)
    builtins.open = io.open = kept.open
    os.replace = os.rename = kept.replace
    os.remove = os.unlink = kept.remove


class _Kept:
    """Python's own functions for files, with what was written in the place of what stands on the disk."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)
        self.moved: dict[str, str] = {}
        self.count = 0
        self._open, self._replace, self._remove = io.open, os.replace, os.remove

    def open(self, file: Any, mode: str = "r", *args: Any, **how: Any) -> Any:
        path = self._path(file)
        if path is not None and WRITING & set(mode) and path not in self.moved and not _special(path):
            _would_open(path, mode)
            place = self._place(path)
            if os.path.isfile(path) and "w" not in mode:
                with self._open(path, "rb") as old, self._open(place, "wb") as new:
                    shutil.copyfileobj(old, new)
            self.moved[path] = place
        return self._open(file if path is None else self.moved.get(path, file), mode, *args, **how)

    def replace(self, src: Any, dst: Any, *args: Any, **how: Any) -> None:
        """Of files that were written here only the name changes; others are copied first."""
        old, new = self._path(src), self._path(dst)
        if old is None or new is None or _special(old) or _special(new):
            self._replace(src, dst, *args, **how)
            return
        if old not in self.moved:
            self.open(src, "a").close()
        self.moved[new] = self.moved.pop(old)

    def remove(self, path: Any, *args: Any, **how: Any) -> None:
        """What was written here goes; what stands on the disk stays."""
        known = self._path(path)
        if known is not None and known in self.moved:
            self._remove(self.moved.pop(known))
        elif known is None or _special(known) or not os.path.exists(known):
            self._remove(path, *args, **how)

    def _path(self, file: Any) -> str | None:
        if not isinstance(file, str | bytes | os.PathLike):
            return None
        path = os.path.abspath(os.fsdecode(file))
        return None if path.startswith(self.folder + os.sep) else path

    def _place(self, path: str) -> str:
        self.count += 1
        return os.path.join(self.folder, f"{self.count}-{os.path.basename(path)}")


def _special(path: str) -> bool:
    return os.path.exists(path) and not os.path.isfile(path)


def _would_open(path: str, mode: str) -> None:
    """Raise what opening the file itself would raise."""
    if not os.path.isdir(os.path.dirname(path)) or ("r" in mode and not os.path.exists(path)):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    if "x" in mode and os.path.exists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)


class _Windowless(importlib.abc.MetaPathFinder):
    """Waits for matplotlib, and takes its choice of a window system away: figures are drawn, and shown to nobody."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != "matplotlib":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def executed(module: Any) -> None:
            execute(module)
            module.use = lambda *args, **how: None

        spec.loader.exec_module = executed  # type: ignore[method-assign]
        return spec


def without_windows() -> None:
    """Keep matplotlib from opening windows, whatever the program asks of it."""
    os.environ["MPLBACKEND"] = "Agg"
    sys.meta_path.insert(0, _Windowless())
