"""Measurements of a chart: tables with date columns, inline values, vital signs, scores, reports.

Owns names, values, units and times as written, and which values the record itself calls erroneous (haemolysed,
mislabelled, another patient's sample). Refuses to judge what is normal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from assistant.domain.record import Assertion, Observation, ObservationKind, Place
from assistant.records.dates import ChartDates, DateToken
from assistant.records.sections import Segment
from assistant.records.strikeouts import cues
from assistant.records.text_spans import Span, inside

_MARKS = "^*†‡§#@&◇◆▲△※★☆¶"
_NUM = r"[<>≤≥~≈]?\s?[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[<>≤≥~≈]?\s?\d+(?:\.\d+)?"
_UNIT = (
    r"(?:mmHg|mmol/mol|[mμuµnp]?mol/[lL]|mmol|mEq/L|[mμuµnp]?g/d?[lLm][lL]?|g/dL|[mk]?[IU]{1,2}/m?[lL]|U/L|IU/L|×\s?10\^?\d+/L|x\s?10\^?\d+/L|kPa|"
    r"ms|s(?![a-z])|sec|mm/h|cm|mm|m(?![A-Za-z])|kg/m2|kg|lbs?|°?C|℃|°?F|bpm|/min|次/分|次/min|mL/h|ml/h|mL/min(?:/1\.73)?|/10|/15|/30|/56|/100|%|g/L|pg/ml|秒|米|级|分)"
)
_VALUE = re.compile(
    rf"(?P<value>(?:{_NUM})(?:\s?[/／]\s?\d+(?!\s?/)(?=\D|$))?(?:\s?[-–~](?=\d)\s?\d+(?:\.\d+)?)?)(?P<mark>[{re.escape(_MARKS)}]?)\s{{0,2}}(?P<unit>{_UNIT})?"
)
_SERIES = re.compile(rf"\s*(?:->|→|=>)\s*(?P<value>{_NUM})(?P<unit>\s?{_UNIT})?")


@cache
def _names() -> tuple[re.Pattern[str], dict[str, ObservationKind], re.Pattern[str]]:
    raw = yaml.safe_load(Path(__file__).with_name("observations.yaml").read_text(encoding="utf-8"))
    rows = TypeAdapter(dict[str, list[str]]).validate_python(raw)
    kinds: dict[str, ObservationKind] = {}
    for key in ("vital", "lab", "function"):
        for name in rows[key]:
            kinds.setdefault(name, ObservationKind(key))
            if len(name) > 3:
                kinds.setdefault(name.casefold(), ObservationKind(key))
    han = re.compile(r"[一-鿿]")

    def part(name: str) -> str:
        left = "" if han.match(name) else r"(?<![A-Za-z0-9/'’-])"
        right = "" if han.search(name[-1]) else r"(?![A-Za-z])"
        body = re.escape(name)
        return rf"{left}{body if len(name) <= 3 or han.search(name) else f'(?i:{body})'}{right}"

    ordered = sorted({n for k in ("vital", "lab", "function") for n in rows[k]}, key=len, reverse=True)
    value_names = re.compile(_alternatives(ordered))
    reports = sorted(rows["imaging"] + rows["micro"], key=len, reverse=True)
    report = re.compile(
        rf"^\W*(?:{'|'.join(part(n) for n in reports)})(?P<rest>[^:：\n]{{0,40}})(?P<sep>[:：]|\s-\s|\s(?=neg|no growth|normal|sinus|阴性|正常))"
    )
    return value_names, kinds, report


def _alternatives(ordered: Sequence[str]) -> str:
    """One pattern for all names, longest first, with the outer bounds tested once a position and not once a name."""
    han = re.compile(r"[一-鿿]")
    mixed = [n for n in ordered if not han.match(n) and han.match(n[-1])]
    latin = [n for n in ordered if not han.match(n) and not han.match(n[-1])]
    chinese = [re.escape(n) + ("" if han.match(n[-1]) else "(?![A-Za-z])") for n in ordered if han.match(n)]
    long = "|".join(re.escape(n) for n in latin if len(n) > 3)
    short = "|".join(re.escape(n) for n in latin if len(n) <= 3)
    joined = "|".join(re.escape(n) for n in mixed)
    return (
        rf"(?<![A-Za-z0-9/'’-])(?=[A-Za-z0-9])(?:(?:{joined})|(?:(?i:{long})|{short})(?![A-Za-z]))"
        rf"|(?=[一-鿿])(?:{'|'.join(chinese)})"
    )


@dataclass(frozen=True)
class _Reader:
    dates: ChartDates
    document_id: str


def read_observations(
    segments: Sequence[Segment], dates: ChartDates, document_id: str, struck: Sequence[tuple[int, int]] = ()
) -> list[Observation]:
    """All measurements in order; those the record withdraws carry ``ERRONEOUS``."""
    reader = _Reader(dates, document_id)
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
        tables = _tables(segment, dates)
        for lines in tables:
            found += _table(lines, segment, reader)
        covered = [(lines[0].start, lines[-1].end) for lines in tables]
        for sentence in segment.sentences:
            if inside(covered, sentence.start):
                continue
            if errors and errors[-1][0].end >= sentence.end:
                found += _inline(sentence, segment, reader)
                continue
            remark = _footnote(sentence, segment)
            if cues().lab_error.search(remark.text):
                errors.append((remark, segment))
            found += _inline(sentence, segment, reader)
    found.sort(key=lambda o: o.place.start)
    marked = [
        replace(o, assertion=Assertion.ERRONEOUS) if inside(struck, o.place.start) else o for o in found
    ]
    for sentence, segment in errors:
        marked = _strike_values(marked, sentence, segment, dates)
    return marked


_FOOTNOTE = re.compile(rf"\s*(?P<mark>[{re.escape(_MARKS)}]{{1,2}})\s*(?=\S)")


def _footnote(sentence: Span, segment: Segment) -> Span:
    """A footnote (``# 23:30 tube ...``) with all its sentences: the whole line; else the sentence itself."""
    if not _FOOTNOTE.match(sentence.text):
        return sentence
    offset = sentence.start - segment.span.start
    end = segment.span.text.find("\n", offset)
    end = len(segment.span.text) if end < 0 else end
    return Span(sentence.start, segment.span.start + end, segment.span.text[offset:end])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _tables(segment: Segment, dates: ChartDates) -> list[list[Span]]:
    """Runs of lines headed by two or more dates or times that stand apart."""
    out: list[list[Span]] = []
    start = segment.span.start
    lines = []
    for piece in segment.span.text.splitlines(keepends=True):
        lines.append(Span(start, start + len(piece), piece))
        start += len(piece)
    current: list[Span] = []
    for line in lines:
        if len(_columns(line.text, dates)) >= 2:
            if len(current) > 1:
                out.append(current)
            current = [line]
        elif (current and (_row_like(line.text) or _TIMES_ONLY.match(line.text))) or (
            current and line.text.strip() and set(line.text.strip()) <= set("-|+=: ")
        ):
            current.append(line)
        else:
            if len(current) > 1:
                out.append(current)
            current = []
    if len(current) > 1:
        out.append(current)
    return out


_TIMES_ONLY = re.compile(r"^\s*(?:\([\w ]{2,12}\)\s*)?(?:\d{1,2}[:：]\d\d[\s|]*){2,}$")
_NO_TEST = re.compile(r"(?i)^(?:条件|吸氧|氧疗|时间|O2|oxygen|device|time|date|flow)\b|^(?:条件|时间|吸氧)$")
_UNIT_IN_NAME = re.compile(
    r"(?<=[A-Za-z一-鿿+\-\d])\s*(?P<unit>mmHg|kPa|(?:[mμµnp]?mol|[mμµnp]?g|m?IU|U)/(?:L|l|dl|dL|ml|mL)|[×x]10\^?\d+/L|kg|%)$"
)


def _columns(text: str, dates: ChartDates) -> list[tuple[int, int, DateToken]]:
    tokens = dates.tokens(text)
    if len(tokens) < 2:
        return []
    rest = text
    for token in reversed(tokens):
        rest = rest[: token.start] + " " + rest[token.end :]
    if len(re.sub(r"[\s|]", "", rest)) > 40 or re.search(r"[。;；]", rest):
        return []
    apart = all(
        re.fullmatch(r"[\s|]*(?:\d\d:\d\d[\s|]*)?", text[a.end : b.start]) for a, b in pairwise(tokens)
    )
    return [(t.start, t.end, t) for t in tokens] if apart else []


_CELL = re.compile(
    r"(?<!\S)(?:(?:[<>≤≥]\s?)?\d[\d,]*(?:\.\d+)?(?:/\d+)?)\S{0,4}(?:\s[*†‡§#@&△※★^]{1,2})?(?!\S)|(?<!\S)(?:neg|pos|-+|—|n/a|阴性|阳性)(?!\S)",
    re.IGNORECASE,
)


def _row_like(text: str) -> bool:
    cells = text.replace("|", " ")
    name = re.match(r"\s*[^\d\s][^\n]*?(?=\s{2,}|\s[\d<>]|\t|\s*$)", cells)
    words = re.findall(r"[A-Za-z]{3,}|[一-鿿]{2,}", _CELL.sub(" ", cells[name.end() :])) if name else []
    return (
        bool(name)
        and len(words) <= 1
        and bool(_CELL.search(cells))
        and not re.search(r"[:：;；。]", re.sub(r"\([^)]*\)", "", text))
        and len(text) < 160
    )


def _table(lines: list[Span], segment: Segment, reader: _Reader) -> list[Observation]:
    header = lines[0]
    columns = _columns(header.text, reader.dates)
    piped = header.text.count("|") >= 2
    out: list[Observation] = []
    times = _column_times(header, lines[1:2], columns)
    for row in lines[1:]:
        name_match = re.match(r"[\s|]*(?P<name>[^|\t\n]*?[^\s|])(?=\s{2,}|\s*\||\t|\s+[<>≤≥]?\d)", row.text)
        if name_match is None or _NO_TEST.match(name_match["name"].strip()) or _TIMES_ONLY.match(row.text):
            continue
        cells = list(_CELL.finditer(row.text.replace("|", " ").replace("\t", " "), name_match.end()))
        for column, cell in _aligned(cells, columns, header.text, row.text, piped):
            out += _cell(row, name_match, cell, column, times.get(column.start), reader)
    return out


def _column_times(
    header: Span, second: Sequence[Span], columns: list[tuple[int, int, DateToken]]
) -> dict[int, str]:
    """Times of day that stand in a line of their own under the dates, by the start of the date's column."""
    if not second or not _TIMES_ONLY.match(second[0].text):
        return {}
    out: dict[int, str] = {}
    for clock in re.finditer(r"(\d{1,2})[:：](\d\d)", second[0].text):
        near = min(
            columns, key=lambda c: abs(_width(header.text[: c[0]]) - _width(second[0].text[: clock.start()]))
        )
        out.setdefault(near[0], f"{int(clock[1]):02d}:{clock[2]}")
    return out


def _aligned(
    cells: list[re.Match[str]], columns: list[tuple[int, int, DateToken]], header: str, row: str, piped: bool
) -> list[tuple[DateToken, re.Match[str]]]:
    if piped:
        pairs = []
        for cell in cells:
            at = row[: cell.start()].count("|")
            for start, _, token in columns:
                if header[:start].count("|") == at:
                    pairs.append((token, cell))
        return pairs
    if len(cells) == len(columns):
        return [(c[2], cell) for c, cell in zip(columns, cells, strict=True)]
    pairs, used = [], -1
    places = [(_width(header[:s]), _width(header[:e])) for s, e, _ in columns]
    for cell in cells:
        left, right = _width(row[: cell.start()]), _width(row[: cell.end()])
        best = min(
            range(len(places)),
            key=lambda i: min(
                abs(places[i][0] - left), abs((places[i][0] + places[i][1]) - (left + right)) // 2
            ),
        )
        if best > used and abs(places[best][0] - left) <= 6:
            pairs.append((columns[best][2], cell))
            used = best
    return pairs


def _cell(
    row: Span, name: re.Match[str], cell: re.Match[str], column: DateToken, clock: str | None, reader: _Reader
) -> list[Observation]:
    raw = row.text[cell.start() : cell.end()]
    value = re.match(r"(?:[<>≤≥]\s?)?\d[\d,]*(?:\.\d+)?(?:/\d+)?|[A-Za-z阴阳性/]+", raw)
    if value is None:
        return []
    label = name["name"].strip(" :：")
    unit = re.search(r"[(（]([^()（）]*)[)）]", label)
    bare = re.sub(r"\s*[(（][^()（）]*[)）]", "", label).strip()
    glued = _UNIT_IN_NAME.search(bare)
    if glued and glued.start() > 1:
        bare = bare[: glued.start()].strip()
    rest = raw[value.end() :].strip()
    time = reader.dates.iso(column, with_time=True)
    if clock and time and "T" not in time:
        time = f"{time}T{clock}"
    place = Place(
        reader.document_id, row.start + cell.start(), row.start + cell.start() + value.end(), value.group()
    )
    return [
        Observation(
            name=bare or label,
            value=value.group(),
            kind=_kind(bare),
            place=place,
            unit=unit[1] if unit and not unit[1][:1].isdigit() else glued["unit"] if glued else None,
            number=_number(value.group()),
            time=time,
            note=rest if rest and rest[0] in _MARKS else None,
            abnormal=True if re.match(r"(?i)[HL↑↓]\b|[↑↓]", rest) else None,
        )
    ]


def _kind(name: str) -> ObservationKind:
    _, kinds, _ = _names()
    return kinds.get(name) or kinds.get(name.casefold()) or ObservationKind.LAB


def _number(value: str) -> float | None:
    bare = value.replace(",", "").strip()
    return float(bare) if re.fullmatch(r"\d+(?:\.\d+)?", bare) else None


_DAY = r"(?P<date>\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?(?:\s\d\d:\d\d)?)"
_DATED = re.compile(rf"\s+(?:on )?\(?{_DAY}\)?\s?[:：]\s?")
_LATER_DAY = re.compile(rf"(?<=\s){_DAY}\s?[:：]\s?(?P<value>{_NUM})(?P<unit>\s?{_UNIT})?(?![\w/])")


def _day(text: str, reader: _Reader) -> str | None:
    token = reader.dates.first(text)
    return reader.dates.iso(token, with_time=True) if token else None


_DIGIT = re.compile(r"\d")
_BARE_SATS = re.compile(
    r"(?i)(?<![\d./-])(?P<value>(?:100|[5-9]\d)\s?%)\s?(?=\s*(?:\(?(?:on )?(?:RA|room air|air|\d(?:\.\d)?\s?L|O2|NC|venturi|空气|吸氧)))"
)
_TODAY = re.compile(
    rf"(?i)(?:\b(?:today|now|this morning)|今日|今晨|今天|现)\s?[:：]?\s?(?P<value>\d+(?:\.\d+)?)\s?(?P<unit>{_UNIT})"
)
_SEP = re.compile(
    r"^\s{0,2}(?:[:=：]|was|is|of|at|为|约)?\s{0,2}(?:(?:level|about|approx)\s)?(?:\([^()]{1,20}\)\s?)?"
)


def _inline(sentence: Span, segment: Segment, reader: _Reader) -> list[Observation]:
    names, _, _ = _names()
    text = sentence.text
    out = _report(sentence, segment, reader)
    if not _DIGIT.search(text):
        return out
    # Figures of an imaging report are sizes and levels; only what echo and lung function measure is a value.
    pictured = segment.section == "imaging" or any(
        o.kind is ObservationKind.IMAGING and not _BEDSIDE.search(text[:24]) for o in out
    )
    time = _time(text, segment, reader)
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
        if pictured and _kind(match.group()) is not ObservationKind.FUNCTION:
            continue
        end = value.end()
        said = _day(dated["date"], reader) if dated else None
        out.append(_observation(sentence, segment, reader, match, value.start("value"), value, said or time))
        last_end = end
        later = _LATER_DAY.search(text, end) if dated else None
        while later:
            said = _day(later["date"], reader)
            out.append(
                _observation(sentence, segment, reader, match, later.start("value"), later, said or time)
            )
            end = last_end = later.end()
            later = _LATER_DAY.search(text, end)
        series = _SERIES.match(text, end)
        while series:
            out.append(_observation(sentence, segment, reader, match, series.start("value"), series, time))
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
                    number=_number(match["value"]),
                    place=Place(reader.document_id, start, start + len(quote), quote),
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
                            Place(reader.document_id, start, start + len(value_text), value_text), "%",
                            _number(value_text.rstrip("% ")), time)
            )  # fmt: skip
    return out


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
    if re.match(r"(?i)\s?(?:mg|mcg|units?|tabs?|puffs?)(?![a-z/])", after) and not re.match(
        r"(?i)\s?m?c?g\s?/", after
    ):
        return True
    if _is_threshold(text, match, value):
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
_GOAL = re.compile(
    r"(?i)(?:\b(?:target|targets|goal|aim(?:ing)?(?: for)?|keep(?:ing)?|maintain|titrat\w+(?: to)?|accept|allow|baseline|usual(?:ly)?|normally|bl|基础|基线|平素|平时)(?: (?:of|is|an?|the|for))?|目标|控制在|维持|保持|<|>|≥|≤)\s*$"
)
_GOAL_AFTER = re.compile(r"(?i)^\W{0,2}(?:target|goal|目标)|^\s?(?:or (?:more|less|above|below)|以[上下])")
_CRITERION = re.compile(
    r"(?i)\b(?:if|when|until|till|once|unless|criteria|in case|should|provided|only after|as long as|whenever)\b|(?<![A-Za-z])(?:restart|resume|hold|call|ring|seek)\b|若|如果|如(?!下|前|常)|一旦|直至|直到|待|时恢复|恢复条件|后恢复|方可|再(?:用|启用|恢复)"
)
_COMPARED = re.compile(
    r"(?i)^\s?(?:[<>≤≥]|小于|大于|低于|高于|不超过|不低于|below|above|under|over|less than|greater than|more than|at least|at most)"
)
_RESTARTS_BEHIND = re.compile(
    r"^[^。;；\n]{0,40}?(?:时|后|再)[^。;；，,\n]{0,10}(?:恢复|重启|加用|使用|用|停|就诊)|^[^。;；\n]{0,30}(?:恢复|重启)"
)


