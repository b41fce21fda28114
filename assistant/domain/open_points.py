"""What a clinician has to settle before a document may be signed, and what has been settled.

Read from the document alone, so that the page, the store and a script agree. Owns what counts as open. Refuses to know
how a point is drawn and who may settle it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.answer import Answer, MedicineState, Origin, Section, Sentence, Severity, Verdict


class PointKind(StrEnum):
    ALERT = "alert"
    """A stop alert of the cross-checks."""
    CAUTIONS = "cautions"
    """All caution alerts together: read and considered, in one reason, so that reasons keep their worth."""
    MISSING = "missing"
    """A required section that is empty."""
    CONFIRM = "confirm"
    """A medicine that the record leaves open or contradicts."""
    OWNER = "owner"
    """A pending result that nobody is named to follow up."""
    UNVERIFIED = "unverified"
    """A sentence that its evidence does not bear out."""
    OWN = "own"
    """All sentences of a clinician's own that the record does not bear out, together."""


@dataclass(frozen=True)
class OpenPoint:
    """``key`` stays the same while what is open stays the same: other words make another point."""

    key: str
    kind: PointKind
    text: str
    at: str = ""
    """Where it stands: ``section:index`` of the sentence, ``section:`` of a missing section, or empty."""
    count: int = 1


_UNOWNED = re.compile(r"(?:who follows it up is not recorded|未记录由谁跟进)(?:[;；.。]|$)")
_CONFIRM = re.compile(
    r"^(?:To confirm|Not confirmed|待确认|未确认)|[:：;；]\s*(?:confirm\b|请?确认|请核)", re.IGNORECASE
)


def points(answer: Answer) -> tuple[OpenPoint, ...]:
    """Every point that needs a clinician, settled ones included; the gravest kinds first."""
    stops = {a.text: a for a in answer.alerts if a.severity is Severity.STOP}
    found = [OpenPoint(_key(PointKind.ALERT, text), PointKind.ALERT, text) for text in stops]
    cautions = list(dict.fromkeys(a.text for a in answer.alerts if a.severity is Severity.CAUTION))
    if cautions:
        found.append(_together(PointKind.CAUTIONS, cautions))
    found += [
        OpenPoint(f"{PointKind.MISSING}:{s.key}", PointKind.MISSING, s.title, f"{s.key}:")
        for s in answer.sections
        if s.key != "signature" and (s.key in answer.missing or (s.required and not s.sentences))
    ]
    own: list[tuple[str, str]] = []
    for section in answer.sections:
        for index, sentence in enumerate(section.sentences):
            kind = _kind(section, sentence)
            at = f"{section.key}:{index}"
            if kind is PointKind.OWN:
                own.append((sentence.text, at))
            elif kind is not None:
                found.append(OpenPoint(_key(kind, sentence.text), kind, sentence.text, at))
    if own:
        found.append(_together(PointKind.OWN, [text for text, _ in own], at=own[0][1]))
    order = list(PointKind)
    return tuple(sorted({p.key: p for p in found}.values(), key=lambda p: order.index(p.kind)))


def open_points(answer: Answer) -> tuple[OpenPoint, ...]:
    """The points that nobody has settled yet: while there is one, the document is not to be signed."""
    closed = {s.key for s in answer.settled}
    return tuple(p for p in points(answer) if p.key not in closed)


def _kind(section: Section, sentence: Sentence) -> PointKind | None:
    if section.key == "signature":
        return None
    if sentence.verdict is not Verdict.SUPPORTED:
        return PointKind.OWN if sentence.origin is Origin.CLINICIAN else PointKind.UNVERIFIED
    if sentence.origin is Origin.CLINICIAN:
        return None  # a clinician's words that the record bears out have settled what was open
    confirm = sentence.medicine is not None and sentence.medicine.state is MedicineState.CONFIRM
    if confirm or (sentence.change is not None and _CONFIRM.search(sentence.text)):
        return PointKind.CONFIRM
    if section.key == "pending_results" and _UNOWNED.search(sentence.text):
        return PointKind.OWNER
    return None


def _together(kind: PointKind, texts: list[str], at: str = "") -> OpenPoint:
    return OpenPoint(_key(kind, "\n".join(texts)), kind, " · ".join(texts), at, len(texts))


def _key(kind: PointKind, text: str) -> str:
    return f"{kind}:{hashlib.sha256(text.encode(errors='backslashreplace')).hexdigest()[:16]}"
