"""Values in running text: ``Cr 141 -> 150``, ``K (12/3): 5.6 13/3: 4.9``, ``今晨 8.2 mmol/L``.

Owns which figure behind a measurement's name is its value, and the further values of a series. Refuses to know tables
(``result_tables``) and targets (``thresholds``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.domain.record import Observation, ObservationKind, Place
from assistant.records.amounts_given import is_amount_given
from assistant.records.observation_names import (
    MARKS,
    NUMBER,
    UNIT,
    doubtful_names,
    key_of_test,
    kind_of,
    number_of,
    observation_names,
    scores_out_of,
)
from assistant.records.paired_values import Paired, of_another_dimension, paired_values
from assistant.records.result_tables import ChartContext
from assistant.records.sections import Segment
from assistant.records.specimens import Specimen, heading_specimen, is_blood_test, named, specimen_of
from assistant.records.stay_moments import day_of_moment
from assistant.records.text_spans import Span
from assistant.records.thresholds import is_ordered, is_threshold
from assistant.records.value_days import (
    NEXT_DATED,
    Listed,
    day_before,
    day_behind,
    day_in_front,
    listed_values,
    time_of,
)

_VALUE = re.compile(
    rf"(?P<value>(?:{NUMBER})(?!\s?[ap]m\b)(?:\s?[/／]\s?\d+(?!\s?/)(?=\D|$))?(?:\s?[-–~](?=\d)\s?\d+(?:\.\d+)?)?)(?:\s(?=\*\*|@@|##|\^\^|[†‡§※◆▲★☆¶]))?(?P<mark>[{re.escape(MARKS)}]?)"
    rf"(?P<flag>\s?(?:[↑↓]{{1,3}}|[(（](?:[Hh]{{1,2}}|[Ll]{{1,2}}|[↑↓]+|偏[高低]|high|low)[)）]|(?:HH?|LL?)(?=[\s,;.)]|$)))?\s{{0,2}}(?P<unit>{UNIT})?"
)
_SERIES = re.compile(rf"\s*(?:->|→|=>)\s*(?P<value>(?:{NUMBER})(?:/\d+)?)(?P<unit>\s?{UNIT})?")
_UNIT_CELL = re.compile(rf"\s*\|\s*(?P<unit>{UNIT})\s*(?:\||$)")
_DAY = r"(?P<date>\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?(?:\s\d\d:\d\d)?)"
_LATER_DAY = re.compile(rf"(?<=\s){_DAY}\s?[:：]\s?(?P<value>{NUMBER})(?P<unit>\s?{UNIT})?(?![\w/])")


_COLUMNS = re.compile(
    rf"(?:\s*\|\s*(?:{NUMBER}|-+)(?:\s?{UNIT})?)*\s*\|\s*(?P<last>{NUMBER})(?![\w/]|\s?[-–~]\s?\d)"
)
_CLOSING_DAY = re.compile(rf"\s*\(\s?{_DAY}\s?\)")
_DIGIT = re.compile(r"\d")
_BARE_SATS = re.compile(
    r"(?i)(?<![\d./-])(?P<value>(?:100|[5-9]\d)\s?%)\s?(?=\s*(?:\(?(?:on )?(?:RA|room air|air|\d(?:\.\d)?\s?L|O2|NC|venturi|空气|吸氧)))"
)
_TODAY = re.compile(
    rf"(?i)(?:\b(?:today|now|this morning)|今日|今晨|今天|现)\s?[:：]?\s?(?P<value>\d+(?:\.\d+)?)\s?(?P<unit>{UNIT})"
)
_SEP = re.compile(
    r"^(?:\s+(?:at\s)?\d{1,2}(?:[:.]\d\d)?\s?[ap]m(?=\s)|\s+on\s\d[\d./-]{3,9}|\s+(?:on|at) (?:arrival|admission|presentation|leaving|discharge|d/c|rest)|\s+(?:resting|lying|sitting|seated))?(?:\s+(?:was|is|were)?\s?(?:reported|recorded|measured|noted|read) (?:as|at)|\s+(?:now |then )?(?:fell|rose|dropped|came down|went up|improved|settled|increased|decreased|recovered|down) (?:to|at)(?=\s\d))?(?:\s*\|\s*|\t\s*|\s{3,12}(?=[\d<>≤≥↑↓]))?\s{0,2}(?:[:=：]|was|is|of|at|为|约|(?:降|升|减|增|恢复|稳定)[至到为在])?\s{0,2}(?:(?:level|about|approx)\s)?(?:[(（\[][^()（）\[\]]{1,20}[)）\]]\s?)?[↑↓]{0,3}\s?"
)


@dataclass(frozen=True)
class _Sentence:
    span: Span
    context: ChartContext
    time: str | None
    """The day that its values are of, unless one names its own."""
    entry: str | None = None
    """The day of the entry that the sentence stands in."""
    heading: Specimen = field(default_factory=Specimen)
    """What a heading above says its values were measured in."""
    order: str | None = None
    """The line before the sentence where that is an order given at discharge; else None."""

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
    heading = heading_specimen(segment.span.text, sentence.start - segment.span.start)
    line = segment.span.text[: max(0, sentence.start - segment.span.start)].rpartition("\n")[2]
    order = line if segment.section == "discharge_orders" else None
    time = time_of(sentence.text, segment, context.dates)
    said = _Sentence(sentence, context, time, segment.note.date, heading, order)
    names, _, _ = observation_names()
    out: list[Observation] = []
    rows = list(paired_values(said.text))
    out += [_paired(row, said) for row in rows]
    last_end = 0
    for name in names.finditer(said.text):
        if name.start() < last_end or any(row.begin <= name.start() < row.end for row in rows):
            continue
        if pictured and kind_of(name.group()) is not ObservationKind.FUNCTION:
            continue
        found, last_end = _values_of(name, said, last_end)
        out += found
    out += _of_today(out, said)
    out += _bare_saturations(out, said)
    return [_at_its_moment(o, said, segment) for o in out]


def _paired(row: Paired, said: _Sentence) -> Observation:
    quote = said.text[row.begin : row.end]
    place = Place(said.context.document_id, said.span.start + row.begin, said.span.start + row.end, quote)
    return Observation(
        row.name, row.value, ObservationKind.VITAL, place, row.unit, number_of(row.value), said.time
    )


def _at_its_moment(o: Observation, said: _Sentence, segment: Segment) -> Observation:
    """A value that has no day but its entry's may be told of the arrival or of the day of leaving."""
    if o.time != said.time or said.time not in (None, said.entry):
        return o
    return replace(o, time=day_of_moment(said.span, o, segment, said.context.dates))


