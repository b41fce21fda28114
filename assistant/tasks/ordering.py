"""A sentence that orders what an alert stops is held back; a sentence that warns or records the past is not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.answer import Alert, Origin, Sentence, Severity, Withheld
from assistant.tasks.base import Turn

_WARNS = re.compile(
    r"\b(?:avoid|contra-?indicat\w*|do not|don't|must not|should not|never|stop(?:ped)?|not (?:use|start|give|recommended|advised)|"
    r"caution|allerg\w*|hold|withh[eo]ld|discontinu\w*|instead of)\b|避免|禁用|禁忌|不要|不得|不应|不宜|停用|过敏|慎用|暂停|勿",
    re.IGNORECASE,
)


def warns(text: str) -> bool:
    """True where the sentence tells against a medicine rather than for it."""
    return bool(_WARNS.search(text))


def stopped_drugs(alerts: Sequence[Alert]) -> dict[str, Alert]:
    """Generic name → the stop alert about it."""
    return {drug: alert for alert in alerts if alert.severity is Severity.STOP for drug in alert.drugs}


def hold_back(turn: Turn, sentence: Sentence, alerts: Sequence[Alert]) -> Withheld | None:
    """The sentence withheld with the alert as reason, or None where it may be shown."""
    stopped = stopped_drugs(alerts)
    if not stopped or warns(sentence.text):
        return None
    formulary = turn.services.formulary
    mentioned = {m.generic for m in formulary.names_in(sentence.text)}
    classes = {c.drug_class for c in formulary.classes_in(sentence.text)} if sentence.origin is not Origin.RECORD else set()
    for drug, alert in stopped.items():
        if drug in mentioned or classes & formulary.tags(drug):
            return Withheld(sentence.text, alert.text)
    return None
