"""Measurements of a chart: tables with date columns, inline values, vital signs, scores, reports.

Owns names, values, units and times as written, and which values the record itself calls erroneous (haemolysed,
mislabelled, another patient's sample). Refuses to judge what is normal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.domain.record import Assertion, Observation, ObservationKind, Place
from assistant.records.dates import ChartDates
from assistant.records.erroneous_values import footnote_of, strike_values
from assistant.records.observation_names import MARKS, NUMBER, UNIT, kind_of, number_of, observation_names
from assistant.records.result_tables import ChartContext, read_table, result_tables
from assistant.records.sections import Segment
from assistant.records.strikeouts import cues
from assistant.records.text_spans import Span, inside
from assistant.records.thresholds import is_threshold

_VALUE = re.compile(
    rf"(?P<value>(?:{NUMBER})(?:\s?[/／]\s?\d+(?!\s?/)(?=\D|$))?(?:\s?[-–~](?=\d)\s?\d+(?:\.\d+)?)?)(?P<mark>[{re.escape(MARKS)}]?)\s{{0,2}}(?P<unit>{UNIT})?"
)
_SERIES = re.compile(rf"\s*(?:->|→|=>)\s*(?P<value>{NUMBER})(?P<unit>\s?{UNIT})?")


def read_observations(
    segments: Sequence[Segment], dates: ChartDates, document_id: str, struck: Sequence[tuple[int, int]] = ()
) -> list[Observation]:
    """All measurements in order; those the record withdraws carry ``ERRONEOUS``."""
    context = ChartContext(dates, document_id)
    found: list[Observation] = []
    errors: list[tuple[Span, Segment]] = []
    for segment in segments:
        if segment.section in {
            "family_history",
            "home_medications",
            "discharge_medications",
            "instructions",
            "follow_up",
            "pending",
            "past_medical_history",
            "social_history",
        }:
            continue
        tables = result_tables(segment, dates)
        for lines in tables:
            found += read_table(lines, segment, context)
        covered = [(lines[0].start, lines[-1].end) for lines in tables]
        for sentence in segment.sentences:
            if inside(covered, sentence.start):
                continue
            if errors and errors[-1][0].end >= sentence.end:
                found += _inline(sentence, segment, context)
                continue
            remark = footnote_of(sentence, segment)
            if cues().lab_error.search(remark.text):
                errors.append((remark, segment))
            found += _inline(sentence, segment, context)
    found.sort(key=lambda o: o.place.start)
    marked = [
        replace(o, assertion=Assertion.ERRONEOUS) if inside(struck, o.place.start) else o for o in found
    ]
    for sentence, segment in errors:
        marked = strike_values(marked, sentence, segment, dates)
    return marked


_DAY = r"(?P<date>\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?(?:\s\d\d:\d\d)?)"
_DATED = re.compile(rf"\s+(?:on )?\(?{_DAY}\)?\s?[:：]\s?")
_LATER_DAY = re.compile(rf"(?<=\s){_DAY}\s?[:：]\s?(?P<value>{NUMBER})(?P<unit>\s?{UNIT})?(?![\w/])")


_COLUMNS = re.compile(rf"(?:\s*\|\s*(?:{NUMBER}|-+)(?:\s?{UNIT})?)*\s*\|\s*(?P<last>{NUMBER})(?![\w/])")
_CLOSING_DAY = re.compile(rf"\s*\(\s?{_DAY}\s?\)")


def _day(text: str, context: ChartContext) -> str | None:
    token = context.dates.first(text)
    return context.dates.iso(token, with_time=True) if token else None


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


def _inline(sentence: Span, segment: Segment, context: ChartContext) -> list[Observation]:
    names, _, _ = observation_names()
    text = sentence.text
    out = _report(sentence, segment, context)
    if not _DIGIT.search(text):
        return out
    # Figures of an imaging report are sizes and levels; only what echo and lung function measure is a value.
    pictured = segment.section == "imaging" or any(
        o.kind is ObservationKind.IMAGING and not _BEDSIDE.search(text[:24]) for o in out
    )
    fluid = _OTHER_FLUID.search(text)
    time = _time(text, segment, context)
    last_end = 0
    for match in names.finditer(text):
        if match.start() < last_end:
            continue
        dated = _DATED.match(text, match.end())
        sep = None if dated else _SEP.match(text[match.end() :])
        at = dated.end() if dated else match.end() + (sep.end() if sep else 0)
        value = _VALUE.match(text, at)
        if value is None or _not_a_value(match.group(), text, match, value):
            continue
        if pictured and kind_of(match.group()) is not ObservationKind.FUNCTION:
            continue
        if fluid and fluid.start() < match.start():
            continue
        end = value.end()
        columns = _COLUMNS.match(text, end)
        if columns and not dated:
            # `Cr 141 | 150 | 138 (09/10)`: of a row whose columns have no dates only the last, if dated, has a time.
            last_end = columns.end()
            closing = _CLOSING_DAY.match(text, columns.end())
            final = _VALUE.match(text, columns.start("last"))
            if closing and final:
                said = _day(closing["date"], context)
                out.append(_observation(sentence, segment, context, match, final.start("value"), final, said))
            continue
        said = _day(dated["date"], context) if dated else None
        out.append(_observation(sentence, segment, context, match, value.start("value"), value, said or time))
        last_end = end
        later = _LATER_DAY.search(text, end) if dated else None
        while later:
            said = _day(later["date"], context)
            out.append(
                _observation(sentence, segment, context, match, later.start("value"), later, said or time)
            )
            end = last_end = later.end()
            later = _LATER_DAY.search(text, end)
        series = _SERIES.match(text, end)
        while series:
            out.append(_observation(sentence, segment, context, match, series.start("value"), series, time))
            last_end = series.end()
            series = _SERIES.match(text, last_end)
    for match in _TODAY.finditer(text):
        same = [
            o
            for o in out
            if o.unit and o.unit == match["unit"].strip() and o.place.end <= sentence.start + match.start()
        ]
        if same:
            start = sentence.start + match.start("value")
            quote = text[match.start("value") : match.end()]
            out.append(
                replace(
                    same[0],
                    value=match["value"],
                    number=number_of(match["value"]),
                    place=Place(context.document_id, start, start + len(quote), quote),
                )
            )
    for match in _BARE_SATS.finditer(text):
        if not any(
            o.place.start <= sentence.start + match.start("value") < o.place.end
            for o in out
            if o.kind is ObservationKind.VITAL
        ):
            start = sentence.start + match.start("value")
            value_text = match["value"]
            out.append(
                Observation("SpO2", value_text.rstrip("% "), ObservationKind.VITAL,
                            Place(context.document_id, start, start + len(value_text), value_text), "%",
                            number_of(value_text.rstrip("% ")), time)
            )  # fmt: skip
    return out


_OTHER_FLUID = re.compile(
    r"(?:\b(?:UA|U/A|CSF|MSU|(?i:urinalysis|urine|dipstick|dip|ascitic fluid|ascites|pleural fluid|synovial|joint fluid|stool))\b|尿常规|尿检|脑脊液|胸水|腹水|关节液|便常规)(?!\s?(?:output|culture|cx|out))"
)
"""Cells, glucose and protein named after these are counted in that fluid, not in blood."""

_TIME_UNIT = re.compile(
    r"\s?(?:h|hrs?|hours?|days?|wks?|weeks?|months?|yrs?|years?|/7|/52|/12|小时|天|周|个月|年)(?![\w/])"
)
_DOUBTFUL = {
    "T",
    "P",
    "R",
    "K",
    "CAT",
    "CT",
    "PT",
    "PR",
    "TB",
    "DB",
    "BE",
    "MRC",
    "EF",
    "pain",
    "Pain",
    "BC",
    "TC",
    "TG",
    "Ur",
    "BI",
    "GBS",
    "sat",
    "iron",
    "flexion",
    "VAS",
}


def _not_a_value(name: str, text: str, match: re.Match[str], value: re.Match[str]) -> bool:
    gap = text[match.end() : value.start()]
    if name in _DOUBTFUL and ("\n" in gap or len(gap) > 3):
        return True
    number = re.sub(r"[^\d.]", "", value["value"].split("/")[0]) or "0"
    amount = float(number) if number.count(".") <= 1 and number != "." else 0.0
    if name == "T" and not (30 <= amount <= 43 or 86 <= amount <= 110):
        return True
    if name in {"P", "HR", "pulse", "R"} and "/" in value["value"]:
        return True
    if name in {"BP", "blood pressure", "血压"} and "/" not in value["value"]:
        return True
    if name in {"P", "PR", "HR", "pulse", "脉搏", "心率"} and amount < 20:
        return True
    if name == "K" and amount > 12:
        return True
    after = text[value.end() :]
    if re.match(r"(?:st|nd|rd|th)\b", after) or _TIME_UNIT.match(after):
        return True
    if re.match(r"(?i)\s?(?:mg|mcg|units?|tabs?|puffs?)(?![a-z/])", after) and not re.match(
        r"(?i)\s?m?c?g\s?/", after
    ):
        return True
    if is_threshold(text, match, value):
        return True
    if _BLOOD_PRODUCT.search(name) and re.match(r"(?i)\s?(?:U|单位|units?|袋)(?![/A-Za-z])", after):
        return True
    return bool(
        re.match(r"(?:\d{1,2}/\d{1,2})$", value["value"].strip())
        and name
        not in {
            "BP",
            "blood pressure",
            "血压",
            "pain",
            "Pain",
            "GCS",
            "MoCA",
            "MMSE",
            "Berg",
            "BBS",
            "AMT",
            "AMTS",
            "FIM",
            "Barthel",
            "BI",
            "MRC",
            "VAS",
            "NRS",
            "4AT",
            "pain score",
            "PHQ-9",
            "GAD-7",
            "Borg",
        }
    )


_BLOOD_PRODUCT = re.compile(r"(?i)^(?:红细胞|血小板|血浆|白蛋白|platelets|albumin|plts?)$")


def _observation(
    sentence: Span,
    segment: Segment,
    context: ChartContext,
    name: re.Match[str],
    start: int,
    value: re.Match[str],
    time: str | None,
) -> Observation:
    text = sentence.text
    raw = value["value"]
    unit = (value["unit"] or "").strip() or None
    if unit and unit.startswith("/") and unit[1:].isdigit():
        raw, unit = text[start : value.end()], None
    begin = (
        name.start()
        if start == value.start("value") and start - name.end() < 25 and start >= name.end()
        else start
    )
    end = value.end()
    quote = text[begin:end].rstrip()
    mark = value.groupdict().get("mark") or None
    return Observation(
        name=name.group(),
        value=raw.strip(),
        kind=kind_of(name.group()),
        place=Place(context.document_id, sentence.start + begin, sentence.start + begin + len(quote), quote),
        unit=unit,
        number=number_of(raw.strip()),
        time=time,
        note=mark,
    )


def _time(text: str, segment: Segment, context: ChartContext) -> str | None:
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


_BEDSIDE = re.compile(
    r"(?i)\b(?:ECG|EKG|UA|dip|urinalysis|cultures?|endoscopy|EGD|OGD)\b|心电图|尿常规|血常规|培养"
)


def _report(sentence: Span, segment: Segment, context: ChartContext) -> list[Observation]:
    """A report or culture in words: ``CXR: no consolidation``."""
    _, _, report = observation_names()
    lead = context.dates.first(sentence.text[:20])
    at = lead.end if lead and lead.start <= 3 else 0
    match = report.match(sentence.text[at:])
    heading = segment.label or segment.note.heading
    if match is None:
        if (
            segment.section != "imaging"
            or segment.span.start > sentence.start
            or sentence.start - segment.span.start > 3
        ):
            return []
        name = re.sub(r"[\d/:.\-]{3,}", "", heading).strip(" :：-*=(") or "imaging"
        begin = sentence.start
    else:
        name = match.group().strip(" :：-*")
        begin = sentence.start + at + match.end()
    end = sentence.end
    text = sentence.text[begin - sentence.start :].strip()
    if len(text) < 3 or (
        match and re.match(r"(?i)^\s*(?:booked|planned|requested|pending|await|sent|待|拟)", text)
    ):
        return []
    begin = sentence.start + sentence.text.index(text, begin - sentence.start)
    return [
        Observation(name[:60], text, ObservationKind.IMAGING if segment.section == "imaging" or match else ObservationKind.LAB,
                    Place(context.document_id, begin, end if text == sentence.text[begin - sentence.start:] else begin + len(text), text),
                    time=_time(sentence.text, segment, context))
    ]  # fmt: skip
