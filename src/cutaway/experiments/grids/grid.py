"""What is compared: every combination of the choices, each with several seeds, and how the work is parted.

A unit of work is a stack: networks of equal shape that are trained together. Units depend on the choices alone, not on
who does them, so the numbers are the same wherever they are computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import groupby, product
from typing import Any

from cutaway.data import Dataset
from cutaway.errors import UsageError, one_of
from cutaway.experiments.settings import Settings
from cutaway.nn.initializers import INITIALIZERS, Initializer, Normal
from cutaway.nn.network import Network
from cutaway.nn.validate import real

SHORT = {"he": "he_normal", "glorot": "glorot_uniform", "xavier": "glorot_uniform", "lecun": "lecun_normal"}
"""Short names of initializers."""

AXES = ("layers", "activation", "optimizer", "lr", "init")
_MOST = 64  # networks in a unit, so that there are units to share out, and news to tell


@dataclass(frozen=True)
class Configuration:
    """One combination of the choices.

    Parameters
    ----------
    layers : tuple of int
        Units of the hidden layers.
    activation, optimizer : str
    lr : float
    init : str or None
        Name of an initializer, the deviation of normal numbers, or None for what each layer takes by itself.
    """

    layers: tuple[int, ...]
    activation: str
    optimizer: str
    lr: float
    init: str | None = None

    def settings(self, base: Settings) -> Settings:
        """Return the settings of a run of it."""
        return replace(base, **{name: getattr(self, name) for name in AXES if name != "init"})

    def network(self, base: Settings, data: Dataset, seed: int) -> Network:
        """Return a new network."""
        network = self.settings(base).network(data, seed)
        if self.init is None:
            return network
        start = initializer(self.init)
        layers = [replace(x, weights=start) if hasattr(x, "weights") else x for x in network.layers]  # type: ignore[type-var]
        return Network(layers, seed=seed, dtype=network.dtype.name)

    def to_json(self) -> dict[str, Any]:
        """Return it as a dictionary for JSON."""
        return {**asdict(self), "layers": list(self.layers)}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Configuration:
        """Make what `to_json` wrote."""
        return cls(**{**found, "layers": tuple(found["layers"])})

    def words(self, names: Iterable[str]) -> str:
        """Return the choices of these names: ``8,8 tanh 0.01``.

        >>> Configuration((8, 8), "tanh", "adam", 0.01).words(["layers", "lr"])
        '8,8 lr 0.01'
        """
        shown = {
            "layers": ",".join(map(str, self.layers)) or "none",
            "activation": self.activation,
            "optimizer": self.optimizer,
            "lr": f"lr {self.lr:g}",
            "init": str(self.init or "default"),
        }
        return " ".join(shown[name] for name in names)


@dataclass(frozen=True)
class Grid:
    """The choices, and everything else that a comparison is made with.

    Parameters
    ----------
    layers, activation, optimizer, lr, init : tuple
        What is chosen from; None in it stands for what suits the data.
    base : Settings
        All that is the same for all: epochs, patience, batch size, seeds, shares of the rows, ...

    Examples
    --------
    >>> from cutaway import data
    >>> grid = Grid.of(layers=[(4,), (8, 8)], lr=[0.01, 0.1], seeds=3)
    >>> len(grid.configurations(data.load("moons"))), grid.base.seeds
    (4, 3)
    """

    layers: tuple[tuple[int, ...] | None, ...] = (None,)
    activation: tuple[str | None, ...] = (None,)
    optimizer: tuple[str, ...] = ("adam",)
    lr: tuple[float | None, ...] = (None,)
    init: tuple[str | None, ...] = (None,)
    base: Settings = field(default_factory=lambda: Settings(seeds=5))

    @classmethod
    def of(cls, *, layers: Any = None, init: Any = None, **choices: Any) -> Grid:
        """Make a grid of what a user gives: for each choice one value or a list; settings by their names.

        Raises
        ------
        UsageError
            If a name is not known, or a value not allowed.
        """
        given = {name: choices.pop(name, None) for name in AXES[1:4]}
        own = {name: _several(value) for name, value in given.items() if value is not None}
        known = [f.name for f in fields(Settings) if f.name not in AXES]
        for name in choices:
            if name not in known:
                raise one_of(name, [*AXES, *known], name="The setting of a comparison")
        base = Settings(**{"seeds": 5, **choices})
        inits = tuple(None if name in (None, "default") else _init_name(name) for name in _several(init))
        grid = cls(**own, layers=_layers(layers), init=inits, base=base)
        for layer, activation, optimizer, lr in product(grid.layers, grid.activation, grid.optimizer, grid.lr):
            replace(base, layers=layer, activation=activation, optimizer=optimizer)  # checks the names
            if lr is not None:
                real(lr, "lr", "(0, inf)", instead="Write for example lr=[0.01, 0.1]")
        return grid

    def configurations(self, data: Dataset) -> list[Configuration]:
        """Return all combinations, with every choice made for this data set; none occurs twice."""
        layers = self.layers
        if layers == (None,):
            layers = usual_layers(data)
        found = []
        for units, activation, optimizer, lr, init in product(
            layers, self.activation, self.optimizer, self.lr, self.init
        ):
            own = replace(self.base, layers=units, activation=activation, optimizer=optimizer, lr=lr).resolved(data)
            assert own.lr is not None
            found.append(Configuration(own.layers or (), str(own.activation), own.optimizer, float(own.lr), init))
        return list(dict.fromkeys(found))

    def to_json(self) -> dict[str, Any]:
        """Return the choices as a dictionary for JSON."""
        own = {name: list(getattr(self, name)) for name in AXES}
        own["layers"] = [None if units is None else list(units) for units in self.layers]
        rest = {k: v for k, v in self.base.to_json().items() if k not in AXES}
        return {**own, **rest}


@dataclass(frozen=True)
class Unit:
    """Configurations whose networks have equal shapes and are trained together, each with all seeds."""

    configurations: tuple[Configuration, ...]
    seeds: tuple[int, ...]

    def cells(self) -> Iterator[tuple[Configuration, int]]:
        """Give each network that is to be trained."""
        return product(self.configurations, self.seeds)

    def __len__(self) -> int:
        return len(self.configurations) * len(self.seeds)


def units(configurations: Sequence[Configuration], base: Settings) -> list[Unit]:
    """Return the work in parts."""
    seeds = tuple(range(base.seed, base.seed + base.seeds))
    most = max(1, _MOST // len(seeds))
    found = []
    for _, same in groupby(configurations, key=lambda c: (c.layers, c.activation, c.optimizer)):
        group = list(same)
        found += [Unit(tuple(group[i : i + most]), seeds) for i in range(0, len(group), most)]
    return found


def varying(configurations: Sequence[Configuration]) -> list[str]:
    """Return the names of the choices that differ; the layers if none does."""
    return [name for name in AXES if len({getattr(c, name) for c in configurations}) > 1] or ["layers"]


def usual_layers(data: Dataset) -> tuple[tuple[int, ...], ...]:
    """Return hidden layers to compare if none are named: what is usual for the data, and simpler ones."""
    usual = Settings().resolved(data).layers or ()
    small = max(usual[0] // 4, 2)
    return tuple(dict.fromkeys([(small,), (usual[0],), usual if len(usual) > 1 else (usual[0], usual[0])]))


def initializer(name: str) -> Initializer:
    """Return the initializer of a name, or normal numbers of a deviation."""
    return INITIALIZERS[name] if name in INITIALIZERS else Normal(float(name))


def _init_name(name: Any) -> str:
    text = SHORT.get(str(name), str(name))
    if text in INITIALIZERS:
        return text
    try:
        Normal(float(text))
    except UsageError:
        raise
    except ValueError:
        raise one_of(name, [*SHORT, *INITIALIZERS], name="The initializer") from None
    return f"{float(text):g}"


def _several(value: Any) -> tuple[Any, ...]:
    several = value if isinstance(value, (list, tuple)) else (value,)
    if not several:
        raise UsageError("A choice needs at least one value", received="an empty list")
    return tuple(dict.fromkeys(several))


def _layers(value: Any) -> tuple[tuple[int, ...] | None, ...]:
    """``(8, 8)`` is one network, ``[(4,), (8, 8)]`` are two."""
    if value is None:
        return (None,)
    if isinstance(value, int):
        return ((value,),)
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise UsageError("layers must be units of hidden layers", received=repr(value), instead="Write [(4,), (8, 8)]")
    several = list(value)
    if all(isinstance(units, int) for units in several):
        return (tuple(several),)
    return tuple(dict.fromkeys((units,) if isinstance(units, int) else tuple(units) for units in several))
