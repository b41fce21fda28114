"""Tables whose days are no columns: a day in front of each row, or days and values parted by slashes.

Owns ``date  Hb  WBC`` over ``08/7  108  19.2`` and ``3 Oct / 8 Oct`` over ``Hb g/L 94 / 90``. Refuses a row whose cells are not
as many as its head has columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.domain.record import Observation
from assistant.records.dates import ChartDates, DateToken
from assistant.records.observation_names import UNIT, observation_names
from assistant.records.result_tables import ChartContext, cell_value
from assistant.records.text_spans import Span

_DAY_COLUMN = re.compile(r"(?i)[\s|]*(?:date|day|日期|时间)[\s|:：]+(?=\S)")
_COLUMN = re.compile(r"(?P<name>[^\s|()（）]+)(?:\s?[(（][^()（）]*[)）])?")
_FIGURE = r"(?:[<>≤≥]\s?)?\d+(?:,\d{3})*(?:\.\d+)?(?:/\d+)?"
_CELL = re.compile(
    rf"(?:{_FIGURE}(?:\s?{UNIT}(?![A-Za-z]))?(?:\s?[(（][^()（）]*[)）])?\s?[↑↓*†]{{0,2}}|[-–—]+|neg|pos|n/a|阴性|阳性)(?=[\s|]|$)"
)
_DAY = r"(?:\d{4}-\d\d-\d\d|\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{2,4})?|\d{1,2} [A-Z][a-z]{2,8}\.?(?: \d{4})?|\d{1,2}月\d{1,2}日|admission|adm|discharge|d/c|入院|出院)"
_DAYS = re.compile(rf"(?:^|[\s:：(（])(?P<days>{_DAY}(?:\s+/\s+{_DAY})+)\s*[)）]?\s*[:：]?\s*$")
_SLASHED = re.compile(
    rf"[\s|•*-]*(?P<name>[^\d\s:：|/][^:：|\n]{{0,38}}?)\s*[:：]?\s+(?P<cells>(?:{_FIGURE}|[-–—]+)(?:\s+/\s+(?:{_FIGURE}|[-–—]+|pending|未回))+)\s*(?:{UNIT})?[\s.;|]*$"
)
_PART = re.compile(rf"{_FIGURE}|[-–—]+|pending|未回")


def read_day_tables(text: str, context: ChartContext) -> tuple[list[Observation], list[tuple[int, int]]]:
    """The values of such tables, and the ranges of the rows that were read."""
    found: list[Observation] = []
    covered: list[tuple[int, int]] = []
    columns: list[re.Match[str]] = []
    days: list[DateToken] = []
    for line in _lines(text):
        if not line.text.strip() or set(line.text.strip()) <= set("-|+=: "):
            continue
        head = _columns(line.text)
        if head:
            columns, days = head, []
            continue
        told = _days(line.text, context.dates)
        if told:
            columns, days = [], told
            continue
        values = _dated_row(line, columns, context) if columns else _slashed_row(line, days, context)
        if values is None:
            columns = []
            days = days if _in_a_list(line.text) else []
            continue
        found += values
        covered.append((line.start, line.end))
    return found, covered


def _lines(text: str) -> Iterator[Span]:
    start = 0
    for piece in text.splitlines(keepends=True):
        yield Span(start, start + len(piece), piece)
        start += len(piece)


def _columns(line: str) -> list[re.Match[str]]:
    lead = _DAY_COLUMN.match(line)
    if lead is None or re.search(r"[。;；]", line):
        return []
    columns = [*_COLUMN.finditer(line.rstrip(), lead.end())]
    known = sum(observation_names()[0].match(c["name"]) is not None for c in columns)
    figures = any(re.fullmatch(r"[\d.,/-]+", c["name"]) for c in columns)
    return columns if known >= 2 and known * 2 >= len(columns) and not figures else []


def _dated_row(line: Span, columns: list[re.Match[str]], context: ChartContext) -> list[Observation] | None:
    begin = len(line.text) - len(line.text.lstrip(" |\t"))
    token = context.dates.first(line.text[begin:])
    if token is None or token.start > 0:
        return None
    rest = line.text.rstrip()
    cells = [*_CELL.finditer(rest, begin + token.end)]
    left = _CELL.sub(" ", rest[begin + token.end :])
    if left.strip(" |\t") or len(cells) != len(columns):
        return [] if len(cells) > 1 and not re.search(r"[A-Za-z一-鿿]{4}", left) else None
    return [
        o
        for column, cell in zip(columns, cells, strict=True)
        for o in cell_value(line, column, cell, token, None, context)
    ]


def _days(line: str, dates: ChartDates) -> list[DateToken]:
    match = _DAYS.search(line)
    if match is None:
        return []
    days = [_token(part, dates) for part in re.split(r"\s+/\s+", match["days"])]
    return [d for d in days if d] if all(days) else []


def _token(said: str, dates: ChartDates) -> DateToken | None:
    stay = {"a": dates.admitted, "入": dates.admitted, "d": dates.discharged, "出": dates.discharged}
    if said[0].casefold() in stay:
        day = stay[said[0].casefold()]
        return DateToken(0, 0, day.month, day.day, day.year, None, False) if day else None
    month_day = re.fullmatch(r"(\d\d)-(\d\d)", said)
    if month_day and not dates.dashed and 1 <= int(month_day[1]) <= 12:
        return DateToken(0, 0, int(month_day[1]), int(month_day[2]), None, None, True)
    return dates.first(said)


def _slashed_row(line: Span, days: list[DateToken], context: ChartContext) -> list[Observation] | None:
    match = _SLASHED.match(line.text.rstrip("\n")) if days else None
    if match is None:
        return None
    cells = [*_PART.finditer(line.text, match.start("cells"), match.end("cells"))]
    if len(cells) != len(days):
        return None
    return [
        o
        for day, cell in zip(days, cells, strict=True)
        if any(c.isdigit() for c in cell.group())
        for o in cell_value(line, match, cell, day, None, context)
    ]


def _in_a_list(line: str) -> bool:
    """``ALT 58 / - / 51 (see note)``: a row that could not be read does not end the table."""
    return len(line) < 80 and bool(re.search(r"\d\s+/\s+[\d-]", line))