def _is_threshold(text: str, match: re.Match[str], value: re.Match[str]) -> bool:
    """A target, a limit or a criterion is no result: ``target 88-92%``, ``if K <5.0``, ``复查肌酐<80时恢复``."""
    left = max((m.end() for m in re.finditer(r"[。;；]|\.\s", text[: match.start()])), default=0)
    before, gap = text[left : match.start()], text[match.end() : value.start()]
    after = text[value.end() :]
    if (
        _GOAL.search(before.rstrip())
        or _GOAL.search(gap.strip() or "-")
        or re.search(r"(?i)\b(?:target|goal)s?\b|目标", gap)
    ):
        return True
    if re.match(r"(?i)\s*(?:target|goal|aim)\b|\s*目标", text[match.end() :]):
        return True
    compared = bool(_COMPARED.match(text[match.end() :])) or value["value"].strip()[:1] in tuple("<>≤≥")
    if compared and _kind(match.group()) is ObservationKind.VITAL:
        return True
    if not compared:
        tail = re.search(
            r"(?i)\b(?:if|when|until|once|unless)\b[^,;，；]*$|(?:若|如果|一旦|直至)[^,;，；]*$", before
        )
        return bool(tail)
    if _CRITERION.search(before) or _RESTARTS_BEHIND.match(after):
        return True
    return bool(re.match(r"^[\s%a-zA-Z/μ]{0,10}(?:且|并|and\b|or\b|或)", after)) and bool(
        _CRITERION.search(text) or _RESTARTS_BEHIND.match(after)
    )


