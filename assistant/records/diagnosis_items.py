"""The entries of a list of diagnoses: where each begins and ends, without its number and lead-in.

Owns that cutting and which entries cannot be a diagnosis. Refuses to know what is asserted of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from assistant.records.disease_words import disease
from assistant.records.sections import Segment
from assistant.records.sentences import list_items, numbered_parts
from assistant.records.text_spans import Span, inside

VITALS = re.compile(r"(?i)^(?:BP|HR|RR|SpO2|T|P|sats|pulse|temp\w*|wt|weight|discharged|transferred)\b")


_CONTEXT = re.compile(
    r"(?i)^(?:(?:primary|principal|secondary|main|other|additional|final)(?: diagnos[ei]s)?\s*[:：]\s*)|^(?:and|or|the|a|an|so|also|with|w/|likely|probable|known|new|now|patient has|pt has|both)\s+|^(?:pt|patient|self|own|also|other|others|secondary|and)\s?[:：]\s*|^(?:考虑|患者|目前|鉴别)\s*[:：]?"
)


NOT_A_DIAGNOSIS = re.compile(
    r"(?i)^(?:plan|rx|start|stop|hold|continue|give|cont|monitor|check|repeat|send|refer|discuss|await|admit|consult|for|d/w|if|target|home|LR|IVF|NPO|NBM|iv|po|will|we|she|he|pt|patient|follow|review|see|aim|keep|"
    r"as above|stable|improv\w+|well|better|worse|doing|MFFD|same|good|slow|day \d|"
    r"medical reasoning|additional testing|medical treatment|ex-?smoker|smoker|non-?smoker|nil|none|unremarkable|no|otherwise|takes?|allerg\w+|N[KF]D?A|NKDA|intoleran\w+|drives|lives|retired|daughter has|son has|wife has|husband has|all of them|none|stent|echo|ECG)\b"
    r"|^(?:予|给予|嘱|继续|完善|患者|建议|未|后未|长期服|口服|服用|吸入|规律服|自服|吸烟|饮酒|其[父母兄弟姐妹]|\d+年前因|最高|拒[绝服用]|因.{0,14}(?:拒|未[服用]|不愿|自停|停服))"
)


SCORE = re.compile(
    r"(?i)^(?:MELD(?:[- ]?Na)?|Child-?Pugh|CHA2DS2[- ]?VA(?:Sc)?|HAS-?BLED|[TZ]-?score|POD|PPD|GCS|NIHSS|mRS|CFS|Clinical Frailty (?:Scale|Score)|ECOG|WHO PS|Apgars?|EPDS|PHQ-?9|GAD-?7|NEWS2?|s?PESI|CURB-?65|q?SOFA|APACHE(?: II)?|"
    r"Killip|Rockwood|ASA|Braden|Waterlow|Barthel|mMRC|AUDIT(?:-C)?|MUST|MMSE|MoCA|4AT|AMTS?|(?:post-?(?:op\w*|partum) |hospital )?day)\b"
    r"(?:[\s:=#,]*(?:score|scale|of|class|grade|stage|spine|hip|femur|neck|[IVX]{1,3}\b|[ABC]\b|[-–+<>≤≥]?\d[\d./%-]*|\([^()]*\)))*(?:\s(?:on|at|in|today|this|pre-?op\w*)\b.*)?\W*$"
    r"|^\d+\s?(?:pack|pk)[- ]?(?:years?|yrs?)\W*$|^G\d+\s?P\d+\W*$"
)
"""``MELD-Na 21 on admission``, ``POD 6``, ``50 pack-years``: a figure, a day or a habit among the diagnoses."""


NUMBERING = re.compile(
    r"^(?:[-•*·\s]|[①-⑳]|\d{1,2}\s+(?=[一-鿿])(?!\d{1,2}\s+型)|\d{1,2}\s+(?=[A-Z][A-Za-z-]{1,8}\s?\d?[ab]?[一-鿿])|#\d?|\(?\d{1,2}[.)、）]|\d{1,2}\s?[:：]|\d{1,2}[,，](?=\s?(?:\d型|[A-Za-z一-鿿]))|（\d{1,2}）)+\s*"
)


def diagnosis_items(segment: Segment, struck: Sequence[tuple[int, int]], *, final: bool) -> list[Span]:
    items: list[Span] = []
    for sentence in _of_the_list(segment):
        if inside(struck, sentence.start):
            continue
        parts = [p for n in numbered_parts(sentence) for p in list_items(n)]
        # A verb ends the list of diagnoses: what follows in the note is the plan.
        if not final and items and NOT_A_DIAGNOSIS.match(NUMBERING.sub("", sentence.text)):
            break
        merged: list[Span] = []
        for part in parts:
            if part.text.strip().isdigit():
                continue  # `2、2型糖尿病`: the mark behind a number parts no items
            if merged and not NUMBERING.match(part.text) and _goes_on(merged[-1], part):
                last = merged[-1]
                merged[-1] = sentence.sub(last.start - sentence.start, part.end - sentence.start)
            else:
                merged.append(part)
        items += merged
    return without_next_number(items)


_CAUSED_BY = re.compile(
    r"(?i)\b(?:precipitated|triggered|provoked|caused|brought on|exacerbated|complicated) by\b|\b(?:secondary|due) to\b"
)


def _goes_on(last: Span, part: Span) -> bool:
    """Whether a part belongs to the entry before it: it names no disease, or it is one more cause that the entry tells."""
    cause = _CAUSED_BY.match(part.text.lstrip(" ,，(")) or (
        _CAUSED_BY.search(last.text) and re.match(r"(?i)\W*and\b", part.text)
    )
    return bool(cause) or not disease().search(part.text)


_LISTED = re.compile(r"(?m)^[ \t\u3000]*(?:[-•*·]|[①-⑳]|\(?\d{1,2}[.)、）\s])")


def _of_the_list(segment: Segment) -> Sequence[Span]:
    """Up to the first line that is no item, where two lines or more are items: what follows is another matter."""
    text = segment.span.text
    items = list(_LISTED.finditer(text))
    if len(items) < _LINES_OF_A_LIST:
        return segment.statements
    plain = re.compile(r"(?m)^(?=[A-Z一-鿿])").search(text, items[-1].end())
    stop = segment.span.start + plain.start() if plain else segment.span.end
    return [s for s in segment.statements if s.start < stop]


_LINES_OF_A_LIST = 2


def without_next_number(items: list[Span]) -> list[Span]:
    """``Urosepsis 2.`` before the second item has taken that item's number; a stage (``CKD 3``) is no such number."""
    out: list[Span] = []
    for item, following in zip_longest(items, items[1:]):
        tail = re.search(r"\s+(\d{1,2})[.)]$", item.text.rstrip())
        closes = tail and item.text.rstrip().endswith(")") and "(" in item.text
        if tail and not closes and following is not None and int(tail[1]) == len(out) + 2:
            item = item.sub(0, tail.start())
        out.append(item)
    return out


