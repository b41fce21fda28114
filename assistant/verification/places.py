"""On which day, on which side, and which of words that exclude each other: each must be said of the same thing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.verification.facts import dates_in, same_date, sides_in
from assistant.verification.reading import Mark, Reading


def check_dates(said: Reading, sources: Sequence[Reading]) -> str:
    """A day is borne out by a source that tells the same thing of it, in its text or by the day it was written."""
    days = [(r, m) for r in sources for m in r.of("date")]
    for mark in said.of("date"):
        assert mark.date is not None
        about = {m.key for m in said.in_clause(mark.clause) if m.names}
        about = about or {m.key for m in said.in_sentence(mark.clause) if m.names}
        written = [r for r in sources if any(same_date(mark.date, d) for d in dates_in(r.written))]
        own = [_dated(r, m) for r, m in days if m.date and same_date(mark.date, m.date)]
        if not own and not written:
            return f"the date “{mark.word}” is not in the evidence"
        if is_label(said, mark, sources):
            continue
        own += [_undated(r) for r in written]
        other = [_dated(r, m) for r, m in days if m.date and not same_date(mark.date, m.date)]
        other += [_undated(r) for r in sources if r.written and r not in written]
        most = max((len(about & names) for names in own), default=0)
        if about and (not most or (2 * most <= len(about) and any(len(about & n) > most for n in other))):
            return f"the date “{mark.word}” is of something else in the evidence"
    return ""


_LABEL = re.compile(r"\s*(?:[(（][^)）]*[)）]\s*)?[:：]")


def is_label(said: Reading, mark: Mark, sources: Sequence[Reading]) -> bool:
    """Whether the date only heads the sentence, as the day on which one of the sources was written."""
    if not _LABEL.match(said.text[mark.end :]) or any(m.names and m.start < mark.start for m in said.marks):
        return False
    date = mark.date
    return date is not None and any(same_date(date, d) for r in sources for d in dates_in(r.written))


def _dated(source: Reading, date: Mark) -> set[str]:
    """What the source tells of that day: its clause where the sentence has several days, else its sentence."""
    days = {m.key for m in source.in_sentence(date.clause, "date")}
    clause = {m.key for m in source.in_clause(date.clause) if m.names}
    if len(days) > 1 and clause:
        return clause
    return {m.key for m in source.in_sentence(date.clause) if m.names}


def _undated(source: Reading) -> set[str]:
    """What stands in sentences without a day of their own: it is of the day the source was written."""
    dated = {source.clauses[m.clause].sentence for m in source.of("date")}
    return {m.key for m in source.marks if m.names and source.clauses[m.clause].sentence not in dated}


def check_sides(said: Reading, sources: Sequence[Reading]) -> str:
    """A side is that of the thing it stands by: where the source speaks of the same thing on another side, it is wrong."""
    known = {side for r in sources for side, _ in r.sides()}
    known |= {"both"} if {"left", "right"} <= known else set()
    for side, clause in said.sides():
        if side not in known:
            return f"the side ({side}) is not in the evidence"
        about = _unsided(said, clause)
        there = [(s, len(about & _unsided(r, c))) for r in sources for s, c in r.sides()]
        own = max((n for s, n in there if s == side), default=0)
        other = max((n for s, n in there if s != side and side != "both"), default=0)
        if own < other and not _both_named(said, clause):
            return f"the side ({side}) is of something else in the evidence"
    return ""


def _unsided(reading: Reading, clause: int) -> set[str]:
    return {m.key for m in reading.in_clause(clause) if m.names and not re.search(r"[左右双]", m.key)}


def _both_named(said: Reading, clause: int) -> bool:
    return len(sides_in(said.clause_text(clause))) > 1


_CONTRASTS = tuple(
    tuple(re.compile(p, re.IGNORECASE) for p in row)
    for row in (
        (r"\bsensitiv\w*|敏感", r"\bresistan\w*|耐药", r"\bintermediate|中介"),
        (r"\bmild(?:ly)?\b|轻度?", r"\bmoderate(?:ly)?\b|中度", r"\bsevere(?:ly)?\b|重度|严重"),
        (r"\bbenign|良性", r"\bmalignan\w*|恶性"),
        (r"\bimproved|好转|改善", r"\bwors\w*|deteriorat\w*|加重|恶化", r"\bunchanged|\bstable|稳定|同前"),
        (r"\bacute\b|急性", r"\bchronic\b|慢性"),
        (r"\bnormal|正常", r"\babnormal|异常"),
        (r"\balone\b|独居|独自", r"\blives? with\b|\bliving with\b|同住|共同生活"),
        (r"无创|non-?invasive", r"有创|(?<!non-)(?<!non)invasive"),
        (r"\banterior|前壁", r"\bposterior|后壁", r"\binferior|下壁", r"\blateral|侧壁"),
        (r"\bproximal|近段|近端", r"\bdistal|远段|远端"),
        (r"\bupper|上(?=叶|段|极|肢)", r"\bmiddle|中(?=叶|段)", r"\blower|下(?=叶|段|极|肢|肺)"),
        (r"\bpositive|阳性", r"\bnegative|\bneg\b|阴性"),
    )
)


def check_contrasts(said: Reading, sources: Sequence[Reading]) -> str:
    """Of words that exclude each other, the source must use the same one of the same thing."""
    for number, clause in enumerate(said.clauses):
        for row in _CONTRASTS:
            for word in (w for w in row if w.search(clause.text)):
                about = {
                    m.key
                    for m in said.in_clause(number)
                    if m.names and not any(w.search(m.word) for w in row)
                }
                own = max((len(about & names) for names in _told(sources, word)), default=-1)
                other = max(
                    (len(about & n) for w in row if w is not word for n in _told(sources, w)), default=-1
                )
                if (
                    own < 0
                    or (about and own == 0)
                    or (own < other and not any(w.search(clause.text) for w in row if w is not word))
                ):
                    found = word.search(clause.text)
                    return f"“{found.group() if found else ''}” is not said of this in the evidence"
    return ""


def _told(sources: Sequence[Reading], word: re.Pattern[str]) -> list[set[str]]:
    return [
        {m.key for m in r.in_clause(n) if m.names} or {m.key for m in r.in_sentence(n) if m.names}
        for r in sources
        for n, clause in enumerate(r.clauses)
        if word.search(clause.text)
    ]
