"""Which line opens a new note, and what it says of it: kind, day, author.

Owns note headers, framed or bare, and lines that open with a date. Refuses to know section headings inside a note.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from assistant.records.chinese_titles import signed_only
from assistant.records.closing_entries import amends_the_discharge, is_letter_out
from assistant.records.dates import ChartDates, DateToken
from assistant.records.layout_state import Open, State
from assistant.records.note_authors import AUTHOR, author_of
from assistant.records.observation_names import observation_names
from assistant.records.procedure_names import pattern as procedure_pattern
from assistant.records.section_names import HAN, NoteRow, key_of, section_names
from assistant.records.sections import Note
from assistant.records.text_spans import Span
from assistant.records.ward_stages import opens_a_stage

DECORATION = re.compile(r"^[\s=#*_~\-–—【\[<>|▲△◆●■★※@+]*")


_FRAMED = re.compile(
    r"^\s*(?:={2,}|#{2,6}|#(?=\s)|\*{2,}|-{2,}|>{2,}|[»▶■]+|【|\[|~{2,}|[—–](?=[^\n一-鿿]*[—–]\s*$))\s*(?P<head>(?:[^=\n】\]~]|~(?=\d))*?)\s*(?:={2,}|#{1,6}|\*{2,}|-{2,}|<{2,}|】|\]|~{2,}|[—–]\s*$|$)"
)
_BEHIND_A_SENTENCE = re.compile(r"[a-z)]{3}[.;]\s+(?=[A-Z])")
"""``AFP sent 14/09 - awaited. USS 03/09: ...``: the picture is told behind something else, and heads no entry."""
_ARRANGEMENTS = re.compile(r"(?i)(?:follow[- ]?up|f/u|appointments?|appts)\b")
_IDENTITY = re.compile(
    r"(?i)\b(?:adm(?:it(?:ted)?)?|DOB|MRN|NHS|date of (?:birth|admission|discharge)|attending|consultant|PCP|GP|LOS)\b|住院号|入院日期|出院日期|姓名|床号"
)
_PERSON = re.compile(r"(?i)\b(?:DOB|MRN)\b|住院号|床号")
_HEAD_OF_THE_CHART = 400
_IDENTITY_REACH = 80
"""A GP named at the end of a long entry makes no identity line of it."""


def open_note(line: Span, state: State, dates: ChartDates) -> Span | None:
    """Reads a note header; returns the text after it, the line itself where it is none, None where nothing is left."""
    head_end, framed = _header_extent(line.text)
    if head_end is None:
        return line
    bare = DECORATION.sub("", line.text[:head_end]).strip(" :：=】]*#-")
    rest = Span(line.start + head_end, line.end, line.text[head_end:])
    if framed and opens_a_stage(bare, line.start, state):
        return rest if any(c.isalnum() for c in rest.text) else None
    if _lists_dates(line, state, dates, framed=framed):
        return line
    if framed and _ARRANGEMENTS.match(bare) and state.note.discharge:
        state.open = Open("follow_up", bare, "block", line.start)
        return rest if any(c.isalnum() for c in rest.text) else None
    row = None if _titles_the_stay(bare) else _note_row(bare, framed=framed, dates=dates)
    if row is not None and _heads_no_entry(row, bare, line, rest, state, dates, framed=framed):
        return line
    if row is not None and line.start == 0 and framed and row.section in {"consult", "progress", "therapy"}:
        row = None  # `*** GENERAL SURGERY - ENCOUNTER PRINT ***`: the chart's own title
    if row is None:
        key = section_names().label.get(key_of(bare)) if framed else None
        if key is None or not any(c.isalnum() for c in rest.text):
            return line
        state.open = Open(key, bare, "block", line.start)
        return rest
    token = dates.first(bare)
    if row.section == "imaging" and not framed and _BEHIND_A_SENTENCE.search(bare):
        return line
    if _is_remark(row, token, bare, dates, framed=framed):
        return line
    previous = state.note
    date = dates.iso(token, with_time=True) if token else None
    story = state.open is not None and state.open.section in _STORY and not framed
    if date and story and dates.admitted and date[:10] < dates.admitted.isoformat():
        return line
    if date is None and _same_day(row, bare, rest, previous, framed=framed):
        date = previous.date
    discharge = (row.discharge or amends_the_discharge(bare, date, previous)) or (
        previous.discharge
        and row.section not in {"imaging", "admission", "progress", "consult"}
        and token is None
        and not framed
    )
    state.note = Note(previous.index + 1, row.section, bare, date, author_of(bare), discharge, line.start)
    state.base = row.section if row.section != "imaging" or framed else "progress"
    key = section_names().label.get(key_of(re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", bare)))
    state.open = Open(key, bare, "block", line.start) if key else None
    if row.section == "imaging" and rest.text:
        state.open = Open("imaging", bare, "line", line.start)
    signed = signed_only(rest.text, dates)
    if signed is not None:
        written = dates.iso(signed, with_time=True)
        state.note = replace(state.note, date=state.note.date or written)
        return None
    return rest if any(c.isalnum() for c in rest.text) else None


def _heads_no_entry(
    row: NoteRow, bare: str, line: Span, rest: Span, state: State, dates: ChartDates, *, framed: bool
) -> bool:
    """Whether words that name a kind of note stand here as a line of another part."""
    if framed:
        late = False
    elif state.note.discharge and row.section in {"results", "vitals"}:
        late = True  # `Bloods 22/09 WCC 6.1` among the last words of a stay
    else:  # `门诊：1月后...` at the end of a stay is no clinic's entry
        token = dates.first(bare)
        day = dates.iso(token) if token else None
        to_come = day is None or (state.note.date is not None and day > state.note.date[:10])
        late = to_come and state.note.discharge and row.section == "admission"
    heads_a_list = section_names().section_of(bare) in {"home_medications", "discharge_medications"}
    # `## Medicines before admission` is no admission note.
    return late or (row.section == "admission" and heads_a_list and not rest.text.strip())


def _titles_the_stay(bare: str) -> bool:
    """``ADMISSION -> DISCHARGE``: the title of a whole chart."""
    return bool(re.search(r"(?i)\badmission\b", bare) and re.search(r"(?i)\bdischarge\b", bare))


def _lists_dates(line: Span, state: State, dates: ChartDates, *, framed: bool) -> bool:
    """An appointment of a list, the identity line of the chart or the head of a table: dated, but no header."""
    if state.open and state.open.section in {"follow_up", "pending"} and line.text[:1] in " \t•-*":
        return True
    early = state.note.index == 0 or (line.start < _HEAD_OF_THE_CHART and _PERSON.search(line.text))
    if _IDENTITY.search(line.text[:_IDENTITY_REACH]) and early and not framed:
        return True
    return len(_date_columns(line.text, dates)) >= 2


def _is_remark(row: NoteRow, token: DateToken | None, bare: str, dates: ChartDates, *, framed: bool) -> bool:
    """A line that names a kind of note without opening one: undated and long, or of a day after the discharge."""
    if token is None:
        return not framed and (row.section == "imaging" or len(bare) > 40)
    if not framed and _runs_on(bare, token):
        return True
    left = dates.discharged
    return left is not None and (dates.iso(token) or "") > left.isoformat() and not row.discharge


def _runs_on(bare: str, token: DateToken) -> bool:
    """``ITU overnight for noradrenaline, weaned 04/11 06:00``: words that go on up to the date tell of something."""
    named = section_names().note_word.match(bare)
    between = bare[named.end() : token.start] if named and token.start > named.end() else ""
    return len(re.findall(r"(?<![\w/])[a-z][a-z/-]*(?![\w/])", between)) >= _WORDS_OF_PROSE


_WORDS_OF_PROSE = 3


def _same_day(row: NoteRow, bare: str, rest: Span, previous: Note, *, framed: bool) -> bool:
    """An undated addendum, nurse's line or first set of results is of the note before it."""
    if re.search(r"(?i)addendum|补记|更正|\bRN\b|S/N", bare):
        return True
    if row.section in {"therapy", "nursing", "pharmacy"} and not framed and previous.section != "admission":
        return True
    results = row.section == "results" and previous.section == "admission"
    return results and not framed and any(c.isalnum() for c in rest.text)


