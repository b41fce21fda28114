"""A guideline as a reference in Vancouver style, with the place in it.

Owns the order and the punctuation: National Library of Medicine, Citing Medicine, 2nd ed., chapters 22 and 25 (works and
web sites whose author is an organisation). Refuses to fill in what the guideline does not say: a missing date is named as
missing, a publisher's town is left out.
"""

from __future__ import annotations

import datetime as dt
import re

from knowledge.types import Guideline

_DATE = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?P<month>\d\d?)(?:-(?P<day>\d\d?))?)?")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def vancouver(
    guideline: Guideline, *, cited: dt.date, section: str = "", page: int | None = None, place_url: str = ""
) -> str:
    """``Author. Title [Internet]. Edition. Date [cited Date]. Section; p. 4. Available from: URL``.

    ``cited`` is the day on which it was read: it stands only where there is an address. ``section`` is a heading path.
    ``place_url`` stands in for the guideline's own address where it has none.
    """
    url = guideline.url or place_url
    title = guideline.title + (" [Internet]" if url else "")
    date = _date(guideline.published) or "[date unknown]"
    when = f"{date} [cited {_day(cited)}]" if url else date
    edition = "" if guideline.edition.strip() == guideline.published.strip() else guideline.edition
    place = "; ".join(part for part in (section.split(" > ")[-1], f"p. {page}" if page else "") if part)
    parts = [guideline.publisher, title, edition, when, place]
    text = " ".join(_stopped(part) for part in parts if part.strip())
    return f"{text} Available from: {url}" if url else text


def _stopped(part: str) -> str:
    clean = " ".join(part.split())
    return clean if clean.endswith((".", "?", "!", "。", "？", "！")) else f"{clean}."


def _date(published: str) -> str:
    """``2023-08`` as ``2023 Aug``; text that is no such date as it stands."""
    found = _DATE.fullmatch(published.strip())
    if not found:
        return " ".join(published.split())
    month = int(found["month"] or 0)
    if not 1 <= month <= 12:
        return found["year"]
    day = f" {int(found['day'])}" if found["day"] else ""
    return f"{found['year']} {_MONTHS[month - 1]}{day}"


def _day(date: dt.date) -> str:
    return f"{date.year} {_MONTHS[date.month - 1]} {date.day}"