def _values_of(name: re.Match[str], said: _Sentence, last_end: int) -> tuple[list[Observation], int]:
    """The value, or series of values, behind a name, and where it ends; ``last_end`` where there is none."""
    text, dates = said.text, said.context.dates
    listed = listed_values(text, name.end(), dates, said.entry)
    if listed:
        return _listed(name, listed, said), listed.end
    dated = None if _is_score(name.group()) else day_before(text, name.end(), dates)
    if dated and dated.value is None:
        return [], last_end
    sep = None if dated else _SEP.match(text[name.end() :])
    begin = (dated.value if dated else None) or name.end() + (sep.end() if sep else 0)
    value = _VALUE.match(text, begin)
    if value is None or _not_a_value(name.group(), text, name, value):
        return [], last_end
    if said.order is not None and not dated and is_ordered(text, said.order, name, value):
        return [], last_end
    measured = specimen_of(text, name, value.end("value"))
    if not measured.known:
        return [], value.end()
    columns = _COLUMNS.match(text, value.end())
    if columns and not dated:
        # `Cr 141 | 150 | 138 (09/10)`: of a row whose columns have no dates only the last, if dated, has a time.
        closing = _CLOSING_DAY.match(text, columns.end())
        final = _VALUE.match(text, columns.start("last"))
        if closing and final:
            return [_observation(said, name, final, said.day(closing["date"]), measured)], columns.end()
        return [], columns.end()
    if dated:
        first = _observation(said, name, value, dated.iso or said.time, measured)
        return _later_days(first, name, value.end(), said)
    return _with_days(name, value, measured, said)


def _later_days(
    first: Observation, name: re.Match[str], end: int, said: _Sentence
) -> tuple[list[Observation], int]:
    """``K 12/3: 5.6 13/3: 4.9``: the further days of a value that had its day before it."""
    out = [first]
    later = _LATER_DAY.search(said.text, end)
    while later:
        out.append(_observation(said, name, later, said.day(later["date"]) or said.time, Specimen()))
        end = later.end()
        later = _LATER_DAY.search(said.text, end)
    return [replace(o, name=first.name) for o in out], end


def _with_days(
    name: re.Match[str], value: re.Match[str], measured: Specimen, said: _Sentence
) -> tuple[list[Observation], int]:
    """The value with the day behind it, and what an arrow or a comma leads to."""
    out: list[Observation] = []
    found: re.Match[str] | None = value
    end = value.end()
    in_front = day_in_front(said.text, name.start(), said.context.dates)
    while found:
        day = day_behind(said.text, found.end(), said.context.dates, said.entry)
        end = day.end
        if not day.old:
            out.append(_observation(said, name, found, day.iso or in_front or said.time, measured))
        arrow = _SERIES.match(said.text, end)
        found = arrow or (NEXT_DATED.match(said.text, end) if day.iso else None)
    return out, end


