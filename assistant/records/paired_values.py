"""Names in a row with their values in a row: ``身高/体重：152cm / 44kg``, ``Ht/Wt 160 cm / 55 kg``.

Owns which value belongs to which name, by place and by unit, and that a weight is a mass and a height a length. Refuses to
read rows of tests, whose slash may be a ratio.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LENGTH = r"(?:cm|mm|m(?![A-Za-z²/])|in(?:ches)?|ft|厘米|公分|米)"
_MASS = r"(?:kg(?!/)|g(?![A-Za-z/])|lbs?|st|公斤|千克|斤)"
_BODY = {
    "height": re.compile(r"(?i)(?:height|ht|身高|身长)"),
    "weight": re.compile(r"(?i)(?:(?:body )?weight|wt|体重)"),
    "bmi": re.compile(r"(?i)(?:bmi|体质量?指数|体重指数)"),
}
_SAID_LONG = {"ht": "height", "wt": "weight"}
"""Alone ``Ht`` may be the haematocrit."""
_UNIT_OF = {"height": re.compile(rf"(?i){_LENGTH}"), "weight": re.compile(rf"(?i){_MASS}")}
_OTHER_OF = {"height": _UNIT_OF["weight"], "weight": _UNIT_OF["height"]}
_NAME = r"(?:[A-Za-z]{2,8}|[一-鿿]{2,6}?)(?:\s?[(（]\s?[A-Za-z/²0-9一-鿿]{1,5}\s?[)）])?"
_JOIN = r"(?:\s?[/／、&]\s?|(?<=身高)(?=体重)|(?<=体重)(?=身高))"
_UNIT = r"[A-Za-z一-鿿]{1,6}(?:/m[2²])?"
_CELL = rf"(?:[<>≈约]?\s?\d[\d.]*\s?(?:{_UNIT})?|[一-鿿]{{1,4}})"
_ROW = re.compile(
    rf"(?<![A-Za-z一-鿿/])(?P<names>{_NAME}(?:{_JOIN}{_NAME}){{1,3}})(?:\s*[:：=|]\s*|\s{{1,4}})"
    rf"(?P<values>{_CELL}(?:\s?[/／、,，;；]\s?{_CELL}){{1,3}})(?![\d/])"
)
_FIGURE = re.compile(rf"(?P<value>\d+(?:\.\d+)?)\s?(?P<unit>{_UNIT})?")


@dataclass(frozen=True)
class Paired:
    """``name`` as written or in full, ``value`` as written, and where the value begins in the text; ``end`` is the end of the whole row."""

    name: str
    value: str
    unit: str | None
    start: int
    begin: int
    end: int


def of_another_dimension(name: str, unit: str | None) -> bool:
    """A weight in centimetres, a height in kilograms."""
    kind = _kind(name)
    other = _OTHER_OF.get(kind or "")
    return bool(other and unit and other.fullmatch(unit.strip()))


def paired_values(text: str) -> Iterator[Paired]:
    """The height, weight and BMI of rows that name them together; none where names and values differ in number."""
    for row in _ROW.finditer(text):
        names = re.split(_JOIN, row["names"])
        if not any(_kind(name) for name in names):
            continue
        cells = list(re.finditer(_CELL, row["values"]))
        if len(cells) != len(names):
            continue
        figures = [_FIGURE.search(cell.group()) for cell in cells]
        order = _order(names, [f["unit"] if f else None for f in figures])
        if order is None:
            continue
        for name, at in zip(names, order, strict=True):
            figure = figures[at]
            if figure is None or _kind(name) is None:
                continue
            said = re.search(r"[(（]\s?([^()（）]+?)\s?[)）]", name)
            start = row.start("values") + cells[at].start() + figure.start()
            bare = re.sub(r"\s?[(（].*", "", name)
            unit = figure["unit"] or (said[1] if said else None)
            bare = _SAID_LONG.get(bare.casefold(), bare)
            yield Paired(bare, figure["value"], unit, start, row.start(), row.end())


def _kind(name: str) -> str | None:
    bare = re.sub(r"\s?[(（].*", "", name).strip()
    return next((kind for kind, pattern in _BODY.items() if pattern.fullmatch(bare)), None)


def _order(names: list[str], units: list[str | None]) -> list[int] | None:
    """Which value is of which name: by place, the other way round where the units say so, None where neither fits."""
    straight = list(range(len(names)))
    for order in (straight, straight[::-1]):
        if not any(of_another_dimension(name, units[at]) for name, at in zip(names, order, strict=True)):
            return order
    return None
