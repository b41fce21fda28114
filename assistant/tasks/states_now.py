"""How this patient is at the end of the stay, as marks that a guideline's row may ask for (``knowledge/for_whom.py``, MARKS).

Owns what of the record's words sets each mark. Refuses to know the guidelines, and what the list of conditions already names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.record import Assertion, Observation, PatientRecord
from assistant.domain.stay import iso_date, sort_key
from assistant.tasks.findings import home_oxygen, lumps
from knowledge.formulary import Formulary

_LOW_SYSTOLIC_MMHG = 110.0
"""Below it no guideline here asks for a lower pressure: the strictest target is 110–129 (ESC 2024, ADA 2026, KDIGO 2024)."""
_DRY_DAYS = 7
"""Withdrawal seizures come within 48 hours, delirium within 5 days of the last drink (NICE CG100, ASAM 2020)."""
_SHORT_WALK_M = 100.0
_LUNG = re.compile(
    r"\b(?:lungs?|pulmonary|[RL][UML]L|lingula\w*|(?:upper|middle|lower) lobe|chest|thora\w+)\b|肺|胸",
    re.IGNORECASE,
)
_HAS_QUIT = re.compile(
    r"\blast cigarette\b|\b(?:has |have )?(?:now )?(?:quit|given up|gave up|stopped) smoking\b|\bquit (?:smoking )?(?:in|on|since|\d)|"
    r"\bsmoke-?free since\b|\b(?:ex|former)[- ]?smoker\b|\bstopped smoking\b|已戒烟|戒烟\d+(?:年|个月|天|周)",
    re.IGNORECASE,
)
_NOT_YET_QUIT = re.compile(
    r"\b(?:to|not|never|wants?|willing|advised|plans?|if|until|once|when|should|must)\b[^.;]{0,24}\b(?:quit|stop\w*|give up|gave up)\b|(?:建议|劝|拟|计划)[^。；]{0,4}戒烟",
    re.IGNORECASE,
)
_STERILISED = re.compile(
    r"\bsterili[sz]ed\b|\b(?:tubal (?:ligation|occlusion)|tubes tied|bilateral salping\w+|(?:female |surgical )sterili[sz]ation|hysterectomy)\b|绝育|输卵管(?:结扎|切除)|子宫(?:全|次全)?切除",
    re.IGNORECASE,
)
_ONLY_TALKED_OF = re.compile(
    r"\b(?:declin\w+|refus\w+|consider\w*|discuss\w*|wants?|request\w*|counsel\w*|offer\w*|plan\w*|equipment|instruments?|mother|sister)\b|拟|考虑|拒绝",
    re.IGNORECASE,
)
_CLASS_OF_EXERTION = re.compile(
    r"\bNYHA\b[^.;\d]{0,14}?(?P<nyha>IV|III|II|I|[1-4])\b|\bm?MRC\b[^.;\d]{0,12}(?P<mrc>[0-5])\b|NYHA(?:心功能)?(?P<zh>Ⅳ|Ⅲ|Ⅱ|Ⅰ)级|心功能(?P<zh2>Ⅳ|Ⅲ|Ⅱ|Ⅰ|IV|III|II|I)级"
)
_HEAVY = frozenset({"III", "IV", "3", "4", "Ⅲ", "Ⅳ"})
_WALKS = re.compile(
    r"\bwalk(?:s|ed|ing)?\b[^.;\d]{0,20}(?P<far>\d{1,4}) ?(?P<unit>m\b|met(?:er|re)s?\b|ft\b|feet\b|foot\b|yards?\b)|(?:步行|行走)[^。；\d]{0,6}(?P<mi>\d{1,4})米",
    re.IGNORECASE,
)
_ABSTINENT = re.compile(
    r"\b(?:abstinent|sober|no alcohol|dry) (?:for|since|x)\b|\blast drink\b[^.;]{0,20}\b(?:weeks?|months?|years?) ago\b|已戒酒",
    re.IGNORECASE,
)


def marks_now(record: PatientRecord) -> list[str]:
    """Marks of findings, habits given up, exertion, pressure and oxygen; nothing is concluded from silence."""
    own = [s.text for s in record.statements if s.assertion is Assertion.PRESENT]
    set_by = {
        "LUNG_NODULE": any(_LUNG.search(s.text) for s in lumps(record))
        or any(
            f.incidental and re.search(r"(?i)nodule|mass|结节|占位", f.text) and _LUNG.search(f.text)
            for f in record.follow_ups
        ),
        "HOME_OXYGEN": bool(home_oxygen(record)),
        "HAS_QUIT": any(_HAS_QUIT.search(text) and not _NOT_YET_QUIT.search(text) for text in own),
        "STERILISED": sterilised(record),
        "LIMITED_EXERTION": _is_limited(own),
        "LOW_PRESSURE": _systolic_is_low(record.observations),
        "WITHDRAWAL_OVER": _stayed_days(record) >= _DRY_DAYS or any(_ABSTINENT.search(text) for text in own),
    }
    return [mark for mark, holds in set_by.items() if holds]


def sterilised(record: PatientRecord) -> bool:
    """Whether the record says that this patient can bear no more children by an operation."""
    return any(
        _STERILISED.search(s.text) and not _ONLY_TALKED_OF.search(s.text)
        for s in record.statements
        if s.assertion in (Assertion.PRESENT, Assertion.HISTORICAL, Assertion.HYPOTHETICAL)
    )


def _is_limited(own: Sequence[str]) -> bool:
    """NYHA III–IV, MRC 3 or more, or a walk under 100 m: what is written last counts."""
    heavy, far = "", None
    for text in own:
        for m in _CLASS_OF_EXERTION.finditer(text):
            heavy = next(g for g in m.groups() if g)
            heavy = "3" if m["mrc"] == "5" else heavy
        for m in _WALKS.finditer(text):
            unit = (m["unit"] or "m").casefold()
            feet = unit in ("ft", "feet", "foot", "yard", "yards")
            far = float(m["far"] or m["mi"]) * ((0.914 if "yard" in unit else 0.305) if feet else 1.0)
    return heavy in _HEAVY or (far is not None and far < _SHORT_WALK_M)


def _systolic_is_low(observations: Sequence[Observation]) -> bool:
    found = []
    for o in observations:
        if o.assertion is not Assertion.PRESENT or not re.search(
            r"(?i)\bBP\b|pressure|血压|收缩压|systolic", o.name
        ):
            continue
        value = re.match(r"\s*(\d{2,3})(?:\s*/\s*\d{2,3})?", o.value)
        if value and not re.search(r"(?i)diastolic|舒张|central|venous|中心", o.name):
            found.append((sort_key(o.time), float(value[1])))
    return bool(found) and max(found, key=lambda pair: pair[0])[1] < _LOW_SYSTOLIC_MMHG


def _stayed_days(record: PatientRecord) -> int:
    stay = record.encounter
    came = iso_date(stay.admitted) if stay and stay.admitted else None
    left = iso_date(stay.discharged) if stay and stay.discharged else None
    return (left - came).days if came and left else 0


_AVOIDED_BEHIND = re.compile(
    r"\s*(?:\([^)]*\)\s*)?(?:(?:is|was|were|has been|to be|should be|must be|be) )?(?:avoided|contra-?indicated|not (?:suitable|tolerated|appropriate|an option))\b|(?:应)?(?:避免|禁用|不宜|不能用)",
    re.IGNORECASE,
)
_AVOIDED_BEFORE = re.compile(
    r"(?:\bavoid(?:ed|ing)?|\bcontra-?indicat\w*:?|\bno|\bnever|避免(?:使用)?|禁用|不宜用)\s*(?:oral |any |all |further |low-dose )?$",
    re.IGNORECASE,
)


def avoided_medicines(record: PatientRecord, formulary: Formulary) -> frozenset[str]:
    """Generic names that the record itself calls avoided or contraindicated for this patient."""
    return frozenset(
        m.generic
        for s in record.statements
        if s.assertion in (Assertion.PRESENT, Assertion.NEGATED)
        for m in formulary.names_in(s.text)
        if _AVOIDED_BEFORE.search(s.text[: m.start]) or _AVOIDED_BEHIND.match(s.text, m.end)
    )
