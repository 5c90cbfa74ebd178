"""Whether cutaway can work on this machine: packages, folders, and a small network trained for real."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cutaway._version import __version__
from cutaway.files import cache_folder

NEEDED = {
    "numpy": "everything",
    "scipy": "special functions, sparse matrices",
    "scikit-learn": "data sets, simpler models",
    "matplotlib": "pictures",
    "llvmlite": "machine code from the graph",
    "click": "this command",
    "rich": "progress and tables",
    "safetensors": "files of weights",
    "threadpoolctl": "the same bits on any number of cores",
}
"""Packages that cutaway depends on, and what for."""

OPTIONAL = {
    "torch": ("torch", "handing networks over to PyTorch"),
    "onnx": ("onnx", "writing ONNX files"),
    "onnxruntime": ("onnx", "running ONNX files"),
    "dask": ("dask", "comparisons on several machines"),
    "distributed": ("dask", "comparisons on several machines"),
    "pandas": ("tables", "data frames"),
    "pyarrow": ("tables", "Parquet and Arrow tables"),
}
"""Packages that can be added: the extra that brings them, and what for."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Package:
    """A package, its version (None if it is missing), what it is for, and how to get it."""

    name: str
    version: str | None
    purpose: str
    needed: bool
    advice: str = ""


@dataclass(frozen=True)
class Check:
    """Something that was tried."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Health:
    """What was found.

    Parameters
    ----------
    system : dict of str to str
        The machine, the interpreter, folders.
    packages : list of Package
    checks : list of Check
    """

    system: dict[str, str]
    packages: list[Package]
    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Whether nothing that is needed is missing, and every check passed."""
        return all(p.version or not p.needed for p in self.packages) and all(c.ok for c in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {"ok": self.ok, **asdict(self)}


def examine() -> Health:
    """Look at this machine.

    >>> examine().ok
    True
    """
    return Health(_system(), _packages(), [_tried(name, check) for name, check in _CHECKS.items()])


def _system() -> dict[str, str]:
    return {
        "cutaway": f"{__version__}, in {Path(__file__).parents[1]}",
        "python": f"{platform.python_version()} ({platform.python_implementation()}), {sys.executable}",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores",
        "engine": _engine(),
        "machine code": _code(),
        "blas": _blas(),
        "data folder": _folder(),
        "cache folder": _cache(),
    }


def _blas() -> str:
    """Say which library multiplies matrices, and with how many threads."""
    try:
        import numpy  # noqa: F401  (loads the library that is asked about)
        from threadpoolctl import threadpool_info

        found = [
            f"{lib['internal_api']} {lib['version']}, {lib['num_threads']} threads"
            for lib in threadpool_info()
            if lib["user_api"] == "blas"
        ]
    except ImportError:
        found = []
    chosen = [f"{name}={os.environ[name]}" for name in _THREADS if name in os.environ]
    return "; ".join([*dict.fromkeys(found), *chosen]) or "not known"


def _folder() -> str:
    named = os.environ.get("CUTAWAY_DATA")
    if not named:
        return "none (CUTAWAY_DATA is not set; the built-in data need no folder)"
    return f"{named} (CUTAWAY_DATA)" + ("" if Path(named).is_dir() else ", which is not there")


def _engine() -> str:
    """Say which engines there are."""
    from cutaway.engines.native import machine

    reason = machine.why_not()
    if reason is not None:
        return f"numpy; not native: {reason}"
    host = machine.host()
    return f"native ({machine.version()}, {host.cpu}, vectors of {8 * host.width} bits) and numpy"


def _code() -> str:
    """Say what is kept of machine code."""
    from cutaway.engines.native.cache import kept

    found = kept()
    state = "" if found.usable else "; not used, since it is not this user's alone"
    return f"{found.folder}, {found.entries} programs, {found.bytes / 1e6:.1f} MB{state}"


def _cache() -> str:
    """Say where downloads are kept, and whether there are any."""
    folder = cache_folder()
    return f"{folder}" + ("" if folder.is_dir() else ", empty")


def _packages() -> list[Package]:
    needed = [
        Package(name, _version(name), purpose, True, "" if _version(name) else f"pip install {name}")
        for name, purpose in NEEDED.items()
    ]
    return needed + [
        Package(name, _version(name), purpose, False, "" if _version(name) else f'pip install "cutaway[{extra}]"')
        for name, (extra, purpose) in OPTIONAL.items()
    ]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _training() -> str:
    """Train a tiny network twice; it must learn, and both times to the same bits."""
    import numpy as np

    from cutaway.nn import Dense
    from cutaway.nn.network import Network
    from cutaway.train import Adam

    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    networks = [Network([Dense(8, "tanh"), Dense(1, "sigmoid")], seed=1) for _ in range(2)]
    for network in networks:
        network.fit(X, [0, 1, 1, 0], optimizer=Adam(0.1), epochs=100, progress=False)
    if network.predict(X).tolist() != [0, 1, 1, 0]:
        raise ArithmeticError("the network did not learn XOR")
    if any(
        not np.array_equal(a, b)
        for p, q in zip(*(n.params for n in networks), strict=True)
        for a, b in zip(p.values(), q.values(), strict=True)
    ):
        raise ArithmeticError("the same seed gave other weights")
    return "a network of 2-8-1 units learns XOR, twice to the same bits"


def _gradient() -> str:
    """Differentiate a function whose derivative is known."""
    import numpy as np

    from cutaway.interpreters.differentiate import grad

    x = np.array([0.3, -1.2, 2.0])
    error = float(np.abs(grad(lambda x: np.sum(np.tanh(x) * x))(x) - (np.tanh(x) + x / np.cosh(x) ** 2)).max())
    if not error < 1e-12:
        raise ArithmeticError(f"a gradient is wrong by {error:.2g}")
    return "a gradient agrees with its formula"


def _picture() -> str:
    """Draw a picture to memory."""
    import io

    from cutaway import plots

    buffer = io.BytesIO()
    plots.data([[0, 0], [1, 1]], [0, 1]).savefig(buffer, format="png")
    return f"a picture of {len(buffer.getvalue()):,} bytes"


def _machine_code() -> str:
    """Train with both engines."""
    import numpy as np

    import cutaway.engines.native.machine as machine
    from cutaway.train.minimize import minimize

    reason = machine.why_not()
    if reason is not None:
        return f"left out: {reason}"
    x = np.linspace(-1, 1, 50)

    def loss(w: Any) -> Any:
        return np.mean((np.tanh(w[0] * x + w[1]) - x) ** 2)

    one, two = (minimize(loss, np.zeros(2), steps=50, engine=engine)[0] for engine in ("numpy", "native"))
    if not np.allclose(one, two, rtol=1e-9, atol=1e-12):
        raise ValueError(f"the engines differ by {np.abs(one - two).max():.1e}")
    return "both engines give the same numbers"


_CHECKS: dict[str, Callable[[], str]] = {
    "gradients": _gradient,
    "training": _training,
    "machine code": _machine_code,
    "pictures": _picture,
}


def _tried(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, True, check())
    except Exception as error:  # whatever it is, the others are to be tried as well
        return Check(name, False, f"{type(error).__name__}: {error}")
