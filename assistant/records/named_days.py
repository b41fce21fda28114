"""An item that says no more than a name and a day to come: ``心衰门诊 11-22``, ``Lactation consult 05/14``.

Owns which names may stand so: of a clinic, a person, a test. Refuses a medicine, a stop or a start, what is done already, and
what is forbidden until a day.
"""

from __future__ import annotations

import re

from assistant.records.dates import ChartDates
from knowledge.formulary import open_formulary

_SHORT_ITEM = re.compile(
    r"\W*(?P<name>[^\d\s，,。；;:：][^\d，,。；;:：]{0,14}?)\s?[:：]?\s?[（(]?\0[)）]?\s?(?:左右|前后|[上下]午)?[\s.。；;]*"
)
_NO_VISIT = re.compile(
    r"(?i)[至到止停起前从自已]\s?$|^\W*(?:停|起|用|服|予|改|至|到|因|曾|已|自|于)|入院|出院|手术|结果|阳性|阴性|\b(?:until|since|from|on|started?|stopp?ed|stop|last|to|taken|sent|done|admitted|discharged?)\b"
)
_NAMED_FIRST = re.compile(
    r"(?:[-•*·–]\s*|\d{1,2}[.)]\s+)*(?P<name>[A-Z][\w&/'’.-]+(?:\s+[\w&/'’.-]+){0,4}?)\s*(?:[:–-]\s*)?(?:on\s+)?(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*\s+)?$"
)
_NO_NAME = re.compile(
    r"(?i)\b(?:until|till|til|thru|through|since|from|by|before|after|if|when|start\w*|stop\w*|hold|held|restart\w*|resum\w*|continu\w*|increas\w*|reduc\w*|chang\w*|last|taken|sent|done|"
    r"given|removed|completed|admitted|discharged?|no|not|don't|avoid|never|off|dry|weigh\w*|ex|expected|EDD|DOB|LMP|DNACPR|ReSPECT|POLST|result|pending|was|were|is|are|has|had)\b"
)
_RANGE = re.compile(r"\d{1,2}\s?[-–]\s?\d{1,2}")
"""``INR 2-3``: limits of a value, no day."""
_DOSE_TO_COME = re.compile(r"(?i)\b(?:dose|due|infusion|injection|depot|booster|jab|vaccine)\b")


def is_short_item(said: str, dates: ChartDates) -> bool:
    """A name of few letters and a day after the discharge, and nothing else."""
    text = re.split(r"[;；]", said.lstrip(" ;；"), maxsplit=1)[
        0
    ]  # `colonoscopy 28/11; bring inhalers` goes on about it
    tokens = dates.tokens(text)
    iso = dates.iso(tokens[0]) if len(tokens) == 1 else None
    if iso is None or dates.discharged is None or iso <= dates.discharged.isoformat():
        return False
    short = _SHORT_ITEM.fullmatch(text[: tokens[0].start] + "\0" + text[tokens[0].end :])
    return bool(short and len(short["name"].strip()) > 1 and not _NO_VISIT.search(short["name"].strip()))


def names_a_day(said: str, dates: ChartDates) -> bool:
    """``MFM 05/20 w/ CMP``: of the orders of a discharge, an item that opens with a name and a day after the discharge."""
    token = dates.first(said)
    iso = dates.iso(token) if token else None
    if token is None or iso is None or dates.discharged is None or iso <= dates.discharged.isoformat():
        return False
    if _RANGE.fullmatch(said[token.start : token.end]):
        return False
    found = _NAMED_FIRST.fullmatch(said[: token.start].lstrip())
    if found is None or _NO_NAME.search(found["name"]):
        return False
    return bool(_DOSE_TO_COME.search(found["name"])) or not open_formulary().names_in(found["name"])
