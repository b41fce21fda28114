"""Which sentences of the guidelines a plan takes for this patient, and how many for each part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.domain.record import PatientRecord
from assistant.tasks.base import GuidelineSearch, Turn
from assistant.tasks.fitting import Fit
from assistant.tasks.gathering import Unit
from assistant.tasks.goals import measure_of, value_of
from assistant.tasks.matching import (
    Problem,
    fits_patient,
    is_rehabilitation,
    pick,
    sentences_of,
    stems_of_advice,
)
from assistant.tasks.own_orders import OwnOrders
from assistant.verification.terms import terms_in

if TYPE_CHECKING:
    from knowledge.types import Guideline

PER_GUIDELINE = {
    "goals": 3,
    "actions": 3,
    "monitoring": 3,
    "lifestyle_or_exercise": 3,
    "safety_limits": 3,
    "red_flags": 4,
    "follow_up": 2,
}
PER_PART = {
    "goals": 9,
    "actions": 9,
    "monitoring": 8,
    "lifestyle_or_exercise": 8,
    "safety_limits": 8,
    "red_flags": 9,
    "follow_up": 6,
}
REHAB_MORE = {"goals": 8, "monitoring": 5, "lifestyle_or_exercise": 14, "safety_limits": 4}
"""A rehabilitation guideline gives its whole programme: outcome measures, FITT, phases, progression, when to stop."""
_ACT = re.compile(
    r"^(?:Give|Use|Offer|Start|Stop|Treat|Consider|Check|Measure|Assess|Refer|Arrange|Plan|Review|Avoid|Do not|Add|Keep|Aim|Begin|"
    r"Continue|Reduce|Increase|Titrate|Screen|Teach|Advise|Encourage|Provide|Vaccinate|Choose|Combine|Monitor|Target|Prefer|Restart|Hold)\b"
    r"|\b(?:recommended|should|suggested|advised|preferred|first choice|indicated)\b|建议|推荐|应|首选|避免|给予",
)
"""Advice, as against definitions and background."""
_ACUTE = re.compile(
    r"\b(?:door|first medical contact|shock|resuscitation|within (?:\d+ )?(?:minutes?|hours?)|by day \d|thrombolysis|per hour|/hour)\b|"
    r"首次医疗接触|休克|复苏|溶栓|分钟内|小时内|导丝|第1小时",
    re.IGNORECASE,
)
"""Advice for the first hours: it belongs to the stay, not to a plan for the time after."""


def _belongs(text: str, part: str) -> bool:
    """True where the sentence is of use in a plan: advice rather than definition, and not for the first hours."""
    if part in ("goals", "actions", "monitoring") and _ACUTE.search(text):
        return False
    return part != "actions" or bool(_ACT.search(text))


def guideline_ids(problems: Sequence[Problem]) -> set[str]:
    return {g.doc_id for p in problems for g in p.guidelines}


_OVER = re.compile(r"\b(?:resolved|treated|excluded|healed)\b|已愈|已缓解", re.IGNORECASE)
"""A problem that the record calls over: watched and followed up, no longer treated."""
_PROGRAMME = re.compile(r"xercise|ehabilit|康复|运动")
_FUNCTION = re.compile(
    r"\b(?:exercis\w*|train\w*|rehabilit\w*|physio\w*|occupational|mobili\w*|walk\w*|activit\w*|active|function\w*|strength\w*|balance|gait|falls?|sit|stand\w*|"
    r"stairs|independen\w*|step|return to (?:work|driving)|6MWT|Barthel|Berg|swallow\w*|speech|breathless\w*)\b|运动|锻炼|训练|康复|步行|行走|活动|功能|平衡|跌倒|站|坐位|吞咽|言语",
    re.IGNORECASE,
)
"""What a rehabilitation plan is about: moving, training, doing."""
EXERCISE_SHARE = 6
_STILL = frozenset(("monitoring", "follow_up"))


def advice_for(
    turn: Turn,
    record: PatientRecord,
    problems: Sequence[Problem],
    age: float | None,
    fit: Fit,
    orders: OwnOrders,
) -> dict[str, list[Unit]]:
    """Part → sentences for this patient, principal problem first, each guideline once, nothing said twice."""
    library = turn.services.library
    if library is None:
        return {}
    choice = _Choice(library, record, age, fit, orders)
    units: dict[str, list[Unit]] = {}
    taken: set[str] = set()
    for problem in problems:
        over = bool(_OVER.search(problem.condition.name))
        for guideline in problem.guidelines:
            if guideline.doc_id in taken:
                continue
            taken.add(guideline.doc_id)
            rehab = turn.request.kind == "rehab"
            whole = rehab and bool(is_rehabilitation(guideline))
            for part, limit in PER_GUIDELINE.items():
                if over and part not in _STILL:
                    continue
                limit = EXERCISE_SHARE if rehab and part == "lifestyle_or_exercise" else limit
                share = limit if len(taken) <= 3 else max(1, limit // 2)
                chosen = choice.of(guideline, part, share, whole=whole, of_function=rehab and not whole)
                held = units.setdefault(part, [])
                room = (REHAB_MORE.get(part, PER_PART[part]) if whole else PER_PART[part]) - len(held)
                held.extend([u for u in chosen if not _repeats(u, held)][: max(0, room)])
    return units


class _Choice:
    """The sentences of a guideline that fit one patient."""

    def __init__(
        self, library: GuidelineSearch, record: PatientRecord, age: float | None, fit: Fit, orders: OwnOrders
    ) -> None:
        self.library = library
        self.record = record
        self.age = age
        self.fit = fit
        self.orders = orders
        self.words = {t.stem for s in record.statements[:400] for t in terms_in(s.text)}
        self.words |= {t.stem for c in record.conditions for t in terms_in(c.name)}
        self.drugs = {m.generic for m in record.medications if m.generic}

    def of(
        self, guideline: Guideline, part: str, share: int, *, whole: bool, of_function: bool
    ) -> Sequence[Unit]:
        """At most ``share`` sentences; ``whole``: a rehabilitation guideline's programme in its own order.

        ``of_function``: another guideline in a rehabilitation plan gives its exercise section, and elsewhere what is of moving,
        training and doing.
        """
        fitting = [
            u
            for u in sentences_of(self.library, guideline, part)
            if fits_patient(u.text, self.record, self.age)
            and _belongs(u.text, part)
            and not self.fit.leaves_out(u.text, part, guideline.doc_id)
            and (not of_function or _is_of_function(u, part))
            and not self.orders.outranks(u, part)
        ]
        if part == "goals":
            fitting.sort(key=lambda u: not _has_value(self.record, u))
        if whole and part == "lifestyle_or_exercise":
            fitting.sort(key=lambda u: not _PROGRAMME.search(u.passage.section))
        if whole:
            return fitting[: REHAB_MORE.get(part, share)]
        return fitting[:share] if part == "goals" else pick(fitting, self.words, self.drugs, share)


def _is_of_function(unit: Unit, part: str) -> bool:
    if part in ("safety_limits", "red_flags"):
        return True
    return bool(_PROGRAMME.search(unit.passage.section) or _FUNCTION.search(unit.text))


def _has_value(record: PatientRecord, unit: Unit) -> bool:
    measure = measure_of(unit.text)
    return measure is not None and value_of(record, measure) is not None


_BANS = re.compile(
    r"(?:Avoid|Do not (?:use|take|give))\s(?:oral |any |all )?(?P<what>NSAIDs?|ibuprofen|alcohol|smoking)\b|(?:避免|禁用|不用|勿用)(?:使用)?(?P<zh>非甾体)",
    re.IGNORECASE,
)
"""Three guidelines that forbid NSAIDs are one line."""


def _banned(text: str) -> str:
    found = _BANS.match(text)
    return (found["what"] or found["zh"]).casefold() if found else ""


def _repeats(unit: Unit, others: Sequence[Unit]) -> bool:
    """True where another guideline's sentence says the same with the same figures."""
    if _banned(unit.text) and any(_banned(other.text) == _banned(unit.text) for other in others):
        return True
    words = stems_of_advice(unit.text)
    figures = re.findall(r"\d+", unit.text)
    return any(
        len(words & theirs) >= 0.6 * len(words | theirs) and figures == re.findall(r"\d+", other.text)
        for other in others
        if (theirs := stems_of_advice(other.text))
    )
