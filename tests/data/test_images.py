"""MNIST and Fashion-MNIST: small files in every layout, a server of our own, and the real data where it is at hand."""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from cutaway.data import catalogue, download, get, load
from cutaway.data.download import FILES, sha256
from cutaway.data.images import as_idx, from_idx
from cutaway.errors import DataMissingError, ShapeError, UsageError
from cutaway.files import cache_folder

RNG = np.random.default_rng(0)
PARTS = {
    name: RNG.integers(0, 256, (n, 28, 28), np.uint8) if "images" in name else np.arange(n, dtype=np.uint8) % 10
    for name, n in zip(FILES, (60, 60, 10, 10), strict=True)
}
IDX = {name: as_idx(part) for name, part in PARTS.items()}


@pytest.fixture(autouse=True)
def nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small files are the originals, and no other place of this machine is looked at."""
    for name in ("mnist", "fashion-mnist"):
        monkeypatch.setitem(download.SUMS, name, {file: sha256(content) for file, content in IDX.items()})
        monkeypatch.setitem(download.MIRRORS, name, ())
    for variable in ("CUTAWAY_DATA", "SCIKIT_LEARN_DATA"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.setattr(download, "_SYSTEM", tmp_path / "system")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def write(folder: Path, compressed: bool = True, dotted: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in IDX.items():
        name = name.replace("-idx", ".idx") if dotted else name
        (folder / f"{name}.gz").write_bytes(gzip.compress(content)) if compressed else (folder / name).write_bytes(
            content
        )
    return folder


def write_archive(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    X, y, X_test, y_test = PARTS.values()
    np.savez_compressed(file, x_train=X, y_train=y, x_test=X_test, y_test=y_test)
    return file


def write_arff(file: Path, quote: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    X, y, X_test, y_test = PARTS.values()
    rows = [*zip(X, y, strict=True), *zip(X_test, y_test, strict=True)]
    lines = [",".join(map(str, x.ravel())) + f",{quote}{label}{quote}" for x, label in rows]
    text = "% a comment\n@RELATION mnist_784\n@ATTRIBUTE pixel1 real\n@DATA\n" + "\n".join(lines) + "\n"
    file.write_bytes(gzip.compress(text.encode()))
    return file


def test_pixels_are_from_0_to_1_and_the_test_part_is_last(tmp_path: Path) -> None:
    data = load("mnist", data_dir=write(tmp_path / "some"))
    assert data.X.dtype == np.float32
    assert data.images.shape == (70, 28, 28)
    np.testing.assert_array_equal(data.images[:60], PARTS[FILES[0]].astype(np.float32) / 255)
    np.testing.assert_array_equal(data.y[60:], PARTS[FILES[3]])
    assert (data.image_shape, data.official_test, data.n_classes) == ((28, 28), 10, 10)
    assert data.feature_names[29] == "pixel_1_1"
    assert data.source == f"real data, from {tmp_path / 'some'}"
    assert data.description == catalogue()["mnist"]
    assert load("fashion-mnist", data_dir=tmp_path / "some").class_names[9] == "ankle boot"


# Where it is found ---------------------------------------------------------------------------------------------------

LAYOUTS = {
    "folder": lambda root: write(root),
    "folder, not compressed": lambda root: write(root, compressed=False),
    "folder, dotted names": lambda root: write(root, compressed=False, dotted=True),
    "folder of its name": lambda root: write(root / "mnist"),
    "torchvision": lambda root: write(root / "MNIST" / "raw", compressed=False),
    "keras": lambda root: write_archive(root / "mnist.npz"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("how", ["data_dir", "CUTAWAY_DATA", "cache", "./data", "~/.keras/datasets"])
def test_every_layout_in_every_folder(layout: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = {"cache": cache_folder(), "./data": Path("data"), "~/.keras/datasets": Path.home() / ".keras" / "datasets"}
    root = roots.get(how, tmp_path / "of mine")
    LAYOUTS[layout](root)
    if how == "CUTAWAY_DATA":
        monkeypatch.setenv(how, str(root))
    assert str(root) in load("mnist", data_dir=root if how == "data_dir" else None).source


def test_the_nearest_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_DATA", str(write(tmp_path / "second")))
    assert "second" in load("mnist", data_dir=tmp_path / "first").source
    write(tmp_path / "first")
    assert "first" in load("mnist", data_dir=tmp_path / "first").source


def test_the_layouts_of_fashion_mnist(tmp_path: Path) -> None:
    for folder in (
        Path.home() / ".keras" / "datasets" / "fashion-mnist",
        tmp_path / "system" / "fashion-mnist",
        Path("data") / "FashionMNIST" / "raw",
    ):
        write(folder)
        assert str(folder) in load("fashion-mnist").source
        for file in folder.iterdir():
            file.unlink()


@pytest.mark.parametrize("quote", ["", "'"])
@pytest.mark.parametrize("file", ["52667.gz", "52667/mnist_784.arff.gz"])
def test_the_table_that_scikit_learn_keeps(
    file: str, quote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "learn"
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(home))
    found = write_arff(home / "openml" / "openml.org" / "data" / "v1" / "download" / file, quote)
    data = load("mnist")
    assert str(found) in data.source
    np.testing.assert_array_equal(data.images[60:], PARTS[FILES[2]].astype(np.float32) / 255)


def test_other_files_of_the_same_names_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of MNIST and Fashion-MNIST are."""
    other = write(tmp_path / "other")
    content = bytearray(IDX[FILES[2]])
    content[500] ^= 1
    (other / f"{FILES[2]}.gz").write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DataMissingError, match=rf"Found, but not it: {re.escape(str(other))} \({FILES[2]} has another"):
        load("mnist", data_dir=other)
    monkeypatch.setenv("CUTAWAY_DATA", str(write(tmp_path / "right")))
    assert "right" in load("mnist", data_dir=other).source


