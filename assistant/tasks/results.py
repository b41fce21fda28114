"""Results of a stay: each test once, its values in time order with dates, erroneous ones named as such; then imaging."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from assistant.domain.answer import Sentence
from assistant.domain.record import Assertion, Observation, ObservationKind, PatientRecord
from assistant.domain.stay import Period, period_of, sort_key
from assistant.tasks.base import Turn
from assistant.tasks.stating import day, stated, tidy

MAX_TESTS = 30
"""A summary lists what moved or is abnormal first; more than this is a copy of the laboratory system."""
_STRUCK = (Assertion.ERRONEOUS, Assertion.FAMILY, Assertion.HYPOTHETICAL)


def result_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    series = _series(record)
    for _, values in sorted(series.items(), key=lambda item: _weight(item[1]))[:MAX_TESTS]:
        yield stated(record, _line(turn, values), [o.place for o in values])
    for o in record.observations:
        if o.assertion is Assertion.ERRONEOUS and o.kind is ObservationKind.LAB:
            note = tidy(o.note) if o.note else turn.say("marked as an error in the record", "病历标注为错误")
            text = turn.say(
                f"Error, not used: {o.name} {o.value} ({note}).",
                f"错误值，未采用：{o.name} {o.value}（{note}）。",
            )
            yield stated(record, text, [o.place], date=o.time or "")
    yield from _texts(turn, record, {o.place.quote for values in series.values() for o in values})


def _series(record: PatientRecord) -> dict[str, list[Observation]]:
    """Laboratory values of the stay by test; vitals and function belong to the condition at discharge."""
    chosen = [
        o
        for o in record.observations
        if o.kind in (ObservationKind.LAB, ObservationKind.IMAGING, ObservationKind.OTHER)
        and o.assertion is Assertion.PRESENT
        and period_of(o.time, record.encounter) in (Period.DURING, Period.UNKNOWN)
    ]
    chosen.sort(key=lambda o: o.name.casefold())
    return {
        name: sorted(values, key=lambda o: sort_key(o.time))
        for name, values in groupby(chosen, key=lambda o: o.name.casefold())
    }


def _weight(values: list[Observation]) -> tuple[int, int]:
    """Abnormal first, then those with a course, then single values."""
    return (0 if any(o.abnormal for o in values) else 1, -len({o.value for o in values}))


def _line(turn: Turn, values: list[Observation]) -> str:
    first = values[0]
    unit = next((o.unit for o in values if o.unit), "")
    unit = f" {unit}" if unit and unit not in first.value else ""
    steps: list[str] = []
    for o in values:
        when = f" ({day(o.time)})" if o.time else ""
        step = f"{o.value}{when}"
        if not steps or steps[-1] != step:
            steps.append(step)
    reference = next((o.reference_range for o in values if o.reference_range), None)
    normal = turn.say(f" [reference {reference}]", f"［参考 {reference}］") if reference else ""
    return f"{first.name}{unit}: {' → '.join(steps)}{normal}{turn.say('.', '。')}"


def _texts(turn: Turn, record: PatientRecord, used: set[str]) -> Iterator[Sentence]:
    """Imaging, microbiology, pathology and other results told in words."""
    said: list[str] = []
    for s in record.statements_in("imaging", "investigations", "microbiology", "pathology", "labs"):
        text = tidy(s.text)
        plain = re.sub(r"\W+", "", text).casefold()
        if s.assertion in _STRUCK or len(plain) < 4 or any(plain in other for other in said):
            continue
        if any(text in quote or quote in text for quote in used if len(quote) > 12):
            continue
        said.append(plain)
        yield stated(
            record,
            text + ("" if re.search(r"[.。]$", text) else turn.say(".", "。")),
            [s.place],
            date=s.date or "",
        )