def _date_columns(text: str, dates: ChartDates) -> list[DateToken]:
    """Dates that stand apart as the column heads of a table."""
    tokens = dates.tokens(text)
    return [t for a, t in pairwise(tokens) if not re.search(r"[^\s|]", text[a.end : t.start])]


_KEEPS_ITS_DATES = {
    "follow_up",
    "pending",
    "discharge_medications",
    "discharge_orders",
    "orders",
    "instructions",
    "home_medications",
}


_STORY = {"history_of_present_illness", "chief_complaint", "past_medical_history", "social_history"}


def note_date(line: Span, state: State, dates: ChartDates) -> None:
    """A line that opens with a date is an entry of that day, whatever follows."""
    section = state.open.section if state.open else state.base
    lead = re.match(r"[\s*•>\-]*", line.text)
    at, kind = _past_kind(line.text, lead.end() if lead else 0, dates)
    token = dates.first(line.text[at : at + 24])
    if token is None or token.start > 0 or section in _KEEPS_ITS_DATES or _date_columns(line.text, dates):
        return
    rest = line.text[at + token.end :]
    if section == "header" and len(rest.split()) < _WORDS_OF_PROSE:
        return  # a date of the chart's head, not an entry
    spaced = rest[:1] in " \t:：" and (rest[:2].strip() or token.time or _WORDS_BEHIND.match(rest))
    if (token.weak and not spaced) or state.note.discharge:
        return
    iso = dates.iso(token, with_time=True)
    named = kind or section_names().note_word.match(rest.lstrip(" \t:："))
    row = section_names().note.get(named.group().casefold()) if named else None
    if iso and dates.admitted and section in _STORY and iso[:10] < dates.admitted.isoformat():
        return  # `25 May: left calf DVT`: what came before the stay is part of its story
    opened = state.open is not None and state.open.reach == "block" and not state.open.inline
    headed = opened or bool(state.note.heading)
    base = section if headed and section in {"imaging", "results"} else "progress"
    if row is not None and not row.discharge and row.section != "orders":
        base = row.section
    on_last_day = iso and dates.discharged and iso[:10] == dates.discharged.isoformat()
    said = row is not None and row.discharge and not _EXPECTED.match(rest)
    leaves = bool(on_last_day and (said or _LEAVES.match(rest)))
    base = "condition_at_discharge" if leaves else base
    state.note = Note(state.note.index + 1, base, "", iso, None, leaves, line.start)
    state.base, state.open = base, None