# Where it is not -----------------------------------------------------------------------------------------------------


def test_one_error_says_where_it_was_looked_for_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_DATA", str(tmp_path / "mine"))
    with pytest.raises(DataMissingError) as caught:
        load("mnist", data_dir=tmp_path / "given")
    places = [tmp_path / "given", tmp_path / "mine", cache_folder(), "data", Path.home() / ".keras" / "datasets"]
    text = str(caught.value)
    assert ", ".join(map(str, places)) in text
    assert str(Path.home() / "scikit_learn_data") in text
    assert "Write 'cutaway data get mnist', or cutaway.data.get('mnist'), to download it" in text
    assert "by data_dir= or in CUTAWAY_DATA" in text
    assert "Found" not in text


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: (f / f"{FILES[1]}.gz").unlink(), f"{FILES[1]} is missing"),
        (lambda f: (f / f"{FILES[0]}.gz").write_bytes(gzip.compress(IDX[FILES[0]])[:-20]), "cannot be read"),
        (lambda f: (f / f"{FILES[0]}.gz").write_bytes(b"<html>"), "cannot be read"),
        (lambda f: (f / f"{FILES[0]}.gz").write_bytes(gzip.compress(IDX[FILES[0]][:-9])), "cannot be read"),
        (lambda f: (f / f"{FILES[0]}.gz").write_bytes(gzip.compress(b"no idx file")), "no IDX file of bytes"),
        (lambda f: (f / f"{FILES[0]}.gz").write_bytes(gzip.compress(b"")), "cannot be read"),
    ],
)
def test_what_is_wrong_with_files_that_are_there(spoil: object, says: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "there")
    spoil(folder)  # type: ignore[operator]
    with pytest.raises(DataMissingError, match=rf"Found, but not it: {re.escape(str(folder))} \(.*{says}"):
        load("mnist", data_dir=folder)


def test_an_archive_without_the_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", X=np.zeros(3))
    with pytest.raises(DataMissingError, match=r"mnist\.npz \(cannot be read"):
        load("mnist", data_dir=tmp_path)


def test_a_folder_is_for_data_that_is_to_be_downloaded() -> None:
    for name in ("moons", "iris", "table.csv"):
        with pytest.raises(UsageError, match=r"data_dir is for data .* received data_dir='there'"):
            load(name, data_dir="there")


def test_idx_files() -> None:
    for part in PARTS.values():
        np.testing.assert_array_equal(from_idx(as_idx(part)), part)
    assert as_idx(np.zeros((2, 3), np.uint8))[:12] == b"\0\0\x08\x02\0\0\0\x02\0\0\0\x03"


# The official test part ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_the_official_part_is_the_test_part(seed: int, tmp_path: Path) -> None:
    data = load("mnist", data_dir=write(tmp_path))
    split = data.split(test=0.5, validation=1 / 7, seed=seed)
    np.testing.assert_array_equal(split.test.X, data.X[60:])
    assert split.validation is not None
    assert (len(split.train), len(split.validation)) == (50, 10)
    assert np.bincount(split.validation.y).tolist() == [1] * 10  # stratified
    rows = {row.tobytes() for part in (split.train, split.validation) for row in part.X}
    assert rows == {row.tobytes() for row in data.X[:60]}
    assert not any(part.official_test for part in (split.train, split.validation, split.test))
    assert data.split().validation is None


def test_a_subset_has_no_official_part(tmp_path: Path) -> None:
    some = load("mnist", data_dir=write(tmp_path)).subset(np.arange(50))
    assert some.official_test == 0
    assert len(some.split(test=0.2).test) == 10


def test_only_pictures_have_images() -> None:
    assert load("digits").images.shape == (1797, 8, 8)
    with pytest.raises(ShapeError, match="The rows of 'iris' are no pictures"):
        _ = load("iris").images


