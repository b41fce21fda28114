"""Whether a chart writes the day, the month or the year first.

Owns the signs of it: figures above 12, words of British and American wards, a Chinese text. Refuses to read a date.
"""

from __future__ import annotations

import re

from assistant.records.scores import is_score


def day_first(text: str) -> bool:
    """Day before month, unless values above 12 or a US header say otherwise."""
    day_votes = month_votes = 0
    for m in re.finditer(r"(?<![\d./-])(\d{1,2})/(\d{1,2})(/(?:\d{4}|\d\d))?(?![\d/])", text):
        first, second = int(m[1]), int(m[2])
        if not m[3] and is_score(text, m.start(), m.end()):
            continue
        weight = 20 if m[3] else 1
        if first > 12 >= second and first <= 31 and second >= 1:
            day_votes += weight
        elif second > 12 >= first and second <= 31 and first >= 1:
            month_votes += weight
    if day_votes != month_votes:
        return day_votes > month_votes
    if len(re.findall(r"[一-鿿]", text)) > len(text) / 8:
        return False  # Chinese writes the month first
    american = len(
        re.findall(
            r"\b(?:MRN|PCP|ED|ER|Attending|Hospitalist|acetaminophen|BMP|CBC|q[hH][sS]|PGY\d|SNF|Dispo|TID|QID|Hgb)\b",
            text,
        )
    )
    british = len(
        re.findall(
            r"\b(?:GP|NHS|CHI|TTO|TTA|A&E|U&E|FBC|Consultant|Cons|[Cc]lerking|paracetamol|WCC|TDS|QDS|tds|qds|MFFD|POC)\b",
            text,
        )
    )
    return british >= american


def year_first(g: dict[str, str | None]) -> tuple[str, int, int] | None:
    """``24.11.18`` and ``24/11/18`` of a Chinese chart: its order is year, month, day."""
    for year, month, day in ((g["a2"], g["b2"], g["y2"]), (g["a"], g["b"], g["y"])):
        if (
            year
            and month
            and day
            and len(year) == len(day) == 2
            and 1 <= int(month) <= 12
            and 1 <= int(day) <= 31
        ):
            return (year, int(month), int(day)) if 10 <= int(year) <= 35 else None
    return None