_WORDS_BEHIND = re.compile(r"[ \t]{2,4}(?=[A-Z(][A-Za-z])")
"""``06.10  Unit rounds``: a gap of some spaces, and words."""
_DAY_OF_STAY = re.compile(
    r"(?i)术后第?\s?[\d一二三四五六七八九十]{1,2}[天日]|(?:POD|HD|day)\s?#?\d{1,2}(?=[\s,:(])"
)
"""``术后第3天 04-14：...``, ``POD 3 04/14 ...``."""


def _past_kind(text: str, at: int, dates: ChartDates) -> tuple[int, re.Match[str] | None]:
    """``Progress note 12/30 Hospital day 3. ...``: where the day stands behind the kind of entry, and the kind."""
    kind = _DAY_OF_STAY.match(text, at) or section_names().note_word.match(text, at)
    if kind and len(kind.group()) > 2 and dates.first(text[kind.end() : kind.end() + 3 + 21]):
        gap = dates.tokens(text[kind.end() : kind.end() + 24])[0].start
        if gap <= 2:
            return kind.end() + gap, kind
    return at, None


_EXPECTED = re.compile(r"(?i)\W*(?:plan\w*|expected|likely|pending|delayed|cancel\w*)\b|\W*(?:计划|预计)")
_LEAVES = re.compile(
    r"(?i)[\s:：,–-]*(?:for |fit for |going )?(?:home|discharged?|d/c|dc'?d?)(?!\w)(?!\s*(?:meds|BP|O2|oxygen|visit|planning|delayed|tomorrow))|[\s:：]*(?:今日|予以?|患者)?(?:出院|回家)(?!前|后|计划)"
)
"""The last entry of a stay: ``21/6 home. T36.8 ...``."""


def _header_extent(text: str) -> tuple[int | None, bool]:
    """Where a possible note header ends: its frame, its colon, or the end of a short line."""
    framed = _FRAMED.match(text)
    if framed and framed["head"].strip() and len(framed["head"]) < 90:
        return framed.end(), True
    stripped = text.rstrip()
    colon = re.search(r"(?<!\d)[:：](?!\d\d(?!\d))|(?<=\d)[:：](?=\s|$)|(?<=\d)：", stripped)
    if colon and colon.start() <= 80:
        before = re.search(r"(?:[.;。；]\s+|\s{3,})(?=(?:(?!\s{3})[^.;。；])*$)", stripped[: colon.start()])
        if before and section_names().section_of(stripped[before.end() : colon.start()]):
            return before.end(), False  # `10/11 home. Meds: ...`: the header ends before the label
        return colon.end(), False
    if len(stripped) <= 90:
        return len(stripped), False
    return None, False


