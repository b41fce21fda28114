"""Rows of a table whose head no reader knows, read as the lines of a list: ``| Apixaban | WITHHELD since 03/02 | |``.

Owns which rows those are, and the way back to the text as given. Refuses tables of results and tables of medicines that name
their columns: those have readers of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.records.medication_heads import columns_of
from assistant.records.section_names import HAN, key_of, section_names
from assistant.records.wrapped_lines import Joined

_BAR = re.compile(r"[|│┃]")
_RULE = re.compile(r"[\s|:+=\-_─━═│┃┌┐└┘├┤┬┴┼]*")
_NUMBER = re.compile(r"#|\(?\d{1,2}[.)、]?|No\.?|序号")
_HEAD_CELL = re.compile(
    r"(?i)(?:#|no\.?|序号|diagnos[ei]s|problems?|conditions?|icd(?:-10)?(?: code)?|appointments?|what|who|when|where|date|day|time|action|tests?|results?"
    r"|drugs?|medicines?|medications?|names?|dos(?:e|age)|freq(?:uency)?|route|field|value|item|details?|information"
    r"|procedures?|operation|allergen|allergy|reaction|severity|status|comments?|notes?|reason|owner|clinic|service|place|code|type|purpose"
    r"|诊断|疾病|药品|药名|药物|剂量|用法|项目|内容|时间|日期|科室|备注|过敏原|反应|结果|手术名?称?|状态|编码|事件|经过|处理|情况|诊疗经过)"
)
_DOSE = re.compile(r"\d|one |two |half ", re.IGNORECASE)
_SECTIONS = {
    "discharge_medications", "home_medications", "discharge_diagnosis", "admission_diagnosis", "past_medical_history", "follow_up",
    "pending", "procedures", "operation", "discharge_orders", "instructions", "assessment", "plan", "hospital_course",
}  # fmt: skip
_MEDICINES = {"discharge_medications", "home_medications"}
_MOST_CELLS = 5


def rows_as_lines(text: str) -> Joined | None:
    """The text with such rows as lines, or None where there are none."""
    if not _BAR.search(text):
        return None
    out: list[str] = []
    offsets: list[int] = []
    lines = text.split("\n")
    rows = _rows_to_read(lines)
    at = 0
    for i, line in enumerate(lines):
        for piece, start in _pieces(line, rows[i]) if i in rows else [(line, 0)]:
            out.append(piece)
            offsets += [min(at + start + k, at + max(len(line) - 1, 0)) for k in range(len(piece))]
        out.append("\n")
        at += len(line) + 1
        offsets.append(at - 1)
    joined = "".join(out)[:-1]
    return Joined(joined, (*offsets[: len(joined)], len(text))) if rows else None


def _rows_to_read(lines: Sequence[str]) -> dict[int, str]:
    """Line number → what joins its first cells, for each row under a heading that asks for a list, or with a label of its own."""
    rows: dict[int, str] = {}
    i, heading = 0, ""
    while i < len(lines):
        if not _BAR.search(lines[i]):
            heading = lines[i] if lines[i].strip() and not _RULE.fullmatch(lines[i]) else heading
            i += 1
            continue
        end = i
        while end < len(lines) and (
            _BAR.search(lines[end]) or (lines[end].strip() and _RULE.fullmatch(lines[end]))
        ):
            end += 1
        block = [n for n in range(i, end) if not _RULE.fullmatch(lines[n])]
        section = _section_of(heading)
        if section in _SECTIONS and block and _reads_as_list([lines[n] for n in block]):
            told = ": " if section == "hospital_course" else " - "
            rows |= dict.fromkeys(range(i, end), " " if section in _MEDICINES else told)
        else:
            rows |= {n: ": " for n in block if _is_labelled(lines[n])}
        i = end
    return rows


def _section_of(heading: str) -> str | None:
    bare = re.sub(r"^\W+|\W+$", "", heading)
    if len(bare) > 60:
        return None
    return section_names().label.get(key_of(bare)) or section_names().section_of(bare)


def _is_labelled(row: str) -> bool:
    """``| Allergy | metronidazole (rash) |`` among the facts of who the patient is."""
    cells = _cells(row)
    if len(cells) != 2:
        return False
    section = _section_of(_ASIDE.sub("", cells[0][1]))
    if HAN.search(cells[0][1]):
        return section is not None and section not in _OF_VALUES
    return section in _LABELLED


_ASIDE = re.compile(r"[（(][^（()）]*[)）]$")
_OF_VALUES = {"results", "imaging", "header"}


_LABELLED = {
    "discharge_diagnosis",
    "admission_diagnosis",
    "past_medical_history",
    "allergies",
    "assessment",
    "disposition",
}


def _reads_as_list(rows: Sequence[str]) -> bool:
    """No head that names a medicine's columns, no dates across the top, no grid of values."""
    return not columns_of(rows[0]) and all(len(_cells(r)) <= _MOST_CELLS for r in rows)


def _cells(row: str) -> list[tuple[int, str]]:
    """``(start, text)`` of each cell that holds something."""
    out, start = [], 0
    for cell in _BAR.split(row):
        bare = cell.strip()
        if bare:
            out.append((start + len(cell) - len(cell.lstrip()), bare))
        start += len(cell) + 1
    return out


def _pieces(row: str, join: str) -> Iterator[tuple[str, int]]:
    """The row as one line: its pieces, each with its start in the row."""
    cells = _cells(row)
    if _RULE.fullmatch(row) or all(_HEAD_CELL.fullmatch(text) for _, text in cells):
        return
    last = 0
    for i, (start, cell) in enumerate(cells):
        if i:
            numbered = i == 1 and _NUMBER.fullmatch(cells[0][1])
            medicines = join == " "
            dose = medicines and _DOSE.match(cell) and (i == 1 or (i == 2 and _NUMBER.fullmatch(cells[0][1])))
            labelled = join == ": " and i == 1
            yield (". " if numbered else join if dose or labelled else " - "), last
        yield cell, start
        last = start + len(cell) - 1