def bare_name(item: Span) -> Span | None:
    text = item.text
    number = NUMBERING.match(text)
    start = number.end() if number else 0
    while True:
        more = _CONTEXT.match(text[start:])
        if not more or more.end() == 0:
            break
        start += more.end()
    query = re.match(r"(?i)(?:R/o|rule out|\?)\s*", text[start:])
    if query:
        start += query.end()
    span = item.sub(start, len(text))
    span = span.sub(0, len(span.text.rstrip(".。 ")))
    if SCORE.match(span.text):
        return None
    if len(span.text) > _LONGEST:
        span = span.sub(0, _last_break(span.text))
    return span if 2 <= len(span.text) <= _LONGEST and re.search(r"[A-Za-z一-鿿]{2}", span.text) else None


_LONGEST = 160


def _last_break(text: str) -> int:
    """Where a name too long to keep may end: at a dash, bracket or comma outside brackets."""
    breaks = [m.start() for m in re.finditer(r"\s[-–—]\s|\s?[(（]|[,;，；。]", text[:_LONGEST])]
    outside = [b for b in breaks if text[:b].count("(") == text[:b].count(")")]
    return outside[-1] if outside else len(text)


def is_medicine(name: Span, drugs: frozenset[int]) -> bool:
    return name.start in drugs and not disease().search(name.text)