def _observation(
    sentence: Span,
    segment: Segment,
    reader: _Reader,
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
        kind=_kind(name.group()),
        place=Place(reader.document_id, sentence.start + begin, sentence.start + begin + len(quote), quote),
        unit=unit,
        number=_number(raw.strip()),
        time=time,
        note=mark,
    )


def _time(text: str, segment: Segment, reader: _Reader) -> str | None:
    token = reader.dates.first(text[:24], strong_only=False)
    if token is not None and not (token.weak and segment.section in {"header"}):
        iso = reader.dates.iso(token, with_time=True)
        if iso and (segment.note.date is None or iso[:10] <= segment.note.date[:10]):
            return iso
    return segment.note.date


_BEDSIDE = re.compile(
    r"(?i)\b(?:ECG|EKG|UA|dip|urinalysis|cultures?|endoscopy|EGD|OGD)\b|心电图|尿常规|血常规|培养"
)


def _report(sentence: Span, segment: Segment, reader: _Reader) -> list[Observation]:
    """A report or culture in words: ``CXR: no consolidation``."""
    _, _, report = _names()
    lead = reader.dates.first(sentence.text[:20])
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
                    Place(reader.document_id, begin, end if text == sentence.text[begin - sentence.start:] else begin + len(text), text),
                    time=_time(sentence.text, segment, reader))
    ]  # fmt: skip


