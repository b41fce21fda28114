"""Result tables of a chart: names down the side, dates (and times of day) across the top.

Owns which lines are a table and which cell stands under which date. Refuses to judge what is normal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.domain.record import Observation, Place
from assistant.records.dates import ChartDates, DateToken
from assistant.records.observation_names import MARKS, kind_of, number_of, observation_names
from assistant.records.sections import Segment
from assistant.records.text_spans import Span


@dataclass(frozen=True)
class ChartContext:
    """What a reader of measurements needs beside the text: the chart's dates and the document's id."""

    dates: ChartDates
    document_id: str


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _heading(segment: Segment, text: str) -> list[Span]:
    """The line above the segment, where it was taken for the heading of a note: ``BLOODS   04/11   09/11``."""
    end = segment.span.start
    start = text.rfind("\n", 0, max(0, end - 1)) + 1
    taken = segment.note.start == start and text[end - 1 : end] == "\n"
    return [Span(start, end, text[start:end])] if taken else []


def result_tables(segment: Segment, dates: ChartDates, text: str = "") -> list[list[Span]]:
    """Runs of lines headed by two or more dates or times that stand apart."""
    out: list[list[Span]] = []
    start = segment.span.start
    lines = _heading(segment, text)
    for piece in segment.span.text.splitlines(keepends=True):
        lines.append(Span(start, start + len(piece), piece))
        start += len(piece)
    current: list[Span] = []
    for line in lines:
        if len(date_columns(line.text, dates)) >= 2:
            if len(current) > 1:
                out.append(current)
            current = [line]
        elif current and _dates_its_own(line.text, dates, date_columns(current[0].text, dates)):
            continue
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
_IS_UNIT = re.compile(r"^[^\d一-鿿][^一-鿿]*$|^(?:秒|次/分|级|分|厘米|毫米|米)$|/")
"""``(空腹)`` beside a name says how the sample was taken, no unit."""
_UNIT_IN_NAME = re.compile(
    r"(?<=[A-Za-z一-鿿+\-\d])\s*(?P<unit>mmHg|kPa|(?:[mμµunp]?mol|[mμµunp]?g|m?IU|m?U)/(?:L|l|dl|dL|ml|mL)|[×x]10\^?\d+/L|kg|%)$"
)


def date_columns(text: str, dates: ChartDates) -> list[tuple[int, int, DateToken]]:
    tokens = dates.tokens(text)
    if len(tokens) < 2:
        tokens = _dotted_days(text, dates)
    if len(tokens) < 2:
        return []
    rest = text
    for token in reversed(tokens):
        rest = rest[: token.start] + " " + rest[token.end :]
    if len(re.sub(r"[\s|]", "", rest)) > 40 or re.search(r"[。;；]", rest):
        return []
    apart = all(
        re.fullmatch(rf"{_WHICH_OF_DAY}?[\s|│]*(?:\d\d:\d\d[\s|│]*)?", text[a.end : b.start])
        for a, b in pairwise(tokens)
    )
    return [(t.start, t.end, t) for t in tokens] if apart else []


_WHICH_OF_DAY = r"(?:[(（]?(?:复查?|复测|重[抽采测]|晨|早|中午?|晚|夜|凌晨|上午|下午|急查?|术[前后]|入院|出院|空腹)[)）]?)"
"""``11-21复``, ``1.6凌晨``: which sample of that day a column holds."""
_DOTTED_DAY = re.compile(r"(?<![\d.])(?P<month>1[0-2]|[1-9])\.(?P<day>3[01]|[12]\d|[1-9])(?![\d.])")
_FEWEST_DOTTED = 3


def _dotted_days(text: str, dates: ChartDates) -> list[DateToken]:
    """``1.5   1.6凌晨   1.9   1.13`` over a Chinese table: days in order, of the stay's months, and nothing else."""
    found = [
        DateToken(m.start(), m.end(), int(m["month"]), int(m["day"]), None, None, True)
        for m in _DOTTED_DAY.finditer(text)
    ]
    left = re.sub(_WHICH_OF_DAY, "", _DOTTED_DAY.sub("", text))
    left = re.sub(r"项目|日期|指标|检验|化验|时间", "", left)
    if not dates.dashed or len(found) < _FEWEST_DOTTED or re.search(r"\w", left):
        return []
    days = [dates.iso(t) or "" for t in found]
    first = dates.admitted.isoformat() if dates.admitted else days[0]
    last = dates.discharged.isoformat() if dates.discharged else days[-1]
    return found if days == sorted(days) and first <= days[0] and days[-1] <= last else []


