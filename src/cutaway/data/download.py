"""Download a data set of images when somebody asks for it, and only then: checked, resumed, put in place at once."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from cutaway._version import __version__
from cutaway.errors import DataMissingError, UsageError, one_of
from cutaway.files import cache_folder

Report: TypeAlias = Callable[[str, int, int | None], object]
"""Called with a file's name, the bytes that are there, and how many it has, if that is known."""

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
"""The four files of such a data set: images and labels to train with, images and labels to test with."""

SUMS = {
    "mnist": {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    "fashion-mnist": {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
}
"""SHA-256 of each file, decompressed: compressed they differ from place to place."""

MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion-mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
}
"""Where each data set is published; the file's name and ``.gz`` follow."""

_SYSTEM = Path("/usr/share/datasets")  # where Debian's packages put data
_TIMEOUT = 30  # seconds without an answer
_PIECE = 1 << 16  # bytes


def get(name: str, data_dir: str | os.PathLike[str] | None = None, *, report: Report | None = None) -> Path:
    """Download a data set; what is there already is kept, and what was broken off is continued.

    Parameters
    ----------
    name : {"mnist", "fashion-mnist"}
        Which one.
    data_dir : path, optional
        Where to put it, in a folder of its name; by default the cache folder, where `load` looks too.
    report : callable, optional
        Called with the name of a file, the bytes that are there, and how many it has, if that is known.

    Returns
    -------
    Path
        The folder with its four files.

    Raises
    ------
    UsageError
        When the name is not known, or the folder cannot be written to.
    DataMissingError
        When no server gave the files; the message says why, and what to do instead.
    """
    if name not in MIRRORS:
        raise one_of(name, MIRRORS, name="The data set to download")
    folder = Path(os.path.expanduser(data_dir or cache_folder())) / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in FILES:
            if not _is(folder / f"{file}.gz", SUMS[name][file]):
                _get_file(name, file, folder, report)
    except OSError as error:
        if isinstance(error, DataMissingError):
            raise
        what = f"{folder} cannot be written to"
        raise UsageError(what, received=error.strerror, instead="Name another folder by data_dir=") from error
    return folder


def folders(data_dir: str | os.PathLike[str] | None) -> Iterator[Path]:
    """Folders that may hold data sets, the nearest first; ``data`` is what torchvision's users write."""
    given = (data_dir, os.environ.get("CUTAWAY_DATA"), cache_folder(), "data")
    for folder in (*given, "~/.keras/datasets", _SYSTEM):
        if folder:
            yield Path(os.path.expanduser(folder))


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _get_file(name: str, file: str, folder: Path, report: Report | None) -> None:
    """One file from the first server that gives it."""
    target = folder / f"{file}.gz"
    part = target.with_name(f"{target.name}.part")
    failures = []
    for mirror in MIRRORS[name]:
        for again in (False, True):  # again: what was continued may have begun with another server's file
            resumed = part.exists()
            try:
                _fetch(mirror + target.name, part, report)
            except ConnectionError as error:
                failures.append(f"{mirror}: {error}")
                break
            if _is(part, SUMS[name][file]):
                os.replace(part, target)
                return
            part.unlink()
            if again or not resumed:
                failures.append(f"{mirror}: {target.name} has another content")
                break
    raise DataMissingError(
        f"{target.name} could not be downloaded. Tried {'; '.join(failures)}",
        instead=f"Try again, it goes on where it stopped; or put the files {', '.join(f'{f}.gz' for f in FILES)} into "
        f"{folder} by hand",
    )


def _fetch(url: str, part: Path, report: Report | None) -> None:
    """Append to ``part`` what is missing of a file; ConnectionError if it stays incomplete."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    there = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": f"cutaway/{__version__}"} | ({"Range": f"bytes={there}-"} if there else {})
    try:
        with contextlib.closing(urlopen(Request(url, headers=headers), timeout=_TIMEOUT)) as answer:
            there = there if answer.status == 206 else 0
            length = answer.headers.get("Content-Length")
            total = there + int(length) if length else None
            with open(part, "ab" if there else "wb") as out:
                while piece := answer.read(_PIECE):
                    out.write(piece)
                    there += len(piece)
                    if report is not None:
                        report(part.stem, there, total)
    except HTTPError as error:
        if error.code != 416:  # "there is nothing after that": it was complete, or is another file
            raise ConnectionError(f"{error.code} {error.reason}") from error
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ConnectionError(str(reason) or type(error).__name__) from error
    else:
        if total is not None and there < total:
            raise ConnectionError(f"the connection ended after {there:,} of {total:,} bytes")


def _is(path: Path, digest: str) -> bool:
    """Whether a compressed file has the content with this SHA-256."""
    try:
        return sha256(gzip.decompress(path.read_bytes())) == digest
    except (OSError, EOFError, zlib.error):
        return False
