"""How a network is shown: a table of its layers, as text, in a terminal, in a notebook."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cutaway.nn.network import Network

_COLUMNS = ("layer", "output", "parameters")


def rows(network: Network) -> list[tuple[str, str, str]]:
    """One row for each layer: how it is written, the shape of its output, its number of parameters."""
    shape = network.input_shape
    found = []
    for i, layer in enumerate(network.layers):
        count = "?"
        if shape is not None:
            shape = layer.output_shape(shape)
            count = f"{sum(a.size for a in network.params[i].values()):,}"
        found.append((repr(layer), "?" if shape is None else _shape(shape), count))
    return found


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "1"


def caption(network: Network) -> str:
    """One line about the whole."""
    if network.input_shape is None:
        return f"not built: input sizes come from the data; {network.dtype}, seed {network.seed}"
    return f"{network.n_params:,} parameters, input {_shape(network.input_shape)}, {network.dtype}, seed {network.seed}"


def as_text(network: Network) -> str:
    """A plain-text table."""
    table = [_COLUMNS, *rows(network)]
    widths = [max(len(row[i]) for row in table) for i in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in table]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], caption(network)])


def as_table(network: Network) -> Any:
    """A table for the terminal (rich)."""
    from rich.table import Table

    table = Table(title="Network", caption=caption(network))
    for i, name in enumerate(_COLUMNS):
        table.add_column(name, justify="left" if i == 0 else "right")
    for row in rows(network):
        table.add_row(*row)
    return table


def as_html(network: Network) -> str:
    """A table for a notebook."""

    def cells(row: tuple[str, ...], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>"

    body = "".join(cells(row, "td") for row in rows(network))
    return f"<table>{cells(_COLUMNS, 'th')}{body}<caption>{html.escape(caption(network))}</caption></table>"
