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

MAX_TESTS = 24
"""A summary lists what moved or is abnormal first; more than this is a copy of the laboratory system."""
_STRUCK = (Assertion.ERRONEOUS, Assertion.FAMILY, Assertion.HYPOTHETICAL)


def result_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    series = _series(record)
    for _, values in sorted(series.items(), key=lambda item: _weight(item[1]))[:MAX_TESTS]:
        yield stated(record, _line(turn, values), [o.place for o in values])
    for o in record.observations:
        if o.assertion is Assertion.ERRONEOUS and o.kind is ObservationKind.LAB:
            why = f" ({tidy(o.note)})" if o.note else ""
            text = turn.say(
                f"{o.name} {o.value}: error in the record, not used{why}.",
                f"{o.name} {o.value}：结果作废，未采用{why}。",
            )
            yield stated(record, text, [o.place], date=o.time or "")
    yield from _texts(turn, record)


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
    """``Creatinine μmol/L: 118 → 101 → 88 (2025-11-04 to 2025-11-08).``"""
    first = values[0]
    unit = next((o.unit for o in values if o.unit), "")
    unit = f" {unit}" if unit and unit not in first.value and unit not in first.name else ""
    steps: list[str] = []
    for o in values:
        if not steps or steps[-1] != o.value:
            steps.append(o.value)
    days = list(dict.fromkeys(day(o.time) for o in values if o.time))
    when = (
        ""
        if not days
        else f" ({days[0]})"
        if len(days) == 1
        else f" ({days[0]}{turn.say(' to ', ' 至 ')}{days[-1]})"
    )
    reference = next((o.reference_range for o in values if o.reference_range), None)
    normal = turn.say(f" [reference {reference}]", f"［参考 {reference}］") if reference else ""
    told = " → ".join(step.rstrip(" .。") for step in steps)
    return f"{first.name}{unit}: {told}{when}{normal}{turn.say('.', '。')}"


def _texts(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """Imaging, microbiology and other results told in words, where no value was read from them."""
    read = [(o.place.document_id, o.place.start, o.place.end) for o in record.observations]
    said: list[str] = []
    for s in record.statements_in("imaging", "results", "diagnostic_report"):
        text = tidy(s.text)
        plain = re.sub(r"\W+", "", text).casefold()
        taken = any(d == s.place.document_id and a < s.place.end and s.place.start < b for d, a, b in read)
        if (
            s.assertion in _STRUCK
            or taken
            or len(plain) < 4
            or any(plain in other for other in said)
            or _is_table_head(text)
        ):
            continue
        said.append(plain)
        yield stated(
            record,
            text + ("" if re.search(r"[.。]$", text) else turn.say(".", "。")),
            [s.place],
            date=s.date or "",
        )


def _is_table_head(text: str) -> bool:
    """``BLOODS  03/11  04/11``: dates and at most two words."""
    rest = re.sub(r"\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{1,4})?|\d{1,2}:\d{2}", " ", text)
    return rest != text and len(re.findall(r"\w+", rest)) <= 2
