"""Small pieces of an HTML page that stands alone: whatever it shows, it holds."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

_STYLE = Path(__file__).with_name("report.css")
_DOTS_PER_INCH, _CSS_INCH = 150, 96  # of the pictures and of a page: letters then have the same size in all of them
# A browser that is told so loads nothing and runs nothing, whatever a data set may have put into a name.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(title: str, body: Iterable[str]) -> str:
    """Return a whole page with its style."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n"
        f"</head>\n<body>\n<main>\n{''.join(body)}</main>\n</body>\n</html>\n"
    )


def section(title: str, *body: str) -> str:
    """Return a part with its heading, or nothing if it is empty."""
    return f"<section><h2>{escape(title)}</h2>{''.join(body)}</section>\n" if any(body) else ""


def picture(png: bytes, title: str, caption: str) -> str:
    """Return a PNG with title and caption, as large as its letters want it."""
    width = int.from_bytes(png[16:20], "big") * _CSS_INCH // _DOTS_PER_INCH  # the header of a PNG: width, then height
    data = base64.b64encode(png).decode("ascii")
    return (
        f'<figure><h3>{escape(title)}</h3><img width="{width}" alt="{escape(title)}" '
        f'src="data:image/png;base64,{data}"><figcaption>{escape(caption)}</figcaption></figure>'
    )


def pictures(*found: str) -> str:
    """Return pictures side by side, as far as they fit."""
    return f'<div class="pictures">{"".join(found)}</div>' if any(found) else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", first: str = "") -> str:
    """Return a table; ``first`` is the class of the first row."""
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = ""
    for i, row in enumerate(rows):
        mark = f' class="{first}"' if first and i == 0 else ""
        rest = "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        body += f'<tr{mark}><th scope="row">{escape(row[0])}</th>{rest}</tr>'
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table>{above}<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>'


def facts(pairs: dict[str, str]) -> str:
    """Return names and what is to be said of each."""
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in pairs.items())}</dl>"


def code(text: str, language: str) -> str:
    """Return a block of code."""
    return f'<pre class="{language}">{escape(text)}</pre>'
