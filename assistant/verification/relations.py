"""What a sentence says of the things it names, against what its sources say of them.

Denied or affirmed, certain or suspected, planned or done, the patient's or a relative's; on which day, on which side, for
which cause; and whether one source speaks of the things together that the sentence joins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.verification.facts import dates_in, same_date, sides_in
from assistant.verification.reading import Mark, Reading
from assistant.verification.status import Status, sentence_spans
from assistant.verification.vocabulary import is_imperative

_CAUSE = re.compile(
    r"\b(?:due to|because(?: of)?|caused? by|secondary to|as a result of|treated with|for the treatment of|to treat|led to|leading to|resulted in|resulting in|"
    r"caus(?:ed|es|ing)|precipitated by|triggered by|provoked by|attribut\w+ to|owing to|explained by|induced by|gave (?:you|him|her|rise))\b"
    r"|由于|因为|因(?!素|子)|导致|所致|引起|用于治疗|继发于|诱发",
    re.IGNORECASE,
)
_SOURCE_CAUSE = re.compile(
    r"\b(?:for|due|because|caus\w+|secondary|from|after|treat\w*|led|result\w*|precipitant|precipitat\w*|trigger\w*|provok\w*|attribut\w*|induced|given|on|with|so|hence)\b"
    r"|->|→|=>|[(（]|[:：]|因|由于|所致|引起|导致|继发|用于|予|后|,|，|;|；",
    re.IGNORECASE,
)
_STRONG = re.compile(r"\bcaus|由于|因|所致|引起|导致|due to|because|precipitat|trigger|induced|provok|result|led to|secondary|attribut", re.IGNORECASE)
_LINK = re.compile(
    r"\b(?:due|because|caus\w+|secondary|precipitant|precipitat\w*|trigger\w*|provok\w*|attribut\w*|induced|result\w*|led to|from|for|after|as|given)\b|->|→|=>|[(（]|因|由于|所致|引起|导致|继发|诱因|[:：]|(?<=[病症炎癌])后",
    re.IGNORECASE,
)  # fmt: skip


def check_status(said: Reading, sources: Sequence[Reading]) -> str:
    imperative = is_imperative(said.text)
    for mark in said.of("word", "drug", "date"):
        there = [m.status for r in sources for m in _occurrences(mark, r)]
        if not there:
            continue
        reasons = [_differs(mark.status, status, imperative, drug=mark.kind == "drug") for status in there]
        if all(reasons):
            return f"“{mark.word}” is {min(reasons, key=_ORDER.index)} in the evidence"
    return ""


_ORDER = ["denied", "affirmed", "not clearly denied", "only planned", "done already", "a relative's", "the patient's", "only suspected", "certain", "of the past"]  # fmt: skip


def _occurrences(mark: Mark, source: Reading) -> list[Mark]:
    if mark.date is not None:
        return [m for m in source.of("date") if m.date is not None and same_date(mark.date, m.date)]
    return [m for m in source.marks if (m.names or m.kind == "echo") and m.key == mark.key]


def _differs(said: Status, there: Status, imperative: bool, *, drug: bool) -> str:
    """How the source's word on it differs from the sentence's; empty where it does not."""
    if said.negated is None and there.negated is False:
        return "affirmed"
    if said.negated is not None and not drug and there.negated is not said.negated:
        return "not clearly denied" if there.negated is None else "denied" if there.negated else "affirmed"
    if there.planned and not (said.planned or imperative or there.done):
        return "only planned"
    if said.planned and there.done and not there.planned and not said.done:
        return "done already"
    if there.kin != said.kin:
        return "a relative's" if there.kin else "the patient's"
    if there.doubtful and not said.doubtful:
        return "only suspected"
    if said.doubtful and not (there.doubtful or there.planned):
        return "certain"
    if there.past and said.now and not said.past and not there.now:
        return "of the past"
    return ""


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
        if _LABEL.match(said.text[mark.end :]) and not said.text[: mark.start].strip(" -(（") and written:
            continue
        own += [_undated(r) for r in written]
        other = [_dated(r, m) for r, m in days if m.date and not same_date(mark.date, m.date)]
        other += [_undated(r) for r in sources if r.written and r not in written]
        most = max((len(about & names) for names in own), default=0)
        if about and (not most or (2 * most < len(about) and any(len(about & n) > most for n in other))):
            return f"the date “{mark.word}” is of something else in the evidence"
    return ""


_LABEL = re.compile(r"\s*(?:[(（][^)）]*[)）]\s*)?[:：]")


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
                about = {m.key for m in said.in_clause(number) if m.names and not any(w.search(m.word) for w in row)}
                own = max((len(about & names) for names in _told(sources, word)), default=-1)
                other = max((len(about & n) for w in row if w is not word for n in _told(sources, w)), default=-1)
                if own < 0 or (own < other and not any(w.search(clause.text) for w in row if w is not word)):
                    found = word.search(clause.text)
                    return f"“{found.group() if found else ''}” is not said of this in the evidence"
    return ""


def _told(sources: Sequence[Reading], word: re.Pattern[str]) -> list[set[str]]:
    return [
        {m.key for m in r.in_clause(n) if m.names}
        for r in sources
        for n, clause in enumerate(r.clauses)
        if word.search(clause.text)
    ]


def check_causes(said: Reading, sources: Sequence[Reading]) -> str:
    """A cause needs both its ends in one sentence of one source, and a word or sign there that joins them."""
    for start, end in sentence_spans(said.text):
        for mark in _CAUSE.finditer(said.text, start, end):
            ends = [
                {m.key for m in said.marks if m.names and a <= m.start < b}
                for a, b in ((start, mark.start()), (mark.end(), end))
            ]
            strong = bool(_STRONG.search(mark.group()))
            if not any(_joins(r, ends, strong=strong) for r in sources):
                return "no single source joins what this sentence joins"
    return ""


def _joins(source: Reading, ends: Sequence[set[str]], *, strong: bool) -> bool:
    for a, b in sentence_spans(source.text):
        marks = [m for m in source.marks if m.names and a <= m.start < b]
        names = {m.key for m in marks}
        if not all(not end or end & names for end in ends) or not any(end & names for end in ends):
            continue
        if not strong or any(_links(marks, ends, link.start()) for link in _LINK.finditer(source.text, a, b)):
            return True
    return False


def _links(marks: Sequence[Mark], ends: Sequence[set[str]], link: int) -> bool:
    """Whether the joining word stands between the two ends, or opens what it explains (因…停用…)."""
    before, behind = {m.key for m in marks if m.start < link}, {m.key for m in marks if m.start >= link}
    one, other = ends
    if not one or not other:
        return bool((one | other) & behind)
    return bool(
        (one & before and other & behind) or (other & before and one & behind) or (one & behind and other & behind)
    )


_CONDITION = re.compile(r"\b(?:if|when|unless)\b|(?:如|若)(?![下上前])|时(?=[,，用予给口]|应)", re.IGNORECASE)


def check_conditions(said: Reading, sources: Sequence[Reading]) -> str:
    """``if A then B``: one sentence of one source holds all the figures of both."""
    for start, end in sentence_spans(said.text):
        figures = {m.key for m in said.of("number") if start <= m.start < end}
        if len(figures) < 2 or not _CONDITION.search(said.text, start, end):
            continue
        if not any(figures <= {m.key for m in r.of("number") if a <= m.start < b} for r in sources for a, b in sentence_spans(r.text)):
            return "no single source sets this condition"
    return ""


_MAN = re.compile(r"\b(?:man|male|gentleman|boy|mr)\b|男", re.IGNORECASE)
_WOMAN = re.compile(r"\b(?:woman|female|lady|girl|mrs|ms)\b|女(?!儿)", re.IGNORECASE)
_SEX_AGE = re.compile(r"(?<=years old )\s*([MF])\b")


def check_sex(said: Reading, sources: Sequence[Reading]) -> str:
    stated = _sexes(said)
    known = set().union(*(_sexes(r) for r in sources)) if sources else set()
    return "the patient is of the other sex in the evidence" if stated and known and not stated & known else ""


def _sexes(reading: Reading) -> set[str]:
    found = {m.group(1) for m in _SEX_AGE.finditer(reading.text)}
    return found | ({"M"} if _MAN.search(reading.text) else set()) | ({"F"} if _WOMAN.search(reading.text) else set())


def check_joined(said: Reading, sources: Sequence[Reading]) -> str:
    """A clause must lean on one source that has most of what it names; one about a drug, on one that names the drug."""
    for number in range(len(said.clauses)):
        marks = [m for m in said.in_clause(number) if m.names]
        names, drugs = {m.key for m in marks}, {m.key for m in marks if m.kind == "drug"}
        if len(names) < 2:
            continue
        if not any(drugs <= r.held and 3 * len(names & r.held) >= 2 * len(names) for r in sources):
            one = next(iter(drugs), marks[0].word)
            if len(drugs) < 2 or not all(any(d in r.held for r in sources) for d in drugs):
                return f"no single source says this of {one}"
    return ""