def _listed(name: re.Match[str], listed: Listed, said: _Sentence) -> list[Observation]:
    """The list in the chart's own words, since only its last value has a day; and that value."""
    value = _VALUE.match(said.text, listed.last)
    if value is None or is_threshold(said.text, name, value):
        return []
    measured = specimen_of(said.text, name, listed.end)
    if not measured.known:
        return []
    last = _observation(said, name, value, listed.iso or said.time, measured)
    told = said.text[listed.start : listed.end].strip()
    start = said.span.start + listed.start
    place = Place(said.context.document_id, start, start + len(told), told)
    label = name.group() + ("变化" if re.search(r"[一-鿿]", name.group()) else " trend")
    whole = replace(last, name=named(label, measured.label), value=told, number=None, unit=None, place=place)
    return [whole, last] if listed.iso else [whole]


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


_DIGITS = tuple("0123456789")
_TIME_UNIT = re.compile(
    r"\s?(?:h|hrs?|hours?|days?|wks?|weeks?|months?|yrs?|years?|/7|/52|/12|小时|天|周|个月|年)(?![\w/])"
)


def _is_score(name: str) -> bool:
    """``Barthel 9/20`` has a value that looks like a day; a pressure has none."""
    return name in scores_out_of() and key_of_test(name) != "blood pressure"


_VITAMIN = re.compile(r"(?i)\bvit(?:amin|\.)?\s?$|维生素$")


def _not_a_value(name: str, text: str, match: re.Match[str], value: re.Match[str]) -> bool:
    gap, after = text[match.end() : value.start()], text[value.end() :]
    if of_another_dimension(name, value["unit"]):
        return True
    if (
        name in doubtful_names()
        and ("\n" in gap or len(gap) > 3)
        and not gap.strip(" (（").startswith(_DIGITS)
    ):
        return True
    if name == "K" and (
        _VITAMIN.search(text[: match.start()])
        or (not gap and value["value"][:1] in "1234" and "." not in value["value"])
    ):
        return True  # vitamin K1, a prosthetic level K2
    if _impossible(name, value["value"]):
        return True
    if _ORDINAL.match(after) or _TIME_UNIT.match(after):
        return True
    if kind_of(name) is ObservationKind.LAB and (" / " in value["value"] or re.match(r"\s/\s[\d-]", after)):
        return True  # the first of a list without days is not the value of now
    if is_amount_given(text, match, value) or is_threshold(text, match, value):
        return True
    if name in {"P", "R"} and not _among_vitals(text, match, value):
        return True
    bare_fraction = re.match(r"(?:\d{1,2}/\d{1,2})$", value["value"].strip())
    return bool(bare_fraction) and name not in scores_out_of() and key_of_test(name) != "blood pressure"


_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_VITAL_SIGN = re.compile(
    r"(?<![A-Za-z])(?:T|BP|HR|P|R|RR|SpO2|Temp|temp|sats|SBP|体温|血压|脉搏|呼吸|心率)\s?[:：]?\s?\d"
)


def _among_vitals(text: str, name: re.Match[str], value: re.Match[str]) -> bool:
    """``R 22`` beside a pulse is a breath rate; ``ABI R 0.48, L 0.81`` is a side."""
    if re.match(r"\W{0,3}L(?:eft)?\s?\d", text[value.end() :]) or "." in value["value"]:
        return False
    rest = text[: name.start()] + " " + text[value.end() :]
    return bool(_VITAL_SIGN.search(rest))


def _impossible(name: str, value: str) -> bool:
    """A short name with a figure that no such measurement has: ``T 4``, ``P 12/3``, ``BP 90``."""
    number = re.sub(r"[^\d.]", "", value.split("/")[0]) or "0"
    amount = float(number) if number.count(".") <= 1 and number != "." else 0.0
    if name == "T":
        return not (30 <= amount <= 43 or 86 <= amount <= 110)
    if name in {"P", "HR", "pulse", "R"} and "/" in value:
        return True
    if key_of_test(name) == "blood pressure":
        return "/" not in value
    if name in {"P", "PR", "HR", "pulse", "脉搏", "心率"}:
        return amount < 20
    return name == "K" and amount > 12


def _observation(
    said: _Sentence, name: re.Match[str], value: re.Match[str], time: str | None, measured: Specimen
) -> Observation:
    text, start = said.text, value.start("value")
    raw = value["value"]
    unit = (value["unit"] or "").strip() or None
    if unit and unit.startswith("/") and unit[1:].isdigit():
        raw, unit = text[start : value.end()], None
    cell = None if unit else _UNIT_CELL.match(text, value.end())
    kind = kind_of(name.group())
    flagged = value.groupdict().get("flag") or re.search(r"[↑↓]", text[name.end() : start])
    label = measured.label or ("" if is_blood_test(name.group()) else said.heading.label)
    begin = name.start() if 0 <= start - name.end() < 25 else start
    quote = text[begin : value.end()].rstrip()
    place_start = said.span.start + begin
    return Observation(
        name=named(name.group(), label),
        value=raw.strip(),
        kind=kind,
        place=Place(said.context.document_id, place_start, place_start + len(quote), quote),
        unit=unit or (cell["unit"] if cell else None),
        number=number_of(raw.strip()),
        time=time,
        abnormal=True if flagged and kind is ObservationKind.LAB else None,
        note=value.groupdict().get("mark") or None,
    )