def _note_row(bare: str, *, framed: bool, dates: ChartDates) -> NoteRow | None:
    names = section_names()
    key = _CLOCK.sub("", key_of(bare))
    if not bare or len(bare) > 110:
        return None
    word = _BARE_ZH_NOTE.fullmatch(bare)
    if word:
        return (
            NoteRow(section="admission", words=[])
            if word[1] == "入院"
            else NoteRow(section="condition_at_discharge", words=[], discharge=True)
        )
    day = dates.first(bare)
    dated = day is not None
    if day is not None and is_letter_out(bare, dates.iso(day), dates.discharged):
        return NoteRow(section="condition_at_discharge", words=[], discharge=True)
    heads = names.section_of(bare)
    if (
        bare.isupper()
        and len(bare.split()) <= 6
        and heads not in {"discharge_medications", "home_medications"}
    ):
        left = next((names.note[m.group().casefold()] for m in names.note_word.finditer(bare)), None)
        if left is not None and left.discharge:
            return left
    if heads in _OF_THE_LEAVING and HAN.search(bare) and key not in names.note:
        return None  # `护理出院指导` heads what the patient is told, no nurse's entry
    if key in names.note and (
        framed or dated or bare.isupper() or names.note[key].section in {"admission"} or HAN.search(bare)
    ):
        return names.note[key]
    if key in names.label:
        return None
    if not (dated or framed):
        return None
    # `15-Mar` is a day in March, no MAR.
    days = [(t.start, t.end) for t in dates.tokens(bare)]
    matches = [m for m in names.note_word.finditer(bare) if not any(a <= m.start() < b for a, b in days)]
    if not matches:
        return _dated_only(bare, dates)
    if not framed and not _header_like(bare, dates):
        return None
    rows = [names.note[m.group().casefold()] for m in matches]
    for row in rows:
        if row.discharge:
            return row
    first = rows[0]
    # A speciality named beside a note kind (`Surgery WR`) leaves the kind to decide.
    if first.section == "consult" and any(r.section in {"admission", "orders"} for r in rows[1:]):
        return next(r for r in rows[1:] if r.section in {"admission", "orders"})
    return first


_OF_THE_LEAVING = {"discharge_orders", "discharge_medications", "home_medications", "instructions", "pending"}
_CLOCK = re.compile(r"\s+(?:at )?\d{1,2}[:.]?\d\d(?:\s?h(?:rs)?)?$")
"""``ED note  15:40``: a time of day behind the name of an entry."""
_BARE_ZH_NOTE = re.compile(
    r"(?:20\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*(?:\d\d[:：]\d\d\s*)?(入院|出院)\s*[一-鿿]{0,4}"
)
_LEFT_OF_HEADER = re.compile(r"(?i)[\d/:.\-–,()（）\s@h]+|\b(?:am|pm|hrs|the|by|note|day|for|of|and|on)\b")


def _header_like(bare: str, dates: ChartDates) -> bool:
    """A header is a kind of note with its date, time and author, and little else."""
    left = bare
    for token in reversed(dates.tokens(bare)):
        left = left[: token.start] + " " + left[token.end :]
    left = AUTHOR.sub(" ", left)
    left = re.sub(r"[（(][^（()）]*[)）]", " ", left)
    left = section_names().note_word.sub(" ", left)
    left = _LEFT_OF_HEADER.sub(" ", left)
    if HAN.search(left):
        return len(re.sub(r"\s", "", left)) <= 8
    return len(left.split()) <= 4


def _dated_only(bare: str, dates: ChartDates) -> NoteRow | None:
    """A line that opens with a date, an author or nothing else: ``07/11`` or ``08/17`` or ``2/6 Dr Lee``."""
    token = dates.first(bare)
    if token is None or token.start > 3:
        return None
    left = AUTHOR.sub(" ", bare[token.end :])
    left = re.sub(r"[（(][^（()）]*[)）]|\d{1,2}[:：]\d\d|[\s,–\-]", "", left)
    if observation_names()[2].match(f"{left}："):
        return None  # `9月13日 血培养：...` is a result of that day
    if procedure_pattern().fullmatch(left):
        return None  # `5/13 腰穿：家属不同意，没做`: without its name the rest says nothing
    return NoteRow(section="progress", words=[]) if len(left) <= 3 else None
