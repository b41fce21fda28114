"""Recommendation grades as guidelines print them: ``[Class I, Level A]``, ``[Grade 1B]``, ``[强推荐, 中等质量]``.

Owns telling a grade from other bracketed text. Refuses to rank or translate grades: they are shown as the source has them.
"""

from __future__ import annotations

import re

_BRACKETED = re.compile(r"[\[［【]([^\[\]［］【】\n]{1,80})[\]］】](?!\()")
_GRADE_WORDS = re.compile(
    r"\b(?:class\s+(?:I{1,3}[ab]?|IV|[1-4][ab]?)|level\s+(?:[A-E]|[1-5]|I{1,3}|IV|V)|grade\s+(?:[12][A-D]|[A-D1-4])|LOE\s*[A-C1-5]|COR\s*(?:I|[1-3])"
    r"|strong|weak|conditional|strength|certainty|(?:very\s+low|low|moderate|high)(?:[\s-]+(?:quality|certainty))?$"
    r"|good[\s-]practice|best practice|expert (?:opinion|consensus)|consensus|ungraded|not graded|evidence"
    r"|offer|consider|do not offer|NICE recommendation)\b"
    r"|^[12][A-D]$|^[A-D]$|^I{1,3}[ab]?\s*[,/]\s*[A-C]$"
    r"|推荐|证据|质量|共识|[ⅠⅡⅢIV]+[ab]?\s*[类级]|[A-D]级",
    re.IGNORECASE,
)


def grades_in(text: str) -> str:
    """The bracketed grades in ``text``, each once, in order, joined with ``; ``; '' if there is none."""
    found = [m.group(1).strip() for m in _BRACKETED.finditer(text)]
    return "; ".join(dict.fromkeys(g for g in found if _GRADE_WORDS.search(g)))
