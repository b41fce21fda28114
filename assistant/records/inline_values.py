"""Values in running text: ``Cr 141 -> 150``, ``K (12/3): 5.6 13/3: 4.9``, ``今晨 8.2 mmol/L``.

Owns which figure behind a measurement's name is its value, and the further values of a series. Refuses to know tables
(``result_tables``) and targets (``thresholds``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.domain.record import Observation, ObservationKind, Place
from assistant.records.observation_names import (
    MARKS,
    NUMBER,
    UNIT,
    doubtful_names,
    kind_of,
    number_of,
    observation_names,
    scores_out_of,
)
from assistant.records.result_tables import ChartContext
from assistant.records.sections import Segment
from assistant.records.text_spans import Span
from assistant.records.thresholds import is_threshold

_VALUE = re.compile(
    rf"(?P<value>(?:{NUMBER})(?:\s?[/／]\s?\d+(?!\s?/)(?=\D|$))?(?:\s?[-–~](?=\d)\s?\d+(?:\.\d+)?)?)(?P<mark>[{re.escape(MARKS)}]?)\s{{0,2}}(?P<unit>{UNIT})?"
)
_SERIES = re.compile(rf"\s*(?:->|→|=>)\s*(?P<value>{NUMBER})(?P<unit>\s?{UNIT})?")
_DAY = r"(?P<date>\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?(?:\s\d\d:\d\d)?)"
_DATED = re.compile(rf"\s+(?:on )?\(?{_DAY}\)?\s?[:：]\s?")
_LATER_DAY = re.compile(rf"(?<=\s){_DAY}\s?[:：]\s?(?P<value>{NUMBER})(?P<unit>\s?{UNIT})?(?![\w/])")


_COLUMNS = re.compile(rf"(?:\s*\|\s*(?:{NUMBER}|-+)(?:\s?{UNIT})?)*\s*\|\s*(?P<last>{NUMBER})(?![\w/])")
_CLOSING_DAY = re.compile(rf"\s*\(\s?{_DAY}\s?\)")
_DIGIT = re.compile(r"\d")
_BARE_SATS = re.compile(
    r"(?i)(?<![\d./-])(?P<value>(?:100|[5-9]\d)\s?%)\s?(?=\s*(?:\(?(?:on )?(?:RA|room air|air|\d(?:\.\d)?\s?L|O2|NC|venturi|空气|吸氧)))"
)
_TODAY = re.compile(
    rf"(?i)(?:\b(?:today|now|this morning)|今日|今晨|今天|现)\s?[:：]?\s?(?P<value>\d+(?:\.\d+)?)\s?(?P<unit>{UNIT})"
)
_SEP = re.compile(
    r"^(?:\s+on\s\d[\d./-]{3,9})?(?:\s+(?:was|is|were)?\s?(?:reported|recorded|measured|noted|read) (?:as|at))?\s{0,2}(?:[:=：]|was|is|of|at|为|约)?\s{0,2}(?:(?:level|about|approx)\s)?(?:\([^()]{1,20}\)\s?)?"
)


@dataclass(frozen=True)
class _Sentence:
    span: Span
    context: ChartContext
    time: str | None
    """The day that its values are of, unless one names its own."""

    @property
    def text(self) -> str:
        return self.span.text

    def day(self, text: str) -> str | None:
        token = self.context.dates.first(text)
        return self.context.dates.iso(token, with_time=True) if token else None


def inline_values(
    sentence: Span, segment: Segment, context: ChartContext, *, pictured: bool
) -> list[Observation]:
    """The values of a sentence. ``pictured`` says that it reports an image: its figures are sizes and levels, and only what
    echo and lung function measure is a value."""
    if not _DIGIT.search(sentence.text):
        return []
    said = _Sentence(sentence, context, time_of(sentence.text, segment, context))
    names, _, _ = observation_names()
    fluid = _OTHER_FLUID.search(said.text)
    out: list[Observation] = []
    last_end = 0
    for name in names.finditer(said.text):
        if name.start() < last_end:
            continue
        if pictured and kind_of(name.group()) is not ObservationKind.FUNCTION:
            continue
        if fluid and fluid.start() < name.start():
            continue
        found, last_end = _values_of(name, said, last_end)
        out += found
    out += _of_today(out, said)
    out += _bare_saturations(out, said)
    return out


def _values_of(name: re.Match[str], said: _Sentence, last_end: int) -> tuple[list[Observation], int]:
    """The value, or series of values, behind a name, and where it ends; ``last_end`` where there is none."""
    text = said.text
    dated = _DATED.match(text, name.end())
    sep = None if dated else _SEP.match(text[name.end() :])
    value = _VALUE.match(text, dated.end() if dated else name.end() + (sep.end() if sep else 0))
    if value is None or _not_a_value(name.group(), text, name, value):
        return [], last_end
    columns = _COLUMNS.match(text, value.end())
    if columns and not dated:
        # `Cr 141 | 150 | 138 (09/10)`: of a row whose columns have no dates only the last, if dated, has a time.
        closing = _CLOSING_DAY.match(text, columns.end())
        final = _VALUE.match(text, columns.start("last"))
        if closing and final:
            return [_observation(said, name, final, said.day(closing["date"]))], columns.end()
        return [], columns.end()
    out = [_observation(said, name, value, (dated and said.day(dated["date"])) or said.time)]
    end = value.end()
    later = _LATER_DAY.search(text, end) if dated else None
    while later:
        out.append(_observation(said, name, later, said.day(later["date"]) or said.time))
        end = later.end()
        later = _LATER_DAY.search(text, end)
    series = _SERIES.match(text, end)
    while series:
        out.append(_observation(said, name, series, said.time))
        end = series.end()
        series = _SERIES.match(text, end)
    return out, end


def _of_today(found: Sequence[Observation], said: _Sentence) -> Iterator[Observation]:
    """``... today 8.2 mmol/L``: the value of today of the first measurement before it with that unit."""
    for match in _TODAY.finditer(said.text):
        start = said.span.start + match.start("value")
        unit = match["unit"].strip()
        same = next(
            (
                o
                for o in found
                if o.unit and o.unit == unit and o.place.end <= said.span.start + match.start()
            ),
            None,
        )
        if same:
            quote = said.text[match.start("value") : match.end()]
            place = Place(said.context.document_id, start, start + len(quote), quote)
            yield replace(same, value=match["value"], number=number_of(match["value"]), place=place)


def _bare_saturations(found: Sequence[Observation], said: _Sentence) -> Iterator[Observation]:
    """``94% on 2 L``: a saturation that is not called one."""
    vitals = [o.place for o in found if o.kind is ObservationKind.VITAL]
    for match in _BARE_SATS.finditer(said.text):
        start, value = said.span.start + match.start("value"), match["value"]
        if not any(p.start <= start < p.end for p in vitals):
            place = Place(said.context.document_id, start, start + len(value), value)
            bare = value.rstrip("% ")
            yield Observation("SpO2", bare, ObservationKind.VITAL, place, "%", number_of(bare), said.time)


_OTHER_FLUID = re.compile(
    r"(?:\b(?:UA|U/A|CSF|MSU|(?i:urinalysis|urine|dipstick|dip|ascitic fluid|ascites|pleural fluid|synovial|joint fluid|stool))\b|尿常规|尿检|脑脊液|胸水|腹水|关节液|便常规)(?!\s?(?:output|culture|cx|out))"
)
"""Cells, glucose and protein named after these are counted in that fluid, not in blood."""
_TIME_UNIT = re.compile(
    r"\s?(?:h|hrs?|hours?|days?|wks?|weeks?|months?|yrs?|years?|/7|/52|/12|小时|天|周|个月|年)(?![\w/])"
)


def _not_a_value(name: str, text: str, match: re.Match[str], value: re.Match[str]) -> bool:
    gap, after = text[match.end() : value.start()], text[value.end() :]
    if name in doubtful_names() and ("\n" in gap or len(gap) > 3):
        return True
    if _impossible(name, value["value"]):
        return True
    if _ORDINAL.match(after) or _TIME_UNIT.match(after):
        return True
    if _AMOUNT_GIVEN.match(after) and not re.match(r"(?i)\s?m?c?g\s?/", after):
        return True
    if is_threshold(text, match, value):
        return True
    if _BLOOD_PRODUCT.search(name) and re.match(r"(?i)\s?(?:U|单位|units?|袋)(?![/A-Za-z])", after):
        return True
    return bool(re.match(r"(?:\d{1,2}/\d{1,2})$", value["value"].strip()) and name not in scores_out_of())


_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_AMOUNT_GIVEN = re.compile(r"(?i)\s?(?:mg|mcg|units?|tabs?|puffs?)(?![a-z/])")


def _impossible(name: str, value: str) -> bool:
    """A short name with a figure that no such measurement has: ``T 4``, ``P 12/3``, ``BP 90``."""
    number = re.sub(r"[^\d.]", "", value.split("/")[0]) or "0"
    amount = float(number) if number.count(".") <= 1 and number != "." else 0.0
    if name == "T":
        return not (30 <= amount <= 43 or 86 <= amount <= 110)
    if name in {"P", "HR", "pulse", "R"} and "/" in value:
        return True
    if name in {"BP", "blood pressure", "血压"}:
        return "/" not in value
    if name in {"P", "PR", "HR", "pulse", "脉搏", "心率"}:
        return amount < 20
    return name == "K" and amount > 12


_BLOOD_PRODUCT = re.compile(r"(?i)^(?:红细胞|血小板|血浆|白蛋白|platelets|albumin|plts?)$")


def _observation(said: _Sentence, name: re.Match[str], value: re.Match[str], time: str | None) -> Observation:
    text, start = said.text, value.start("value")
    raw = value["value"]
    unit = (value["unit"] or "").strip() or None
    if unit and unit.startswith("/") and unit[1:].isdigit():
        raw, unit = text[start : value.end()], None

    named = 0 <= start - name.end() < 25
    begin = name.start() if named else start
    quote = text[begin : value.end()].rstrip()
    place_start = said.span.start + begin
    return Observation(
        name=name.group(),
        value=raw.strip(),
        kind=kind_of(name.group()),
        place=Place(said.context.document_id, place_start, place_start + len(quote), quote),
        unit=unit,
        number=number_of(raw.strip()),
        time=time,
        note=value.groupdict().get("mark") or None,
    )


def time_of(text: str, segment: Segment, context: ChartContext) -> str | None:
    """The day of a sentence's values: the one it opens with or names in a narrative, else the entry's."""
    if segment.section == "hospital_course":
        return _day_told(text, context) or segment.note.date
    token = context.dates.first(text[:24], strong_only=False)
    if token is not None and not (token.weak and segment.section in {"header"}):
        iso = context.dates.iso(token, with_time=True)
        if iso and (segment.note.date is None or iso[:10] <= segment.note.date[:10]):
            return iso
    return segment.note.date


def _day_told(text: str, context: ChartContext) -> str | None:
    """The day that a sentence of a narrative names for itself, within the stay."""
    token = context.dates.first(text, strong_only=True)
    iso = context.dates.iso(token, with_time=True) if token else None
    last = context.dates.discharged
    return iso if iso and (last is None or iso[:10] <= last.isoformat()) else None
