"""Medicine tables of a chart: a column before admission beside a column at discharge, or columns for dose, route and status.

Owns which lines are such a table and what each row says. Refuses to read a table whose head it does not understand: its
lines are then read as any other text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement, Place
from assistant.records.dose_text import read_dosing
from assistant.records.medication_advice import later_stop
from assistant.records.medication_heads import BARRED, Column, cells_of, columns_of
from assistant.records.medication_holds import restart_of
from assistant.records.medication_items import Mention
from assistant.records.medication_verbs import first_verb, reads_as_hold, reads_as_stop
from assistant.records.sections import Segment
from assistant.records.text_spans import Span, inside

_EMPTY = re.compile(
    r"(?i)\W*(?:nil|none|no|n/?a|not taking|not on|stopped|无|未用|停)?\W*|(?:not (?:prescribed|given))"
)
CHANGE_SAID = {"start": "new", "change": "changed", "continue": "continued"}
"""What the status column says of a medicine that is taken."""
_RULE = re.compile(r"[\s|:+=\-─━│┃┌┐└┘├┤┬┴┼]*")
_PHASES = {
    "home_medications": MedicationPhase.HOME,
    "discharge_medications": MedicationPhase.DISCHARGE,
    "discharge_orders": MedicationPhase.DISCHARGE,
    "orders": MedicationPhase.INPATIENT,
}


@dataclass(frozen=True)
class MedicationTable:
    """What a table says, and the characters of the chart that it covers."""

    statements: tuple[MedicationStatement, ...]
    start: int
    end: int


def read_medication_tables(
    segments: Sequence[Segment],
    mentions: Sequence[Mention],
    document_id: str,
    struck: Sequence[tuple[int, int]] = (),
) -> list[MedicationTable]:
    """Every medicine table, in order."""
    out = []
    for segment in segments:
        lines = list(_lines(segment.span))
        at = 0
        while at < len(lines):
            columns = columns_of(lines[at].text)
            rows = _rows(lines, at + 1, columns) if columns else []
            if columns and rows:
                said = [
                    s
                    for row in rows
                    if not inside(struck, row.start)
                    for s in _row(row, columns, segment, mentions, document_id)
                ]
                if said:
                    out.append(MedicationTable(tuple(said), lines[at].start, rows[-1].end))
                at += len(rows)
            at += 1
    return out


def _lines(span: Span) -> Iterator[Span]:
    start = span.start
    for piece in span.text.splitlines(keepends=True):
        yield Span(start, start + len(piece), piece)
        start += len(piece)


def _rows(lines: Sequence[Span], start: int, columns: Sequence[Column]) -> list[Span]:
    rows: list[Span] = []
    for line in lines[start:]:
        if _RULE.fullmatch(line.text) and line.text.strip():
            rows.append(line)
            continue
        if len([c for c in cells_of(line.text) if c[2].strip()]) < 2:
            break
        rows.append(line)
    while rows and _RULE.fullmatch(rows[-1].text):
        rows.pop()
    return rows


def _by_column(line: str, columns: Sequence[Column]) -> dict[str, tuple[int, str]]:
    """Column key → ``(start in the line, text)``; wide-gap tables with empty cells go by the nearest column head."""
    out: dict[str, tuple[int, str]] = {}
    cells = cells_of(line)
    # Chinese letters are two columns wide: where every cell is filled, their order tells more than their place.
    barred = BARRED.search(line) is not None or len(cells) == 1 + max(c.index for c in columns)
    for index, start, text in cells:
        bare = text.strip()
        at = start + len(text) - len(text.lstrip())
        if barred:
            column = next((c for c in columns if c.index == index), None)
        else:
            column = min(columns, key=lambda c: abs(c.start - at))
        if column is None or not bare:
            continue
        if column.key in out:
            before = out[column.key]
            between = line[before[0] : at + len(bare)]
            out[column.key] = (before[0], f"{before[1]}; {bare}" if barred else between)
        else:
            out[column.key] = (at, bare)
    return out


@dataclass(frozen=True)
class _Row:
    """A medicine's row: its name, and what its cells say by column."""

    name: str
    generic: str | None
    place: Place
    strength: str
    """The words behind the name in its own cell."""
    cells: dict[str, str]
    date: str | None

    def statement(
        self, phase: MedicationPhase, words: str, action: MedicationAction = MedicationAction.TAKE
    ) -> MedicationStatement:
        dosing, status = read_dosing(f" {words}"), self.cells.get("status", "")
        taken = action is MedicationAction.TAKE
        return MedicationStatement(
            name=self.name, phase=phase, action=action, place=self.place, generic=self.generic,
            dose=dosing.dose if taken else None, route=dosing.route if taken else None,
            frequency=dosing.frequency if taken else None,
            duration=(dosing.duration or read_dosing(f" {status}").duration or later_stop(status)) if taken else None,
            reason=None if taken else _why(status), date=self.date,
            condition=restart_of(status) if action is MedicationAction.HOLD else None,
            change=CHANGE_SAID.get(first_verb(status) or "") if taken and phase is MedicationPhase.DISCHARGE else None,
        )  # fmt: skip