def _strike_values(
    found: list[Observation], error: Span, segment: Segment, dates: ChartDates
) -> list[Observation]:
    """Marks the values that an error remark withdraws: by mark, by name and value, or the line before it."""
    text = error.text
    cue = cues().lab_error.search(text)
    if cue is None:
        return found
    repeat = cues().repeat.search(text)
    cut = repeat.start() if repeat and repeat.start() > 0 else len(text)
    quoted = _QUOTED_FIGURE.search(text[: cue.end() + 24])
    if quoted and -4 <= cue.start() - quoted.end() <= 16:
        # `16.2 kg <<< slip "26.1 kg" WRONG`: the quoted figure is withdrawn, and the one beside it stands.
        return [
            replace(o, assertion=Assertion.ERRONEOUS, note=_own_reason(text))
            if o.value == quoted["value"]
            else o
            for o in found
        ]
    named = [(o.name.casefold(), o.value) for o in found if error.start <= o.place.start < error.start + cut]
    lead = _FOOTNOTE.match(text)
    mark = lead["mark"] if lead else None
    out = []
    hit = False
    for o in found:
        inside = error.start <= o.place.start < error.start + cut
        same = any(o.value == v and _same_name(o.name, n) for n, v in named) and o.place.start < error.end
        marked = mark is not None and (o.note or "") and o.note == mark[: len(o.note or "")]
        if inside or same or marked:
            hit = True
            out.append(replace(o, assertion=Assertion.ERRONEOUS, note=_own_reason(error.text)))
        else:
            out.append(o)
    if hit:
        return out
    by_value = _same_figure(found, error, text[:cut])
    if by_value is not None:
        out[by_value] = replace(found[by_value], assertion=Assertion.ERRONEOUS, note=_own_reason(text))
        return out
    return _strike_line_before(out, error, mark, segment)


