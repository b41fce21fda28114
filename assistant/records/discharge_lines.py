"""Lines of a discharge entry that no label heads: the problems that open it, the medicines numbered below them.

Owns which lines those are. Refuses to open a section (``layout``).
"""

from __future__ import annotations

import re

from assistant.records.disease_words import disease
from assistant.records.sentences import FORM_BEFORE_NAME, split_sentences
from assistant.records.text_spans import Span
from knowledge.formulary import open_formulary

_NUMBERED = re.compile(r"\s*1[.)]?\s(?=[A-Z])[^\d:：]{4,90}[\s.;,]2[.)]?\s(?=[A-Z])[^:：]*$")
"""``1 Line sepsis 2 DLBCL 3 AKI resolved``."""
_TELLS = re.compile(
    r"(?i)\b(?:is|are|was|were|has|had|have|been|she|he|they|who|thank|dear|pt|patient|admitted|presented|came|feels?|seen|reviewed|goes|went|home|well|today|continue\w*|start\w*|stop\w*|stable|afebrile|BP|obs|if|avoid|hold|held|given|prn|echo|scan|CT|MRI|repeat|clinic|review)\b"
)
_DOSE = re.compile(r"(?i)\d\s?(?:mg|mcg|g|units?|u|ml|tabs?|puffs?)(?![a-z])")
_LONGEST = 260
_ITEM = re.compile(rf"\s*(?:[-•*]\s*)?(?:\d{{1,2}}\s?[.)]|\(\d{{1,2}}\))\s*(?:{FORM_BEFORE_NAME}\.?\s+)?")


def names_problems(text: str) -> bool:
    """``Strangulated hernia + bowel obstruction, repaired 13/1. AKI resolving.``: illnesses, and no word of a state or an order."""
    if _NUMBERED.match(text):
        return True
    if re.search(r"[一-鿿]", text) or open_formulary().names_in(text):
        return False
    if len(text) > _LONGEST or _TELLS.search(text) or _DOSE.search(text) or ":" in text:
        return False
    parts = split_sentences(Span(0, len(text), text))
    named = [bool(disease().search(p.text)) for p in parts]
    return bool(named) and named[0] and 3 * sum(named) >= 2 * len(named)


def numbers_a_medicine(text: str) -> bool:
    """``1) T. Akurit-4 3 tab OD``: behind the number and the form a medicine, with its dose."""
    item = _ITEM.match(text)
    if item is None:
        return False
    named = open_formulary().names_in(text[item.end() : item.end() + 60])
    return bool(named) and named[0].start == 0 and bool(_DOSE.search(text))
