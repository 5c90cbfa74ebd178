"""The report as Markdown."""

from __future__ import annotations

from cutaway.checking.records import Report
from cutaway.checking.rendering.story import COLUMNS, basis, chapters, headline, table


def markdown(report: Report, *, hint: bool = False) -> str:
    """The report as Markdown; formulas stand between dollar signs."""
    lines = [f"## {headline(report)}", ""]
    rows = table(report)
    if rows and not hint:
        lines += ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
        lines += ["| " + " | ".join([f"`{row[0]}`", *row[1:]]) + " |" for row in rows]
        lines.append("")
    for chapter in chapters(report, hint):
        lines += [f"### {chapter.title}", ""]
        if chapter.place:
            lines += [f"**{chapter.place}**", ""]
        lines += [chapter.text, ""]
        if chapter.excerpt:
            lines += ["```diff", *(f"{sign} {number}  {code}" for sign, number, code in chapter.listing), "```", ""]
        if chapter.wrong and chapter.right and not hint:
            lines += ["| you have | it has to be |", "|---|---|", f"| ${chapter.wrong}$ | ${chapter.right}$ |", ""]
        lines += [f"{fact}  " for fact in chapter.facts]
        if chapter.also:
            lines += ["", "Also:", ""] + ["- `" + place.replace("\n", "` `") + "`" for place in chapter.also]
        lines.append("")
    if report.reasons and not hint:
        lines += ["**Because**" if report.verdict == "correct" else "**Notes**", ""]
        lines += [f"- {reason}" for reason in report.reasons] + [""]
    for said in [] if hint else basis(report):
        lines += [f"*{said}*", ""]
    return "\n".join(lines).rstrip() + "\n"