def _own_reason(error: str) -> str:
    """The record's own words for why a value is withdrawn, without the repeat's value."""
    repeat = cues().repeat.search(error)
    text = error[: repeat.start()] if repeat and repeat.start() > 12 else error
    return re.sub(r"\s+", " ", text).strip(f" {_MARKS}-–—,，.。;；:：(（")[:160]


_SYNONYMS = [
    {"hb", "hgb", "haemoglobin", "hemoglobin", "血红蛋白"}, {"plt", "plts", "platelets", "血小板"}, {"k", "potassium", "血钾", "钾"},
    {"na", "sodium", "血钠", "钠"}, {"ca", "calcium", "total ca", "血钙", "钙"}, {"cr", "creat", "creatinine", "肌酐", "血肌酐"},
    {"glucose", "glu", "bg", "bm", "cbg", "血糖"}, {"trop", "troponin", "hs-trop", "tni", "tnt", "hs-ctni", "肌钙蛋白"}, {"wbc", "wcc", "白细胞"},
    {"wt", "weight", "体重"}, {"bp", "blood pressure", "血压"},
]  # fmt: skip


def _same_name(one: str, two: str) -> bool:
    a, b = one.casefold(), two.casefold()
    return a == b or any(a in group and b in group for group in _SYNONYMS)


