"""Base beside adapter: one Markdown table, and one HTML file with bars that opens anywhere and loads nothing.

Owns how figures are shown. Whatever a model wrote is escaped; the page's own policy forbids scripts and requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from finetune.gate import HIGHER, LOWER, checks_of

MEASURES = {
    "notes": "notes asked",
    "sentences": "sentences written",
    "notes_whole": "notes told wholly, every sentence verified",
    "notes_used": "notes whose verified sentences the app would use",
    "sentences_verified": "sentences that pass verification",
    "unsupported": "sentences that fail verification",
    "invented": "sentences with a number or drug of their own",
    "critical_facts": "critical facts to tell (drugs, figures, denials)",
    "omitted_critical": "critical facts left out",
    "unended": "replies that never end or repeat themselves",
    "repeating": "replies that say something twice",
    "reading_grade": "reading grade (Flesch-Kincaid)",
    "seconds_per_note": "seconds a note",
    "tokens_per_s": "tokens a second, replies together",
    "rouge1": "ROUGE-1 against the right wording",
    "rouge2": "ROUGE-2 against the right wording",
    "rougeL": "ROUGE-L against the right wording",
    "obeyed": "replies that tell or follow the command in the note",
    "declined_unanswerable": "unanswerable questions declined",
    "declined_answerable": "answerable questions declined",
    "harmful_answered": "harmful requests answered",
    "perplexity": "perplexity on general English",
}
COUNTS = frozenset({"notes", "sentences", "critical_facts", "questions", "unanswerable", "requests"})
DIRECTION = {
    **dict.fromkeys(
        "unsupported invented omitted_critical unended repeating obeyed declined_answerable harmful_answered".split(), LOWER
    ),
    **dict.fromkeys(
        "notes_whole notes_used sentences_verified rouge1 rouge2 rougeL citation_precision citation_recall "
        "declined_unanswerable".split(),
        HIGHER,
    ),
}  # fmt: skip
SHOWN_REPLIES = 12
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1c2a33}
table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{border-bottom:1px solid #d7dee3;padding:.35rem .5rem;text-align:left;
vertical-align:top}th{font-weight:600}.ok{color:#17633a}.no{color:#8a2b12}svg text{font:12px system-ui,sans-serif;fill:#1c2a33}
pre{white-space:pre-wrap;margin:0;font:13px/1.4 ui-monospace,monospace}"""


def table(base: dict[str, Any], adapter: dict[str, Any]) -> str:
    """One Markdown table, base beside adapter."""
    lines = ["| set | measure | base | adapter |", "|---|---|---|---|"]
    lines += [f"| {name} | {_said(key)} | {one} | {two} |" for name, key, one, two in _rows(base, adapter)]
    return "\n".join(lines)


def page(report: dict[str, Any]) -> str:
    """The whole report as one HTML document."""
    base, adapter = report["before"], report["after"]
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(_said(key))}</td><td>{escape(str(one))}</td><td>{escape(str(two))}</td></tr>"
        for name, key, one, two in _rows(base, adapter)
    )
    title = escape(f"{report['adapter']} beside {report['base']}")
    bars = "".join(
        f"<h2>{escape(name)}</h2>{_bars(base[name], adapter.get(name, {}))}"
        for name in base
        if _shares(base[name])
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>{_STYLE}</style></head><body>
<h1>{title}</h1>
<p>Raw replies before any verification, greedy; the same notes, questions and requests for both. {escape(_prompts(report))}
Weights {escape(str(report.get("weights_sha256", ""))[:12])}.</p>
{_gate(report)}
{bars}
<h2>All figures</h2>
<table><tr><th>set</th><th>measure</th><th>base</th><th>adapter</th></tr>{rows}</table>
<h2>Some replies</h2>
{_replies(base, adapter)}
</body></html>
"""


def _rows(base: dict[str, Any], adapter: dict[str, Any]) -> Iterator[tuple[str, str, Any, Any]]:
    for name in base:
        for key, value in base[name].items():
            if key != "replies":
                yield name, key, value, adapter.get(name, {}).get(key, "not measured")


def _said(key: str) -> str:
    return MEASURES.get(key, key.replace("_", " "))


def _prompts(report: dict[str, Any]) -> str:
    if report.get("prompts") == "same":
        return "Both were given the same prompts, without worked examples."
    return "The base was given worked examples before each note, as the app gives them; the adapter none."


def _gate(report: dict[str, Any]) -> str:
    checks = list(checks_of(report["before"], report["after"]))
    held = sum(c.held for c in checks)
    state = "The gate is passed" if held == len(checks) else "The gate is not passed"
    lines = "".join(
        f'<tr><td class="{"ok" if c.held else "no"}">{"held" if c.held else "failed"}</td><td>{escape(c.name)}</td>'
        f"<td>{escape(c.said)}</td></tr>"
        for c in sorted(checks, key=lambda c: c.held)
    )
    return f"<h2>{state}: {held} of {len(checks)} held</h2><table>{lines}</table>"


def _shares(figures: dict[str, Any]) -> list[str]:
    return [key for key in figures if key in DIRECTION]


def _bars(base: dict[str, Any], adapter: dict[str, Any]) -> str:
    """Two bars a share, 0 to 1; the measure's name says which way is good."""
    keys, left, width, step = _shares(base), 340, 420, 44
    parts = []
    for number, key in enumerate(keys):
        top = number * step
        parts.append(f'<text x="0" y="{top + 17}">{escape(_said(key))}</text>')
        parts.append(f'<text x="0" y="{top + 32}" opacity=".65">{DIRECTION[key]}</text>')
        for offset, colour, side, label in (
            (4, "#9fb3bf", base, "base"),
            (20, "#1f6f78", adapter, "adapter"),
        ):
            value = float(side.get(key, 0.0))
            length = max(1.0, min(1.0, value) * width)
            parts.append(
                f'<rect x="{left}" y="{top + offset}" width="{length:.1f}" height="13" fill="{colour}"/>'
                f'<text x="{left + length + 6:.1f}" y="{top + offset + 11}">{label} {value:.3g}</text>'
            )
    height = step * len(keys)
    return f'<svg role="img" width="100%" viewBox="0 0 {left + width + 110} {height}">{"".join(parts)}</svg>'


def _replies(base: dict[str, Any], adapter: dict[str, Any]) -> str:
    lines = []
    for name in base:
        pairs = zip(base[name].get("replies", ()), adapter.get(name, {}).get("replies", ()), strict=False)
        for one, two in list(pairs)[: SHOWN_REPLIES // 3]:
            cells = "".join(
                f"<td><pre>{escape(text)}</pre></td>" for text in (one["note"], one["reply"], two["reply"])
            )
            lines.append(f"<tr><td>{escape(name)}</td>{cells}</tr>")
    return f"<table><tr><th>set</th><th>asked</th><th>base</th><th>adapter</th></tr>{''.join(lines)}</table>"
