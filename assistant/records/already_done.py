"""What a sentence of follow-up tells as done: ``01-16 复查心超 LVEF 38%``.

Owns that a day of the stay with its result is no visit to come. Refuses to judge a sentence that also names a day or a time
ahead.
"""

from __future__ import annotations

import re

from assistant.records.dates import ChartDates
from assistant.records.text_spans import Span

_RESULT = re.compile(
    r"\d(?:\.\d+)?\s?(?:%|[a-zμ]{1,4}/[a-zL]|cm|mm(?!Hg))|→|->|未见|提示|示[：:\s一-鿿]|阴性|阳性|正常|好转|减少|吸收|(?i:\b(?:showed|shows|normal|negative|positive|stable|improved|no (?:evidence|new))\b)"
)
_AHEAD = re.compile(
    r"\d\s?(?:天|周|个?月|年)(?:内|后|复|门)|(?:下|每|半)[周月年]|择期|预约|未回|待回?报|(?i:\b(?:in|within|after) \d|\b(?:repeat|book\w*|due|pending|awaited|clinic)\b)"
)


_REPEAT = (
    r"(?P<when>(?:\d{1,2}|[半一二两三四六])\s?(?:天|周|个?月|年)(?:后|内)?)(?:再|再次)?(?:复查|复诊|随访)\W*"
)
_BARE_REPEAT = re.compile(rf"\W*{_REPEAT}")
_REPEAT_BEHIND = re.compile(rf"^.*\d.*[；;，,]\s?{_REPEAT}\Z", re.DOTALL)


def to_come(parts: list[Span], sentence: Span, dates: ChartDates) -> list[Span]:
    """The parts without what is done; ``…心超 LVEF 38%；1个月复查`` stays whole, for the result says what is to be repeated."""
    out: list[Span] = []
    done: Span | None = None
    for part in parts:
        if is_already_done(part.text, dates):
            done = part
            continue
        if done is not None and _BARE_REPEAT.fullmatch(part.text):
            part = sentence.sub(done.start - sentence.start, part.end - sentence.start)
        done = None
        out.append(part)
    return out


def repeat_behind(text: str) -> str | None:
    """The time of the repeat that ends a sentence about a result; None where it ends otherwise."""
    found = _REPEAT_BEHIND.match(text)
    return found["when"] if found and _RESULT.search(text) else None


def is_already_done(text: str, dates: ChartDates) -> bool:
    """Whether all its days lie within the stay and what was found stands beside."""
    tokens = dates.tokens(text)
    if not tokens or dates.discharged is None or dates.admitted is None:
        return False
    days = [dates.iso(t) for t in tokens]
    first, last = dates.admitted.isoformat(), dates.discharged.isoformat()
    within = all(d is not None and first <= d < last for d in days)
    return within and bool(_RESULT.search(text)) and not _AHEAD.search(text)


RESULT_OF_REPEAT = re.compile(
    r"复[查测]\s?(?:为|示|约|降至|升至)?\s?\d+(?:\.\d+)?(?![\d.]|\s?[-/月.~～至]\s?\d|\s?个?(?:月|周|天|年|日|号|次))"
)
"""``血小板 21，复查198``: what the repeat gave."""