_CELL = re.compile(
    r"(?<!\S)(?:(?:[<>≤≥]\s?)?\d[\d,]*(?:\.\d+)?(?:/\d+)?)\S{0,4}(?:\s[*†‡§#@&△※★^]{1,2})?(?!\S)|(?<!\S)(?:neg|pos|-+|—|n/a|阴性|阳性)(?!\S)",
    re.IGNORECASE,
)


def _row_like(text: str) -> bool:
    cells = text.replace("|", " ")
    name = re.match(r"\s*(?:\d{1,2}[-(（]?(?=[A-Za-z羟]))?[^\d\s][^\n]*?(?=\s{2,}|\s[\d<>]|\t|\s*$)", cells)
    words = re.findall(r"[A-Za-z]{3,}|[一-鿿]{2,}", _CELL.sub(" ", cells[name.end() :])) if name else []
    return (
        bool(name)
        and len(words) <= 1
        and bool(_CELL.search(cells))
        and not re.search(r"[:：;；。]", re.sub(r"\([^)]*\)", "", text))
        and len(text) < 160
    )


_FIGURE_BEHIND = re.compile(r"\s{0,2}[:：=]?\s{0,2}(?:[<>≤≥]\s?)?\d")
_IN_BRACKETS = re.compile(r"\d[^\s()（）]{0,8}\s?[(（](?P<day>[\d/.月日号-]{3,10})[)）]")


def _dates_its_own(text: str, dates: ChartDates, columns: Sequence[tuple[int, int, DateToken]]) -> bool:
    """``LDL-C 2.9（10/30）  HbA1c 5.7%`` under a table: a second test in the line, or a day behind a value, and no cell of a day."""
    first = _CELL.search(text.replace("|", " "))
    bracket = _IN_BRACKETS.search(text)
    own_day = dates.first(bracket["day"]) if bracket else None
    if own_day and any(own_day.month == column[2].month for column in columns):
        return True  # in another month `WBC 12 (4-10)` is a range
    names = observation_names()[0]
    return first is not None and any(
        text[name.start() - 1].isspace() and _FIGURE_BEHIND.match(text, name.end())
        for name in names.finditer(text, first.end())
        if len(name.group()) > 1
    )


def read_table(lines: list[Span], segment: Segment, context: ChartContext) -> list[Observation]:
    header = lines[0]
    columns = date_columns(header.text, context.dates)
    piped = header.text.count("|") >= 2
    out: list[Observation] = []
    times = _column_times(header, lines[1:2], columns)
    for row in lines[1:]:
        name_match = re.match(r"[\s|]*(?P<name>[^|\t\n]*?[^\s|])(?=\s{2,}|\s*\||\t|\s+[<>≤≥]?\d)", row.text)
        if name_match is None or _NO_TEST.match(name_match["name"].strip()) or _TIMES_ONLY.match(row.text):
            continue
        cells = list(_CELL.finditer(row.text.replace("|", " ").replace("\t", " "), name_match.end()))
        for column, cell in _aligned(cells, columns, header.text, row.text, piped):
            out += cell_value(row, name_match, cell, column, times.get(column.start), context)
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


def cell_value(
    row: Span,
    name: re.Match[str],
    cell: re.Match[str],
    column: DateToken,
    clock: str | None,
    context: ChartContext,
) -> list[Observation]:
    """The value of one cell, by its row's or column's name and its day; none where the cell holds no value."""
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
    time = context.dates.iso(column, with_time=True)
    if clock and time and "T" not in time:
        time = f"{time}T{clock}"
    place = Place(
        context.document_id, row.start + cell.start(), row.start + cell.start() + value.end(), value.group()
    )
    return [
        Observation(
            name=bare or label,
            value=value.group(),
            kind=kind_of(bare),
            place=place,
            unit=unit[1] if unit and _IS_UNIT.search(unit[1]) else glued["unit"] if glued else None,
            number=number_of(value.group()),
            time=time,
            note=rest if rest and rest[0] in MARKS else None,
            abnormal=True if re.match(r"(?i)[HL↑↓]\b|[↑↓]", rest) else None,
        )
    ]
