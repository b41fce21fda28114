"""Results of a stay: each test once, first → extreme → last, tests of the same days together; then imaging in words.

Erroneous values are named as such: a reader who saw them in the chart must know that they were not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from assistant.domain.answer import Sentence
from assistant.domain.record import Assertion, Observation, ObservationKind, PatientRecord, Place, Statement
from assistant.domain.stay import Period, period_of, sort_key
from assistant.records.observation_names import key_of_test
from assistant.tasks.base import Turn
from assistant.tasks.stating import day, stated, tidy

MAX_TESTS = 30
"""A summary lists what moved or is abnormal first; more than this is a copy of the laboratory system."""
TESTS_A_SENTENCE = 8
WORDS_OF_A_REPORT = 4
"""A value of so many words is a report, which stands in a sentence of its own."""
_STRUCK = (Assertion.ERRONEOUS, Assertion.FAMILY, Assertion.HYPOTHETICAL)


def result_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    series = sorted(_series(record), key=_weight)[:MAX_TESTS]
    measured = [values for values in series if not _is_report(record, values)]
    for days, tests in _by_days(measured):
        for at in range(0, len(tests), TESTS_A_SENTENCE):
            together = tests[at : at + TESTS_A_SENTENCE]
            told = turn.say("; ", "；").join(_test(turn, values) for values in together)
            when = _span(turn, days) if days else turn.say("Date not recorded", "未注明日期")
            lead = f"{when}{turn.say(': ', '：')}"
            yield stated(
                record, f"{lead}{told}{turn.say('.', '。')}", [o.place for values in together for o in values]
            )
    for values in series:
        if _is_report(record, values):
            yield from _reports(turn, record, values)
    yield from _withdrawn(turn, record)
    yield from _texts(turn, record)


def _series(record: PatientRecord) -> list[list[Observation]]:
    """Laboratory values of the stay by test, in time order; vitals and function belong to the condition at discharge."""
    chosen = [
        o
        for o in record.observations
        if o.kind in (ObservationKind.LAB, ObservationKind.IMAGING, ObservationKind.OTHER)
        and o.assertion is Assertion.PRESENT
        and period_of(o.time, record.encounter) in (Period.DURING, Period.UNKNOWN)
    ]
    rival = _in_rival_units(chosen)

    def course(o: Observation) -> tuple[str, str, bool]:
        """Values in units of another kind, and values without a day, make a course of their own."""
        unit, test = unit_key(o.unit), key_of_test(o.name)
        return (test, unit if test in rival or unit in _RIVAL_UNITS else "", o.time is None)

    chosen.sort(key=course)
    return [sorted(values, key=lambda o: sort_key(o.time)) for _, values in groupby(chosen, key=course)]


def unit_key(unit: str | None) -> str:
    """One spelling of a unit: ``×10^9/L``, ``10*9/L`` and ``K/uL`` are one, ``μmol/L`` and ``umol/l`` are one."""
    plain = re.sub(r"[\s^*×]", "", (unit or "").casefold().replace("μ", "u").replace("µ", "u")).lstrip("x")
    return _SAME_UNITS.get(plain, plain)


_SAME_UNITS = {"k/ul": "109/l", "g/l.": "g/l", "10⁹/l": "109/l", "103/ul": "109/l", "iu/l": "u/l", "次/分": "/min", "bpm": "/min"}  # fmt: skip
_RIVAL_UNITS = frozenset({"mg/dl", "g/dl"})


def _in_rival_units(found: Sequence[Observation]) -> set[str]:
    """Tests that the record gives in two units: 1.2 mg/dL → 98 µmol/L is no course."""
    units: dict[str, set[str]] = {}
    for o in found:
        if o.unit:
            units.setdefault(key_of_test(o.name), set()).add(unit_key(o.unit))
    return {test for test, kinds in units.items() if len(kinds) > 1}


def _weight(values: Sequence[Observation]) -> tuple[int, int]:
    """Abnormal first, then those with a course, then single values."""
    return (0 if any(o.abnormal for o in values) else 1, -len({o.value for o in values}))


def _is_report(record: PatientRecord, values: Sequence[Observation]) -> bool:
    return any(
        len(o.value.split()) >= WORDS_OF_A_REPORT
        or len(o.value) > 24
        or (o.kind is ObservationKind.IMAGING and _goes_on(record, o.place))
        for o in values
    )


def _by_days(
    series: Sequence[list[Observation]],
) -> Iterator[tuple[tuple[str, ...], list[list[Observation]]]]:
    """Tests whose first and last value are of the same days, in the order of those days."""
    grouped: dict[tuple[str, ...], list[list[Observation]]] = {}
    for values in series:
        found = [day(o.time) for o in values if o.time]
        grouped.setdefault((found[0], found[-1]) if found else (), []).append(values)
    # What moved comes first: a single value of the first day matters less than a course.
    for days in sorted(grouped, key=lambda d: (len(set(d)) < 2, d)):
        yield days, grouped[days]


def _span(turn: Turn, days: Sequence[str]) -> str:
    first, last = days[0], days[-1]
    return first if first == last else f"{first}{turn.say(' to ', ' 至 ')}{last}"


def _test(turn: Turn, values: Sequence[Observation]) -> str:
    """``Creatinine μmol/L 118 → 168 → 88``: the first value, the one furthest from both ends, and the last."""
    first = values[0]
    common = _common_unit(values)
    unit = f" {common}" if common and common not in first.value and common not in first.name else ""
    reference = next((o.reference_range for o in values if o.reference_range), None)
    normal = turn.say(f" [reference {reference}]", f"［参考 {reference}］") if reference else ""
    steps: list[str] = []
    before = ""
    for o in _turning_points(values):
        value = o.value.rstrip(" .。")
        if value != before:
            steps.append(f"{value} {o.unit}" if o.unit and common is None and o.unit not in value else value)
        before = value
    return f"{first.name}{unit} {' → '.join(steps)}{normal}"


ONE_SCALE = 4.0
"""Values of one test that lie within this ratio are in one unit; those of two units lie further apart (CRP, glucose)."""


def _common_unit(values: Sequence[Observation]) -> str | None:
    """The unit of all; also where some lack it and are of its scale. Else each value keeps what is its own."""
    unit = next((o.unit for o in values if o.unit), None)
    if unit is None or all(o.unit for o in values):
        return unit
    numbers = [o.number for o in values]
    if any(not n for n in numbers):
        return None
    known = [n for n in numbers if n]
    return unit if max(known) < ONE_SCALE * min(known) else None


def _turning_points(values: Sequence[Observation]) -> Sequence[Observation]:
    if len(values) < 4 or any(o.number is None for o in values):
        return values
    first, last = values[0].number or 0.0, values[-1].number or 0.0
    low, high = min(first, last), max(first, last)
    extreme = max(values[1:-1], key=lambda o: max((o.number or 0.0) - high, low - (o.number or 0.0)))
    beyond = not low <= (extreme.number or 0.0) <= high
    return [values[0], extreme, values[-1]] if beyond else [values[0], values[-1]]


def _reports(turn: Turn, record: PatientRecord, values: Sequence[Observation]) -> Iterator[Sentence]:
    """``CXR (2025-03-11): no infiltrate.``: each report once, with the sentences that go on in its line."""
    said: set[str] = set()
    for o in values:
        text = o.value.rstrip(" .。")
        if text.casefold() in said:
            continue
        said.add(text.casefold())
        more = _goes_on(record, o.place)
        stop = turn.say(".", "。")
        told = turn.say(". ", "。").join([text, *(tidy(s.text).rstrip(" .。") for s in more)])
        when = f" ({day(o.time)})" if o.time else ""
        yield stated(record, f"{o.name}{when}: {told}{stop}", [o.place, *(s.place for s in more)])


def _goes_on(record: PatientRecord, place: Place) -> list[Statement]:
    """Sentences of the same line after a report that begin none of their own: ``CT: hydronephrosis. No abscess.``"""
    out: list[Statement] = []
    end = place.end
    text = record.document(place.document_id).text
    others = [o.place.start for o in record.observations if o.place.document_id == place.document_id]
    for s in record.statements_in("imaging", "results", "diagnostic_report"):
        if s.place.document_id != place.document_id or s.place.start < end:
            continue
        between = text[end : s.place.start]
        if between.strip(" .。;；") or "\n" in between or re.match(r"[^.。]{0,30}[:：]", s.text):
            break
        if s.assertion in _STRUCK or any(s.place.start <= start < s.place.end for start in others):
            break
        out.append(s)
        end = s.place.end
    return out


LONGEST_REASON = 90


def _short(reason: str) -> str:
    """Cut at a clause: the whole remark is one click away."""
    if len(reason) <= LONGEST_REASON:
        return reason
    head = reason[:LONGEST_REASON]
    cut = max(head.rfind(c) for c in ",;，；。")
    return head[:cut] if cut > 20 else head.rsplit(" ", 1)[0] + "…"


def _withdrawn(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    told: set[tuple[str, str]] = set()
    for o in record.observations:
        if o.assertion is Assertion.ERRONEOUS and o.kind is ObservationKind.LAB:
            if (o.name, o.value) in told:
                continue  # the result and the remark that withdraws it name it both
            told.add((o.name, o.value))
            why = f" ({_short(tidy(o.note))})" if o.note else ""
            text = turn.say(
                f"{o.name} {o.value}: error in the record, not used{why}.",
                f"{o.name} {o.value}：结果作废，未采用{why}。",
            )
            yield stated(record, text, [o.place], date=o.time or "")


def _texts(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """Imaging, microbiology and other results told in words, where no value was read from them."""
    read = [(o.place.document_id, o.place.start, o.place.end) for o in record.observations]
    read += [
        (s.place.document_id, s.place.start, s.place.end)
        for o in record.observations
        if o.kind is ObservationKind.IMAGING
        for s in _goes_on(record, o.place)
    ]
    said: list[str] = []
    for s in record.statements_in("imaging", "results", "diagnostic_report"):
        text = tidy(s.text)
        plain = re.sub(r"\W+", "", text).casefold()
        within = sum(d == s.place.document_id and a < s.place.end and s.place.start < b for d, a, b in read)
        taken = bool(within) and not _mostly_unread(s.text, within)
        if (
            s.assertion in _STRUCK
            or taken
            or len(plain) < 4
            or any(plain in other for other in said)
            or _is_table_head(text)
            or _is_short_footnote(record, s)
        ):
            continue
        said.append(plain)
        yield stated(
            record,
            text + ("" if re.search(r"[.。]$", text) else turn.say(".", "。")),
            [s.place],
            date=s.date or "",
        )


_NAMED_FIGURE = re.compile(r"[A-Za-z]{2,}\s[<>≤≥]?\d+(?:\.\d+)?(?![\d/:-]|\.\d)")


def _mostly_unread(text: str, read: int) -> bool:
    """``Pericardial fluid: lympho 86%, protein 5.6, ADA 68 U/L``: of three values one is read; the line is told as it stands."""
    return "|" not in text and len(_NAMED_FIGURE.findall(text)) > 2 * read and bool(_FLUID.match(text))


_FLUID = re.compile(r"(?i)\W*(?:[\w-]+\s){0,2}(?:fluid|aspirate|tap|CSF|synovial)\b")


def _is_table_head(text: str) -> bool:
    """``BLOODS  03/11  04/11``: dates and at most two words; or the footnote of a mark in it (``* repeat sample``)."""
    rest = re.sub(
        r"\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{1,4})?|\d{1,2}:\d{2}|\d{1,2}[ -]?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*(?:[ -]\d{4})?",
        " ",
        text,
        flags=re.IGNORECASE,
    )
    return rest != text and len(re.findall(r"\w+", rest)) <= 2


def _is_short_footnote(record: PatientRecord, s: Statement) -> bool:
    """``* repeat sample`` says what a mark in a table means; alone it says nothing."""
    before = record.document(s.place.document_id).text[max(0, s.place.start - 3) : s.place.start]
    return bool(re.search(r"[*^†‡#]\s?$", before)) and len(s.text.split()) <= 3