def _row(
    line: Span, columns: Sequence[Column], segment: Segment, mentions: Sequence[Mention], document_id: str
) -> Iterator[MedicationStatement]:
    cells = _by_column(line.text, columns)
    named = cells.get("name")
    if named is None or _RULE.fullmatch(line.text):
        return
    begin = line.start + named[0]
    mention = next((m for m in mentions if begin <= m.start and m.end <= begin + len(named[1])), None)
    name = mention.text if mention else re.split(r"\s\d", named[1])[0].strip(" *•-")
    if not name or not re.search(r"[A-Za-z一-鿿]{2}", name):
        return
    row = _Row(
        name,
        mention.generic if mention else None,
        line.sub(named[0], len(line.text)).place(document_id),
        named[1][len(name) :],
        {key: text for key, (_, text) in cells.items()},
        segment.note.date[:10] if segment.note.date else None,
    )
    keys = {c.key for c in columns}
    yield from _before_and_after(row, keys) if keys & {"home", "discharge"} else _as_ordered(row, segment)


def _before_and_after(row: _Row, keys: set[str]) -> Iterator[MedicationStatement]:
    """A column before admission, and perhaps one at discharge."""
    home, leaves, status = (row.cells.get(key, "") for key in ("home", "discharge", "status"))
    strength = read_dosing(row.strength).dose or ""
    if not _EMPTY.fullmatch(home):
        yield row.statement(MedicationPhase.HOME, home if read_dosing(home).dose else f"{strength} {home}")
    if "discharge" not in keys:
        return
    held = reads_as_hold(f"{leaves} {status}")
    if held or _EMPTY.fullmatch(leaves) or reads_as_stop(leaves):
        action = MedicationAction.HOLD if held else MedicationAction.STOP
        yield row.statement(MedicationPhase.DISCHARGE, "", action)
    else:
        words = leaves if read_dosing(leaves).dose else f"{strength} {leaves}"
        yield row.statement(MedicationPhase.DISCHARGE, words)


_BY_PIECE = re.compile(
    r"(?i)(?<![a-z])(?:tab(?:let)?s?|cap(?:sule)?s?|puffs?|sachets?|drops?|sprays?|patch(?:es)?|vials?|amps?|pens?)(?![a-z])|[片粒袋支吸喷贴丸滴揿枚瓶]|^\d+$"
)


def _as_ordered(row: _Row, segment: Segment) -> Iterator[MedicationStatement]:
    """Columns for dose, route and how often: the phase is the section's."""
    discharge = MedicationPhase.DISCHARGE if segment.note.discharge else MedicationPhase.INPATIENT
    usage = " ".join(row.cells[k] for k in ("dose", "route", "often") if k in row.cells)
    own = read_dosing(f" {usage}").dose
    # Of `阿托伐他汀钙片 20mg | 40mg qn` the strength is no dose; of `5mg | 1片 qd` it is part of it.
    words = (
        usage if own and not _BY_PIECE.search(own) else f"{row.strength} {row.cells.get('pack', '')} {usage}"
    )
    status = row.cells.get("status", "")
    # A cell for dose or how often may say it instead: ``│西格列汀 │停 │永不再用│``.
    told = [status, *(c for k in ("dose", "often") if not re.search(r"\d", c := row.cells.get(k, "")))]
    action = MedicationAction.TAKE
    if any(reads_as_hold(cell) for cell in told):
        action = MedicationAction.HOLD
    elif any(reads_as_stop(cell) for cell in told):
        action = MedicationAction.STOP
    yield row.statement(_PHASES.get(segment.section, discharge), words, action)


_VERB_FIRST = re.compile(
    r"(?i)^\W*(?:stop\w*|discontinu\w*|ceased?|withheld|held|hold|on hold|paused?|停用|暂停|停)\W*(?:-|–|:|：|because|due to|as)?\s*"
)


def _why(status: str) -> str | None:
    rest = _VERB_FIRST.sub("", status).strip(" .。")
    cut = re.split(r"(?i)\b(?:(?:do not|don't|not to) )?(?:until|restart|resume)\b|恢复", rest)[0].strip(
        " ,;，；"
    )
    return cut if len(cut) >= 3 else None
