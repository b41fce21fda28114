"""Values that the record itself withdraws: haemolysed, mislabelled, drawn from the drip arm, misread.

Owns which value an error remark means: by footnote mark, by name and value, by "first" and "repeat", or the line before
it. Refuses to withdraw a value that no remark speaks of.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from assistant.domain.record import Assertion, Observation, ObservationKind, Place
from assistant.domain.stay import iso_date
from assistant.records.dates import ChartDates
from assistant.records.observation_names import MARKS, NUMBER, number_of, observation_names, same_test
from assistant.records.remarked_figures import MEASURED, behind_an_unread_figure, same_figure
from assistant.records.sample_faults import fault_in, said_to_be_repeats, touched, withdraws
from assistant.records.sections import Segment
from assistant.records.strikeout_words import cues
from assistant.records.text_spans import Span

_FOOTNOTE = re.compile(rf"\s*(?P<mark>[{re.escape(MARKS)}]{{1,2}})\s*(?=\S)")


def footnote_of(sentence: Span, segment: Segment) -> Span:
    """A footnote (``# 23:30 tube ...``) with all its sentences: the whole line; else the sentence itself."""
    if not _FOOTNOTE.match(sentence.text):
        return sentence
    offset = sentence.start - segment.span.start
    end = segment.span.text.find("\n", offset)
    end = len(segment.span.text) if end < 0 else end
    return Span(sentence.start, segment.span.start + end, segment.span.text[offset:end])


def strike_values(
    found: list[Observation], error: Span, segment: Segment, dates: ChartDates
) -> list[Observation]:
    """Marks the values that an error remark withdraws, and adds the repeat that the remark gives without its name."""
    cue = next((c for c in cues().lab_error.finditer(error.text) if withdraws(error.text, c)), None)
    if cue is None:
        return found
    token = dates.first(error.text)
    chosen = _withdrawn(found, error, segment, cue, dates.iso(token) if token else None)
    fault = fault_in(_clause_of(error.text, cue))
    if fault is not None and chosen != _in_brackets(found, error, cue):
        chosen = touched(found, chosen, fault)
    chosen -= said_to_be_repeats(found, chosen, segment)
    if _WHOLE_SAMPLE.search(error.text):
        chosen |= _of_one_sample(found, chosen)
    chosen |= _copied_forward(found, chosen)
    reason = _own_reason(error.text, cue)
    out = [
        replace(o, assertion=Assertion.ERRONEOUS, note=reason) if i in chosen else o
        for i, o in enumerate(found)
    ]
    repeated = _unnamed_repeat(out, error, [found[i] for i in chosen])
    return sorted([*out, repeated], key=lambda o: o.place.start) if repeated else out


def _withdrawn(
    found: list[Observation], error: Span, segment: Segment, cue: re.Match[str], day: str | None
) -> set[int]:
    """The indexes that the remark means; the most explicit wording decides."""
    text = error.text
    repeat = cues().repeat.search(text)
    cut = repeat.start() if repeat and repeat.start() > 0 else len(text)
    quoted = _QUOTED_FIGURE.search(text[: cue.end() + 24])
    if quoted and -4 <= cue.start() - quoted.end() <= 16:
        # `16.2 kg <<< slip "26.1 kg" WRONG`: the quoted figure is withdrawn, and the one beside it stands.
        return {i for i, o in enumerate(found) if o.value == quoted["value"]}
    if behind_an_unread_figure(found, error, cue):
        return set()
    for chosen in (
        _told_to_disregard(found, error),
        _first_of_two(found, error),
        _in_brackets(found, error, cue),
        _said_or_marked(found, error, cue, cut, day),
        _first_of_two_before(found, error, segment),
    ):
        if chosen:
            return chosen
    head = text[:cut] if cut < len(text) or repeat is None else _FIRST_FIGURE.sub(" ", text, count=1)
    by_value = same_figure(found, error, head)
    if by_value is not None:
        return {by_value}
    lead = _FOOTNOTE.match(text)
    return _line_before(found, error, lead["mark"] if lead else None, segment)


_FIRST_FIGURE = re.compile(r"(?<![\d:.])\d+(?:\.\d+)?(?![\d:])")
"""In a remark that opens with the repeat (``Repeat fingerstick 118; tube ...``) its first figure is the one that stands."""
_DISREGARD = re.compile(
    rf"(?i)\b(?:disregard|ignore|discard|discount|do not use|not)\s+(?:the\s+)?(?:(?:value|result|reading)\s+(?:of\s+)?)?"
    rf"(?:[A-Za-z+-]{{1,12}}\s+(?:of\s+)?)?(?P<value>{NUMBER})(?![\w:/-]|\.\d)"
    rf"|(?:忽略|不采用|勿用)[^\d，,。；;]{{0,8}}(?P<zh>{NUMBER})|(?<![\d.])(?P<zh2>{NUMBER})[^\d，,。；;]{{0,10}}(?:作废|无效|不采用|系误)"
)


def _told_to_disregard(found: list[Observation], error: Span) -> set[int]:
    """``disregard 6.1``: the figure itself is named."""
    chosen: set[int] = set()
    for match in _DISREGARD.finditer(error.text):
        value = (match["value"] or match["zh"] or match["zh2"]).strip()
        same = [
            i
            for i, o in enumerate(found)
            if o.value == value and o.place.start < error.end and o.kind in MEASURED
        ]
        chosen |= set(same[-1:])
    return chosen


def _clause_of(text: str, cue: re.Match[str]) -> str:
    """The part of the remark between commas or stops that the cue stands in."""
    left = max(text.rfind(c, 0, cue.start()) for c in ",;，；。") + 1
    right = min((i for i in (text.find(c, cue.end()) for c in ",;，；。") if i > 0), default=len(text))
    return text[left:right]


def _in_brackets(found: list[Observation], error: Span, cue: re.Match[str]) -> set[int]:
    """``Na 138, K 6.2 (haemolysed, repeat 4.4), CRP 12``: a bracket in the middle of a list means the value it follows."""
    opened = max(error.text.rfind(c, 0, cue.start()) for c in "(（")
    if opened < 0 or re.search(r"[)）]", error.text[opened : cue.start()]):
        return set()
    closed = re.search(r"[)）]", error.text[cue.end() :])
    rest = error.text[cue.end() + closed.end() :] if closed else ""
    goes_on = re.match(r"\s*[,，、;；]?\s*\w", rest) and not cues().repeat.match(rest.lstrip(" ,，、;；.。"))
    before = [
        i
        for i, o in enumerate(found)
        if error.start <= o.place.start and 0 <= error.start + opened - o.place.end <= 16
    ]
    lone = before and sum(error.start <= o.place.start < error.start + opened for o in found) == 1
    return set(before[-1:]) if goes_on or lone else set()


_DAYS_A_REMARK_REACHES_BACK = 3


def _copied_forward(found: list[Observation], chosen: set[int]) -> set[int]:
    """Copies of a withdrawn figure under the same test and day, wherever they stand."""
    withdrawn = [found[i] for i in chosen]
    named = [(o.name, o.value, o.time[:10]) for o in withdrawn if o.time]
    return {
        i
        for i, o in enumerate(found)
        if o.time and any(o.time[:10] == d and o.value == v and same_test(o.name, n) for n, v, d in named)
    }


def _within_reach(o: Observation, other: Observation) -> bool:
    """Whether a remark may speak of ``o``, written some days before it: the same figure of last week is another sample."""
    taken, said = iso_date(o.time or ""), iso_date(other.time or "")
    return taken is None or said is None or 0 <= (said - taken).days <= _DAYS_A_REMARK_REACHES_BACK


def _of_day(o: Observation, day: str | None) -> bool:
    """The same figure of another day than the remark names is another sample."""
    return day is None or not o.time or o.time[:10] == day


_FIRST = re.compile(
    r"(?i)\b(?:first|1st|initial|earlier|previous|prior|original|former)\b(?!\s+(?:line|dose|day|degree|choice))"
    r"|首次|第一次|初次|前次|上次|首份|第一份|前一(?:次|份)|原(?:标本|结果|报告|值)|初检"
)


def _first_of_two(found: list[Observation], error: Span) -> set[int]:
    """``Repeat Hgb 10.4 - first sample diluted``: what follows the repeat stands, the same test before it goes."""
    repeat = cues().repeat.search(error.text)
    if repeat is None or not _FIRST.search(error.text):
        return set()
    after = error.start + repeat.end()
    standing = [o for o in found if after <= o.place.start < error.end and o.kind in MEASURED]
    chosen: set[int] = set()
    for value in standing:
        earlier = [
            i
            for i, o in enumerate(found)
            if o.place.start < error.start + repeat.start() and same_test(o.name, value.name)
        ]
        chosen |= set(earlier[-1:])
    return chosen


def _first_of_two_before(found: list[Observation], error: Span, segment: Segment) -> set[int]:
    """``K 2.1, resent -> K 3.9. (first sample from drip arm)``: of the pair before the remark the first goes."""
    if not _FIRST.search(error.text):
        return set()
    line = segment.span.text.rfind("\n", 0, max(0, error.start - segment.span.start)) + 1 + segment.span.start
    near = [i for i, o in enumerate(found) if line <= o.place.start < error.start and o.kind in MEASURED]
    pairs = [
        a
        for a, b in pairwise(near)
        if same_test(found[a].name, found[b].name) and found[a].value != found[b].value
    ]
    return set(pairs[-1:])


def _said_or_marked(
    found: list[Observation], error: Span, cue: re.Match[str], cut: int, day: str | None
) -> set[int]:
    """Values in the remark before its repeat, their copies before it, and those that carry its footnote mark."""
    clause = max(error.text.rfind(c, 0, min(cue.start(), cut)) for c in ";；") + 1
    said = [i for i, o in enumerate(found) if error.start <= o.place.start < error.start + cut]
    near = [i for i in said if found[i].place.start >= error.start + clause] or said
    ahead = [i for i in near if found[i].place.start < error.start + cue.end()]
    chosen = set(ahead or near)
    lead = _FOOTNOTE.match(error.text)
    named = [found[i] for i in chosen]
    for i, o in enumerate(found):
        copied = o.place.start < error.end and any(
            o.value == n.value and same_test(o.name, n.name) and _within_reach(o, n) and _of_day(o, day)
            for n in named
        )
        marked = lead is not None and (o.note or "") and o.note == lead["mark"][: len(o.note or "")]
        if copied or marked:
            chosen.add(i)
    return chosen


_REPEAT_VALUE = re.compile(
    rf"(?i)(?:\b(?:rpt|repeat(?:ed)?|recheck(?:ed)?|redrawn?|redraw|true|correct(?:ed)?(?: to)?|amended(?: to)?|actual|manual(?: count)?|citrate(?: tube)?|should (?:be|read)|re-?probed|re-?sited)\b|复查|复测|重抽|重采|实测|手测|实为|应为|更正为)"
    rf"\s*(?:value|result|was|is|of|[:：=]|为|at)?\s*(?:\d\d[:：]\d\d\s*|[0-2]\d[0-5]\d\s?(?:h|hrs)?\s?[=:]\s*)?(?P<value>{NUMBER}(?:/\d{{2,3}})?)(?![\d:/-]|\.\d|\s?(?:h|hrs?|hours?|d|days?|小时|天|周|次)(?![a-zA-Z/]))"
)


def _unnamed_repeat(
    found: list[Observation], error: Span, withdrawn: list[Observation]
) -> Observation | None:
    """``K 6.9 haemolysed, rpt 4.4``: the repeat is a value of the same test."""
    match = _REPEAT_VALUE.search(error.text)
    if match is None or len({o.name for o in withdrawn}) != 1:
        return None
    start = error.start + match.start("value")
    value = match["value"].strip()
    if any(o.place.start <= start < o.place.end for o in found):
        return None
    wrong = withdrawn[-1]
    place = Place(wrong.place.document_id, start, start + len(value), value)
    return replace(
        wrong, value=value, number=number_of(value), place=place, note=None, assertion=Assertion.PRESENT
    )


def _own_reason(error: str, cue: re.Match[str]) -> str:
    """The record's own words for why a value is withdrawn, without the repeat's value."""
    repeat = cues().repeat.search(error)
    text = error[: repeat.start()] if repeat and repeat.start() > 12 else error
    opened = max(error.rfind(c, 0, cue.start()) for c in "(（")
    closed = re.search(r"[)）]", error[cue.end() :])
    if opened > 0 and not re.search(r"[)）]", error[opened : cue.start()]):
        last = min(len(text), cue.end() + closed.start() if closed else len(error))
        text = error[opened + 1 : max(last, cue.end())]
    elif len(text) > _LONGEST_REMARK:
        text = _clause_of(error, cue)
    return re.sub(r"\s+", " ", text).strip(f" {MARKS}-–—,，.。;；:：(（)）")[:160]


_LONGEST_REMARK = 90
_QUOTED_FIGURE = re.compile(r"[\"“'‘](?P<value>\d+(?:\.\d+)?)\s?[^\"”'’\s]{0,8}[\"”'’]")


_UNREAD_FIGURE = re.compile(r"(?i)\b(?:of|as|at|was|showed?)\s+\d+(?:\.\d+)?(?![\d:/-]|\.\d)")


def _line_before(found: list[Observation], error: Span, mark: str | None, segment: Segment) -> set[int]:
    """A remark without a value (``sample was mislabelled``) withdraws the named test just before it."""
    names, _, _ = observation_names()
    cut = cues().repeat.search(error.text)
    head = error.text[: cut.start()] if cut and cut.start() > 0 else error.text
    named = {m.group().casefold() for m in names.finditer(head)}
    before = [i for i, o in enumerate(found) if o.place.end <= error.start and o.kind in MEASURED]
    if not before:
        return set()
    chosen: set[int] = set()
    if named and not _UNREAD_FIGURE.search(head):
        for name in named:
            matching = [i for i in before if same_test(found[i].name, name)]
            chosen |= set(matching[-1:])
    elif named:
        return chosen  # the remark names a figure that was not read as a value: no other may go in its place
    elif re.search(
        r"(?i)\b(?:gas|ABG|VBG|sample|specimen|tube|bottle|draw|bloods|results?|panel|values?)\b|标本|血样|结果|血气",
        error.text,
    ):
        last = found[before[-1]]
        near = error.start - last.place.end < 60
        if near or mark:
            line = _same_line(found, before, segment)
            measured_in_blood = [i for i in line if found[i].kind is ObservationKind.LAB]
            chosen = set(measured_in_blood or line)  # a wrong tube says nothing of the pulse beside it
    return chosen


_WHOLE_SAMPLE = re.compile(
    r"(?i)\bmis-?label\w*|\bwrong(?:ly)? (?:label\w*|patient|name|tube from)|\bvenous\b|\bunlabel\w+|(?:标本|样本|血样)[^，。；;]{0,4}(?:贴错|标错|弄错|混淆|张冠李戴)|标签错|静脉血(?!栓)"
)
"""Faults of whose or of what vessel the blood was: they make every value of the sample false, not the marked one alone."""


def _of_one_sample(found: list[Observation], chosen: set[int]) -> set[int]:
    """The laboratory values written in one run with a withdrawn one: ``pH 7.16 pCO2 11.9 pO2 4.1 @@``."""
    reached: set[int] = set()
    for start in chosen:
        if found[start].kind is not ObservationKind.LAB:
            continue
        for step in (-1, 1):
            last, at = start, start + step
            while 0 <= at < len(found) and found[at].kind is ObservationKind.LAB:
                left, right = sorted((found[last].place, found[at].place), key=lambda p: p.start)
                one_run = left.document_id == right.document_id and right.start - left.end <= _GAP_IN_A_RUN
                if not one_run or found[at].time != found[start].time:
                    break
                reached.add(at)
                last, at = at, at + step
    return reached


_GAP_IN_A_RUN = 4
"""Characters between two values of one sample: a comma, a slash, a mark; each place holds name and unit."""


def _same_line(found: list[Observation], before: list[int], segment: Segment) -> list[int]:
    """The values that share the line, or the sentence, of the last one before the remark."""
    last = found[before[-1]]
    offset = last.place.start - segment.span.start
    if offset < 0:
        return before[-1:]
    line = segment.span.start + segment.span.text.rfind("\n", 0, offset) + 1
    return [i for i in before if found[i].place.start >= line]