_QUOTED_FIGURE = re.compile(r"[\"“'‘](?P<value>\d+(?:\.\d+)?)\s?[^\"”'’\s]{0,8}[\"”'’]")


def _same_figure(found: list[Observation], error: Span, head: str) -> int | None:
    """The last laboratory value before the remark whose figure the remark repeats: ``Level 3.9 - tube was ...``."""
    figures = set(re.findall(r"(?<![\d.:/-])\d+(?:\.\d+)?(?![\d:/-]|\.\d|\s?(?:床|月|日|年))", head))
    figures = {f for f in figures if "." in f or len(f) >= 2}
    earlier = [
        i
        for i, o in enumerate(found)
        if o.place.end <= error.start
        and o.value in figures
        and o.kind in {ObservationKind.LAB, ObservationKind.VITAL}
    ]
    return earlier[-1] if earlier else None


def _strike_line_before(
    found: list[Observation], error: Span, mark: str | None, segment: Segment
) -> list[Observation]:
    """A remark without a value (``sample was mislabelled``) withdraws the named test just before it."""
    names, _, _ = _names()
    cut = cues().repeat.search(error.text)
    head = error.text[: cut.start()] if cut and cut.start() > 0 else error.text
    named = {m.group().casefold() for m in names.finditer(head)}
    before = [
        i
        for i, o in enumerate(found)
        if o.place.end <= error.start and o.kind in {ObservationKind.LAB, ObservationKind.VITAL}
    ]
    if not before:
        return found
    chosen: set[int] = set()
    if named:
        for name in named:
            matching = [i for i in before if _same_name(found[i].name, name)]
            chosen |= set(matching[-1:])
    elif re.search(
        r"(?i)\b(?:gas|ABG|VBG|sample|specimen|bloods|results?|panel|values?)\b|标本|血样|结果|血气",
        error.text,
    ):
        last = found[before[-1]]
        near = error.start - last.place.end < 60
        if near or mark:
            chosen = set(_same_line(found, before, segment))
    return [
        replace(o, assertion=Assertion.ERRONEOUS, note=_own_reason(error.text)) if i in chosen else o
        for i, o in enumerate(found)
    ]


def _same_line(found: list[Observation], before: list[int], segment: Segment) -> list[int]:
    """The values that share the line, or the sentence, of the last one before the remark."""
    last = found[before[-1]]
    offset = last.place.start - segment.span.start
    if offset < 0:
        return before[-1:]
    line = segment.span.start + segment.span.text.rfind("\n", 0, offset) + 1
    return [i for i in before if found[i].place.start >= line]