# Download ------------------------------------------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """Serves bytes by path, from where it is asked to; notes what it was asked, and may hang up."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {f"/{name}.gz": gzip.compress(c) for name, c in IDX.items()}
        self.asked: list[tuple[str, str | None]] = []
        self.hang_up_after: int | None = None
        self.ranges = True
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append((self.path, asked))
        content = self.server.content.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = self.server.hang_up_after
        self.wfile.write(content[start:] if stop is None else content[start : start + stop])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Server() as found:
        thread = threading.Thread(target=partial(found.serve_forever, poll_interval=0.01), daemon=True)
        thread.start()
        monkeypatch.setitem(download.MIRRORS, "mnist", (found.url,))
        yield found
        found.shutdown()
        thread.join()


def test_what_is_downloaded_is_found(server: Server) -> None:
    seen: list[tuple[str, int, int | None]] = []
    folder = get("mnist", report=lambda *news: seen.append(news))
    assert folder == cache_folder() / "mnist"
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"{file}.gz" for file in FILES)
    assert len(load("mnist")) == 70
    sizes = {path.lstrip("/"): len(content) for path, content in server.content.items()}
    assert {name: done for name, done, total in seen if done == total} == sizes
    server.asked.clear()
    assert get("mnist") == folder
    assert server.asked == []  # it is there


def test_what_was_broken_off_is_continued(server: Server, tmp_path: Path) -> None:
    server.hang_up_after = 1000
    with pytest.raises(DataMissingError, match=r"the connection ended after 1,000 of [\d,]+ bytes\. Try again"):
        get("mnist", tmp_path)
    assert [p.name for p in (tmp_path / "mnist").iterdir()] == [f"{FILES[0]}.gz.part"]
    server.hang_up_after = None
    server.asked.clear()
    get("mnist", tmp_path)
    assert server.asked[0] == (f"/{FILES[0]}.gz", "bytes=1000-")
    assert len(load("mnist", data_dir=tmp_path)) == 70
    assert not list((tmp_path / "mnist").glob("*.part"))


@pytest.mark.parametrize("ranges", [True, False])
def test_a_part_of_another_file_is_begun_anew(ranges: bool, server: Server, tmp_path: Path) -> None:
    server.ranges = ranges
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / f"{FILES[0]}.gz.part").write_bytes(b"another server's" * 10)
    (tmp_path / "mnist" / f"{FILES[1]}.gz.part").write_bytes(b"longer than the file" * 1000)
    get("mnist", tmp_path)
    assert len(load("mnist", data_dir=tmp_path)) == 70


def test_the_next_server_is_asked_and_a_wrong_file_is_never_kept(server: Server, tmp_path: Path) -> None:
    with Server() as wrong:
        thread = threading.Thread(target=partial(wrong.serve_forever, poll_interval=0.01), daemon=True)
        thread.start()
        wrong.content = {f"/{FILES[0]}.gz": gzip.compress(b"something else")}
        download.MIRRORS["mnist"] = (wrong.url, server.url)
        get("mnist", tmp_path / "both")
        assert len(load("mnist", data_dir=tmp_path / "both")) == 70
        download.MIRRORS["mnist"] = (wrong.url,)
        with pytest.raises(DataMissingError, match=rf"{wrong.url}: {FILES[0]}\.gz has another content"):
            get("mnist", tmp_path / "wrong")
        wrong.shutdown()
        thread.join()
    assert list((tmp_path / "wrong" / "mnist").iterdir()) == []


def test_without_a_network_one_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(download.MIRRORS, "mnist", ("http://127.0.0.1:9/a/", "http://127.0.0.1:9/b/"))
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(DataMissingError) as caught:
        get("mnist", tmp_path)
    text = str(caught.value)
    assert "Tried http://127.0.0.1:9/a/: " in text
    assert "; http://127.0.0.1:9/b/: " in text
    assert f"put the files {FILES[0]}.gz, {FILES[1]}.gz" in text
    assert f"into {tmp_path / 'mnist'} by hand" in text


def test_an_address_that_is_not_there(server: Server, tmp_path: Path) -> None:
    server.content = {}
    with pytest.raises(DataMissingError, match="404 Not Found"):
        get("mnist", tmp_path)


def test_what_cannot_be_downloaded(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"The data set to download is not known; received 'mnits'\. Did you mean 'mnist'"
    ):
        get("mnits")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be written to; received .*data_dir="):
        get("mnist", tmp_path / "file")


# The real data -------------------------------------------------------------------------------------------------------


@pytest.mark.mnist
def test_the_real_mnist(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    data = load("mnist", data_dir=data_folder)
    assert data.X.shape == (70000, 784)
    assert np.bincount(data.y[:60000]).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    split = data.split()
    assert split.test.y[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert float(split.train.X.mean()) == pytest.approx(0.1307, abs=1e-4)
    assert float(split.train.X.std()) == pytest.approx(0.3081, abs=1e-4)
