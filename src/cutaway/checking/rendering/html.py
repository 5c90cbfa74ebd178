"""The report as HTML: one page that needs nothing from anywhere, or its body for a notebook."""

from __future__ import annotations

from html import escape

from cutaway.checking.records import Report
from cutaway.checking.rendering.story import COLUMNS, basis, chapters, headline, signs, table

_STYLE = """
.ca-report{font:15px/1.5 system-ui,sans-serif;max-width:54rem;color:#1b1f24;background:#fff}
.ca-report h2{margin:.2em 0;font-size:1.3em}.ca-report h3{margin:1.2em 0 .2em;font-size:1.05em}
.ca-report .faulty,.ca-report .wrong,.ca-report .missing{color:#b3261e}.ca-report .correct{color:#1a7f37}
.ca-report .unclear,.ca-report .note{color:#8a6100}.ca-report .place{color:#0b6bcb;font-weight:normal}
.ca-report table{border-collapse:collapse;margin:.6em 0}
.ca-report td,.ca-report th{padding:.15em 1em .15em 0;text-align:left}
.ca-report th{color:#57606a;font-weight:normal;border-bottom:1px solid #d0d7de}
.ca-report pre{margin:.4em 0;padding:.5em .8em;background:#f6f8fa;overflow-x:auto;font-size:13px}
.ca-report .del{color:#b3261e}.ca-report .ins{color:#1a7f37}.ca-report small{color:#57606a}
.ca-report pre .del{background:#ffebe9}.ca-report pre .ins{background:#dafbe1}.ca-report pre span{display:inline-block}
.ca-report pre .near,.ca-report .no{color:#6e7781}.ca-report .no{user-select:none}
.ca-report .terms td{font:1.1em Cambria,Georgia,serif;padding-right:3em}
@media (prefers-color-scheme:dark){.ca-page{background:#0d1117}.ca-page .ca-report{color:#e6edf3;background:#0d1117}
.ca-page .ca-report pre{background:#161b22}.ca-page .ca-report pre .del{background:#3c1618}
.ca-page .ca-report pre .ins{background:#12261e}.ca-page .ca-report .del{color:#ff7b72}
.ca-page .ca-report .ins{color:#3fb950}}
"""


def page(report: Report, *, hint: bool = False) -> str:
    """A whole page."""
    title = escape(headline(report))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"></head>\n<body '
        f'class="ca-page">{body(report, hint=hint)}</body></html>\n'
    )


def body(report: Report, *, hint: bool = False) -> str:
    """The report without a page around it."""
    out = [
        f"<style>{_STYLE}</style>",
        '<div class="ca-report">',
        f'<h2 class="{report.verdict}">{escape(headline(report))}</h2>',
    ]
    rows = table(report)
    if rows and not hint:
        out.append("<table><tr>" + "".join(f"<th>{c}</th>" for c in COLUMNS) + "</tr>")
        for name, shape, error, verdict, words in rows:
            out.append(
                f"<tr><td><code>{escape(name)}</code></td><td>{shape}</td><td>{error}</td>"
                f'<td class="{verdict}">{verdict}</td><td><small>{escape(words)}</small></td></tr>'
            )
        out.append("</table>")
    for chapter in chapters(report, hint):
        kind = "faulty" if chapter.certain else "note"
        out.append(
            f'<h3 class="{kind}">{escape(chapter.title)} <span class="place">{escape(chapter.place)}</span></h3>'
        )
        out.append(f"<p>{escape(chapter.text)}</p>")
        if chapter.excerpt:
            out.append("<pre>" + "\n".join(_row(*row) for row in chapter.listing) + "</pre>")
        if chapter.wrong and chapter.right and not hint:
            out.append(
                '<table class="terms"><tr><th>you have</th><th>it has to be</th></tr><tr>'
                f'<td class="del">{escape(signs(chapter.wrong))}</td>'
                f'<td class="ins">{escape(signs(chapter.right))}</td></tr></table>'
            )
        out += [f"<p>{escape(fact)}</p>" for fact in chapter.facts]
        if chapter.also:
            out.append(
                "<p>Also:</p><ul>" + "".join(f"<li><code>{escape(a)}</code></li>" for a in chapter.also) + "</ul>"
            )
    if report.reasons and not hint:
        title = "Because" if report.verdict == "correct" else "Notes"
        out.append(f"<h3>{title}</h3><ul>" + "".join(f"<li>{escape(r)}</li>" for r in report.reasons) + "</ul>")
    out += [f"<p><small>{escape(said)}</small></p>" for said in ([] if hint else basis(report))]
    return "\n".join([*out, "</div>"])


def _row(sign: str, number: str, code: str) -> str:
    kind = {"-": "del", "+": "ins"}.get(sign, "near")
    return f'<span class="{kind}"><span class="no">{sign} {number} </span>{escape(code)}</span>'
