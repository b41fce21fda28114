"""A plan as FHIR R4 CarePlan and Goals, to stand in the document bundle beside the Composition.

Owns the mapping. A goal's date is the one its sentence gives; a plan that nobody signed is a draft whose goals are proposed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from assistant.domain.answer import Answer, Section, Verdict
from assistant.export.calendar import appointments
from assistant.export.fhir_entries import Entry

_DUE = re.compile(r"(?:Due|Review|截止日期|复核日期)\s*[:：]\s*(\d{4}-\d{2}-\d{2})")
_REACHED = re.compile(r"(?<!not )reached, keep it|已达标，保持")
_NOT_REACHED = re.compile(r"not reached yet|未达标")
_ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
_ACTIVITIES = ("actions", "monitoring", "lifestyle_or_exercise", "follow_up")


def goals(
    answer: Answer, url: Callable[[int], str], subject: str, *, signed: bool, now: datetime
) -> list[Entry]:
    """One Goal a sentence of the goals section; what was not borne out is left out."""
    found: list[Entry] = []
    for index, text in enumerate(_texts(answer, "goals")):
        due = _DUE.search(text)
        resource: dict[str, Any] = {
            "resourceType": "Goal",
            "id": url(index).removeprefix("urn:uuid:"),
            "lifecycleStatus": "active" if signed else "proposed",
            "description": {"text": text},
            "subject": {"reference": subject},
            "startDate": now.date().isoformat(),
        }
        if due is not None and _is_date(due[1]):
            # R4 (gol-1) asks for a measure beside a detail only; a due date may stand alone.
            resource["target"] = [{"dueDate": due[1]}]
        state = "achieved" if _REACHED.search(text) else "in-progress" if _NOT_REACHED.search(text) else None
        if state is not None:
            resource["achievementStatus"] = {"coding": [{"system": _ACHIEVEMENT, "code": state}]}
        found.append(Entry(url(index), resource))
    return found


def care_plan(
    answer: Answer,
    url: str,
    subject: str,
    encounter: str | None,
    of_goals: list[Entry],
    of_conditions: list[Entry],
    *,
    signed: bool,
    now: datetime,
) -> Entry:
    """The CarePlan that holds the goals and what is to be done, each activity with its date where it has one."""
    dates = {a.text: a.on.isoformat() for a in appointments(answer)}
    activity: list[dict[str, Any]] = []
    for key in _ACTIVITIES:
        for text in _texts(answer, key):
            detail: dict[str, Any] = {"status": "not-started", "description": text}
            on = next((day for words, day in dates.items() if words and words in text), None)
            if on is not None:
                detail["scheduledPeriod"] = {"start": on}
            activity.append({"detail": detail})
    resource: dict[str, Any] = {
        "resourceType": "CarePlan",
        "id": url.removeprefix("urn:uuid:"),
        "language": answer.language,
        "status": "active" if signed else "draft",
        "intent": "plan" if signed else "proposal",
        "title": answer.title or ("照护计划" if answer.language == "zh" else "Care plan"),
        "subject": {"reference": subject},
        "created": now.date().isoformat(),
        "addresses": [{"reference": c.url} for c in of_conditions],
        "goal": [{"reference": g.url} for g in of_goals],
        "activity": activity,
    }
    if encounter:
        resource["encounter"] = {"reference": encounter}
    return Entry(url, {key: value for key, value in resource.items() if value not in ([], "")})


def _texts(answer: Answer, key: str) -> list[str]:
    section: Section | None = next((s for s in answer.sections if s.key == key), None)
    return [s.text for s in section.sentences if s.verdict is not Verdict.UNSUPPORTED] if section else []


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
