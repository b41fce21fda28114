"""One FHIR resource laid out as lines a person reads, with the exact place of every line.

Owns the layout ``label: value``. Refuses to know which lines matter.
"""

from __future__ import annotations

from assistant.domain.record import Place
from assistant.records.fhir_json import Json, mapping, objects, quantity, span, string, words


class Sheet:
    """The growing text of one source document; ``place`` gives the lines added since a mark."""

    def __init__(self, document_id: str, title: str) -> None:
        self.document_id = document_id
        self.title = title
        self.date: str | None = None
        self._lines: list[str] = []
        self._length = 0

    def mark(self) -> int:
        return len(self._lines)

    def add(self, label: str, value: str | None) -> None:
        """A line, where there is something to say."""
        if value:
            line = f"{label}: {value}"
            self._lines.append(line)
            self._length += len(line) + 1

    def place(self, since: int = 0) -> Place:
        """Where the lines from ``since`` on stand; ``text[start:end] == quote``."""
        quote = "\n".join(self._lines[since:])
        start = self._length - len(quote) - 1 if quote else self._length
        return Place(self.document_id, start, start + len(quote), quote)

    @property
    def text(self) -> str:
        return "\n".join(self._lines)


_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
_TIMES = {"1": "once", "2": "twice"}
_ADVERBS = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}
_MEALS = {
    "HS": "at bedtime", "WAKE": "on waking", "AC": "before meals", "PC": "after meals", "C": "with meals",
    "CM": "with breakfast", "CD": "with lunch", "CV": "with dinner", "ACM": "before breakfast",
    "ACD": "before lunch", "ACV": "before dinner", "PCM": "after breakfast", "PCD": "after lunch",
    "PCV": "after dinner", "MORN": "in the morning", "AFT": "in the afternoon", "EVE": "in the evening",
    "NIGHT": "at night",
}  # fmt: skip
"""HL7 v3 TimingEvent and FHIR EventTiming codes, in words."""


def timing(dosage: Json) -> str | None:
    """How often, in words: ``twice daily``, ``every 4 hours as needed``; what is coded wins over free text."""
    element = mapping(dosage.get("timing"))
    repeat = mapping(element.get("repeat"))
    parts = [words(element.get("code")) or _repeat(repeat)]
    for when in repeat.get("when") or []:
        parts.append(_MEALS.get(str(when), str(when)))
    parts += [string(clock) for clock in repeat.get("timeOfDay") or []]
    needed = dosage.get("asNeededCodeableConcept")
    if needed is None and objects(dosage.get("asNeededFor")):
        needed = dosage["asNeededFor"]
    if needed:
        parts.append(f"as needed for {words(needed)}" if words(needed) else "as needed")
    elif dosage.get("asNeededBoolean") is True or dosage.get("asNeeded") is True:
        parts.append("as needed")
    return " ".join(part for part in parts if part) or None


def _repeat(repeat: Json) -> str | None:
    frequency, period = string(repeat.get("frequency")), string(repeat.get("period"))
    unit = _UNITS.get(str(repeat.get("periodUnit") or repeat.get("periodUnits")))
    most = string(repeat.get("frequencyMax")) or string(repeat.get("periodMax"))
    if not period or not unit:
        return f"{_times(frequency)}" if frequency and not repeat.get("when") else None
    if most and string(repeat.get("periodMax")):
        period = f"{period}-{most}"
    elif most and frequency:
        frequency = f"{frequency}-{most}"
    if (frequency or "1") == "1" and not (period == "1" and unit in _ADVERBS):
        return f"every {unit}" if period == "1" else f"every {period} {unit}s"
    if period == "1" and unit in _ADVERBS:
        return f"{_times(frequency or '1')} {_ADVERBS[unit]}"
    return f"{_times(frequency or '1')} every {unit if period == '1' else f'{period} {unit}s'}"


def _times(count: str) -> str:
    return _TIMES.get(count, f"{count} times")


def duration(dosage: Json) -> str | None:
    """How long the medicine is taken, from the timing's bounds."""
    repeat = mapping(mapping(dosage.get("timing")).get("repeat"))
    bounds = mapping(repeat.get("boundsDuration"))
    if bounds:
        unit = _UNITS.get(str(bounds.get("code")), string(bounds.get("unit")) or "")
        number = string(bounds.get("value"))
        return (
            f"{number} {unit}{'' if number == '1' or unit.endswith('s') else 's'}".strip() if number else None
        )
    if mapping(repeat.get("boundsPeriod")):
        end = string(mapping(repeat["boundsPeriod"]).get("end"))
        return f"until {end}" if end else None
    count = string(repeat.get("count"))
    if count and (repeat.get("frequency") or not repeat.get("periodUnit")):
        # a count beside a bare periodUnit is a frequency in the wrong element; "1 dose" would be false
        return f"{count} dose{'' if count == '1' else 's'}"
    return span(repeat.get("boundsRange"))


def dose(dosage: Json) -> str | None:
    """Amount and rate as ordered: ``40 mg``, ``1 - 2 tablet``, ``0.9 mg/kg/h``."""
    rates = objects(dosage.get("doseAndRate")) or [dosage]
    for rate in rates:
        amount = quantity(rate.get("doseQuantity") or rate.get("doseSimpleQuantity")) or span(
            rate.get("doseRange")
        )
        speed = quantity(rate.get("rateQuantity") or rate.get("rateSimpleQuantity")) or span(
            rate.get("rateRange")
        )
        ratio = mapping(rate.get("rateRatio"))
        if ratio:
            below = quantity(ratio.get("denominator")) or "1"
            speed = f"{quantity(ratio.get('numerator'))}/{below.removeprefix('1 ')}"
        if amount or speed:
            return " at ".join(part for part in (amount, speed) if part)
    return None
