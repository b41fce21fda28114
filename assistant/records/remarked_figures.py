"""Which value a remark means by the figure it repeats or stands behind.

Owns the figure and the name beside it. Refuses to say that a value is false (``erroneous_values``).
"""

from __future__ import annotations

import re

from assistant.domain.record import Observation, ObservationKind
from assistant.records.text_spans import Span
from knowledge.formulary import open_formulary

MEASURED = {ObservationKind.LAB, ObservationKind.VITAL}
_FIGURE_BEFORE = re.compile(r"\d\s?[A-Za-zµμ%/]{0,8}\s*$")


def behind_an_unread_figure(found: list[Observation], error: Span, cue: re.Match[str]) -> bool:
    """``protein 5.6, ADA 68 mg/dl [typing error - unit is U/L]``: the remark is of the figure it stands behind, read or not."""
    opened = max(error.text.rfind(c, 0, cue.start()) for c in "[(（")
    if opened < 0 or re.search(r"[])）]", error.text[opened : cue.start()]):
        return False
    if not _FIGURE_BEFORE.search(error.text[:opened]):
        return False
    at = error.start + opened
    return not any(o.place.start < at and 0 <= at - o.place.end <= _GAP_TO_BRACKET for o in found)


_GAP_TO_BRACKET = 3


def same_figure(found: list[Observation], error: Span, head: str) -> int | None:
    """The last laboratory value before the remark whose figure the remark repeats: ``Level 3.9 - tube was ...``."""
    figures = set(
        re.findall(
            r"(?<![A-Za-z\d.:/-])\d+(?:\.\d+)?(?!\d|[:/-]\d|[/-]|\.\d|\s?(?:床|月|日|年|h|小时))", head
        )
    )
    figures = {f for f in figures if "." in f or len(f) >= 2}
    numbers = {float(f) for f in figures}
    earlier = [
        i
        for i, o in enumerate(found)
        if o.place.end <= error.start
        and (o.value in figures or (o.number is not None and float(o.number) in numbers))
        and o.kind in MEASURED
    ]
    named = {m["word"].casefold()[:4] for m in _WORD_AND_FIGURE.finditer(head)}
    alike = [i for i in earlier if found[i].name.casefold()[:4] in named]
    of_another = not alike and any(open_formulary().names_in(word) for word in named)
    return None if of_another else next(iter(reversed(alike or earlier)), None)


_WORD_AND_FIGURE = re.compile(r"(?P<word>[A-Za-z]{3,})\s(?:level\s)?(?:of\s|was\s|=\s?)?\d")
"""``vanc 58 drawn from the line``: of two values of that figure, the one of that name."""
