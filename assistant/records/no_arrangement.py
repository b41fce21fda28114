"""What stands among the arrangements of a chart and arranges nothing: where somebody lives, a score, what is done already.

Owns the words of such remarks. Refuses to decide on a line that names a visit, a referral or a test still to come.
"""

from __future__ import annotations

import re

_TO_COME = re.compile(
    r"(?i)\b(?:clinic|appointments?|appt|referr?(?:al|ed)|ref\b|booked|arranged|requested|to (?:be|see|have|call|check|review|chase|follow|visit|ring|contact|discuss|book|arrange|decide|restart|start)|will|due|chase|re-?check|repeat|next|review|awaited)\b|预约|复查|复诊|随访|门诊"
)
_OF_LIFE = re.compile(
    r"(?i)^\W*(?:(?:she|he|they|pt|patient|currently|now) )?(?:(?:is|are) )?(?:lives?|living|resides?|independent\w*|walks?|mobili[sz]es?|drives?|works?|working|retired|widow\w*|married|smok(?:es|er)\b|never smoked|(?:non|ex)-?smoker|abstinent|no alcohol|alcohol nil)\b"
    r"|^\W*(?:\w+ ){0,2}(?:driver|carer)\W*$"
    r"|^\W*(?:\w+ ){0,2}(?:daughter|son|wife|husband|partner|mother|mum|father|dad|sister|brother|family|baby)\b(?: ?\([^)]*\))?,? (?:aged|is|are|lives?|stays?|staying|moves? in|moving in|visits|helps|cooks|has|have|will stay)\b"
    r"|^\W*(?:与|和).{1,8}同住|^\W*(?:独居|白天无人|家属陪护|家人同住)"
)
_DRIVING = re.compile(
    r"(?i)\b(?:no|not|never|cannot|can'?t|don'?t|unable to|fit to|safe to|given up|stop(?:ped)?|avoid|until)\b[^.;]{0,24}\bdriv(?:e|es|ing)\b|^\W*driving\b|\bDVLA\b(?!.*\b(?:form|letter)\b)|licen[cs](?:e|ing) authority|^\W*(?:不[得能宜可]|避免|禁止)?(?:驾驶|驾车|开车)"
)
_FORBIDDEN = re.compile(
    r"(?i)^\W*(?:no|avoid|never|not to be|do not|don'?t|not)\s+(?:\w+\s){0,2}?(?:fly(?:ing)?|flights?|(?:air )?travel\w*|lift(?:ing)?|kneel(?:ing)?|swim(?:ming)?|sports?|sex|intercourse|bath(?:s|ing)?|exercise|running|contact sports?|alcohol|smoking|weight[- ]?bear\w*)\b"
)
_SCORE = re.compile(
    r"(?i)^\W*(?:AUDIT(?:-C)?|PHQ-?\d|GAD-?\d|MUST|MoCA|MMSE|AMTS?|4AT|CFS|Rockwood|Barthel|EPDS|Waterlow|NEWS2?|BMI|weight|wt|height|mRS|NIHSS|MRC|mMRC|CAT|ECOG|HADS)\b[\s:=]*\d[\d/.]*(?: ?(?:kg|cm|points))?\W*$"
)
_GOAL = re.compile(
    r"(?i)^\W*(?:(?:target|goal|aim|dry|ideal|discharge)s?(?: (?:weight|wt|BP|sats|SpO2|INR|HbA1c|Hb|HR))+\b|targets?\b|(?:(?:patient(?:'s)? |rehab |therapy )?goals?\b(?: of (?:care|the patient|patient))?|aims?(?: of \w+)?)\s*[:：])|^\W*目标"
)
_CEILING = re.compile(
    r"(?i)\b(?:DNA(?:CPR|R)|ReSPECT|resus\w*|TEP|ceiling)\b(?!.*\b(?:review|clinic|discuss)\b)"
)
_DONE = re.compile(
    r"(?i)\b(?:already|previously) \w+ed\b|\b(?:removed|given|done|completed|administered|issued|provided|supplied|notified|informed|explained|taught|trained|signed|vaccinated)(?: (?:to|by|with|on|in|at|and) [^.;]{0,40})?(?:\s\(?\d[\d/.-]*\)?)?\W*$"
    r"|\b(?:leaflet|booklet|information sheet|alert card|advice (?:line|given|sheet)|helpline|hotline)\b"
    r"|已(?:拆线|接种|告知|宣教|发放|通知)"
)
_JAB_HAD = re.compile(
    r"(?i)^\W*(?:pneumococcal|influenza|flu|covid\S*|tetanus|shingles)(?: vacc?\w*)? (?:19|20)\d\d\W*$"
)
_NO_VISIT = re.compile(
    r"(?i)^\W*no (?:further |routine |clinic |hospital |outpatient |formal )*(?:attendances?|appointments?|visits?)\b|^\W*(?:\w+ )?contacts?\s*[:：]\s*no\b"
)
_RESULT_OUT = re.compile(r"(?i)\b(?:sent|taken|collected)\b[^.;]*\b(?:awaited|pending|outstanding)\W*$")
_BARRED_UNTIL = re.compile(
    r"(?i)^[^.;]{2,60}\b(?:not (?:to be|for)|no|must not|should not|do not|don'?t)\b[^.;]{2,40}\buntil\b(?![^.;]*\b(?:clinic|appointment|seen|reviewed?|visit)\b)(?![^.;]*\d)"
)
"""``Compression not to be used until ABPI done`` says what not to do; nobody is asked to come."""
_ASKS = re.compile(r"(?i)\bwants? to know\b|\?\W*$|^\W*(?:advised|reassured|told|counsel+ed)\b")


def arranges_nothing(text: str) -> bool:
    """Whether the line is a remark on life, a score, a goal, or something done, and asks for nobody to come or be seen."""
    if _SCORE.search(text) or _NO_VISIT.search(text) or _JAB_HAD.search(text) or _RESULT_OUT.search(text):
        return True
    if _BARRED_UNTIL.search(text):
        return True
    if (
        _FORBIDDEN.search(text)
        or _OF_LIFE.search(text)
        or _DRIVING.search(text)
        or _GOAL.search(text)
        or _CEILING.search(text)
    ):
        return True
    if re.search(r"(?i)\balready (?:removed|done|given|seen|had|taken|completed)\b", text):
        return True
    return bool((_DONE.search(text) or _ASKS.search(text)) and not _TO_COME.search(text))
