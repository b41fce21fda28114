"""A service named at the start of a short line: ``OB 6 wk (Jan 5)``, ``Int Med Daigle 3 mo``.

Owns the names of services, and who is named behind a period. Refuses to know whether a visit is to come (``arrangements``).
"""

from __future__ import annotations

import re

_SERVICE = re.compile(
    r"(?i)^\W*(?:OB(?:/?GYN)?|obstetrics?|gyna?e\w*|int(?:ernal)? med(?:icine)?|general medicine|medical|geri\w*|elderly care|day hospital|fracture|ortho\w*|trauma|surg\w*|cardi\w*|resp\w*|chest|renal|nephro\w*|neuro\w*|endo\w*|diabetes|urology|uro|rheum\w*|haem\w*|hem\w*|onc\w*|psych\w*|ENT|eyes?|ophthal\w*|derm\w*|paeds?|peds|PD|OPAT|TB|chest)\b(?:[ /&-](?:(?-i:[A-Z][\w'’.-]+)|clinic|day hospital|team|OPD|nurse)){0,4}[\s,:(-]"
)
_LONGEST_VISIT = 12


def names_a_service(text: str) -> bool:
    """Whether a service opens the text, and little else stands in it."""
    return _SERVICE.match(text) is not None and len(text.split()) <= _LONGEST_VISIT


def without_period(text: str) -> str | None:
    """``1周后心内科门诊`` without its period."""
    return (
        re.sub(
            r"^(?:\d*个?[月周天年日]\d*(?:内(?!分泌|科)|后|份|[底初]|[上中下]旬)?|建议|内(?!分泌|科)|后|请|转|至|到|于|赴)+",
            "",
            text.strip(),
        )
        or None
    )
