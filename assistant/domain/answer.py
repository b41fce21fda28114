"""An answer as it is shown: sections of sentences, each with verdict, origin and evidence.

Mirrors the JSON that the command line promises. Refuses to know how it was made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assistant.domain.evidence import Evidence


class Verdict(StrEnum):
    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    UNPARSED = "unparsed"


class Origin(StrEnum):
    RECORD = "record"
    MODEL = "model"
    GUIDELINE = "guideline"
    RULE = "rule"
    CLINICIAN = "clinician"
    """Written or changed by the clinician who edits a document; never in an answer as it was composed."""


class AlertKind(StrEnum):
    ALLERGY = "allergy"
    INTERACTION = "interaction"
    RENAL = "renal"
    HEPATIC = "hepatic"
    PREGNANCY = "pregnancy"
    AGE = "age"
    DUPLICATE = "duplicate"
    DISEASE = "disease"
    DOSE = "dose"
    MISSING = "missing"


class Severity(StrEnum):
    STOP = "stop"
    CAUTION = "caution"
    NOTE = "note"


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"
    SELF_CARE = "self_care"


class MedicationChange(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    STOPPED = "stopped"
    CONTINUED = "continued"


@dataclass(frozen=True)
class RedFlag:
    """A rule of ``safety/red_flags.yaml`` that fired on ``quote``, verbatim from the text."""

    rule: str
    condition: str
    quote: str
    action: str
    urgency: Urgency = Urgency.EMERGENCY
    source: str = ""


@dataclass(frozen=True)
class Alert:
    kind: AlertKind
    severity: Severity
    text: str
    evidence: tuple[Evidence, ...] = ()
    drugs: tuple[str, ...] = ()
    """Generic names the alert is about; a recommendation that orders one under STOP is withheld."""


class MedicineState(StrEnum):
    """What becomes of a medicine, as the reconciliation table names it."""

    NEW = "new"
    CHANGED = "changed"
    STOPPED = "stopped"
    HELD = "held"
    CONTINUED = "continued"
    CONFIRM = "confirm"
    """The record does not say, or contradicts itself: a clinician decides."""


@dataclass(frozen=True)
class MedicineRow:
    """One line of the reconciliation table, in the record's own words. Empty where the record has nothing."""

    state: MedicineState
    name: str
    home: str
    """Dose, route and frequency before admission."""
    discharge: str
    """Dose, route and frequency to go home with; empty for a medicine that ends or rests."""
    note: str


@dataclass(frozen=True)
class Sentence:
    text: str
    verdict: Verdict
    origin: Origin
    evidence: tuple[Evidence, ...] = ()
    change: MedicationChange | None = None
    reason: str = ""
    """Why the verdict is not ``supported``."""
    medicine: MedicineRow | None = None
    """The sentence as a line of the reconciliation table; a clinician's own wording has none."""
    group: str = ""
    """The problem it belongs to, in a section that is told by problem; sentences of one group stand together."""


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    sentences: tuple[Sentence, ...] = ()
    required: bool = True
    complete: bool = True


@dataclass(frozen=True)
class Withheld:
    text: str
    reason: str


@dataclass(frozen=True)
class Settled:
    """An open point that a clinician closed with a reason; ``key`` is the point's (``assistant.domain.open_points``)."""

    key: str
    text: str
    reason: str
    by: str
    at: str
    """ISO date-time, UTC."""


@dataclass(frozen=True)
class Timings:
    retrieve_s: float = 0.0
    first_token_s: float = 0.0
    total_s: float = 0.0
    tokens_per_s: float = 0.0


@dataclass(frozen=True)
class Answer:
    """What a task produced, checked. ``to_json`` is the public shape (field names never change)."""

    task: str
    language: str
    model: str
    sections: tuple[Section, ...] = ()
    adapter: str | None = None
    abstained: bool = False
    red_flags: tuple[RedFlag, ...] = ()
    alerts: tuple[Alert, ...] = ()
    missing: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    text: str = ""
    timings: Timings = field(default_factory=Timings)
    audience: str = "clinician"
    notices: tuple[str, ...] = ()
    """What the reader should know about the making of it: an instruction found in a source, an old edition."""
    template: str = ""
    """Name of the template that arranged it; empty for tasks without templates."""
    title: str = ""
    """The document's title as its template words it; empty: the task's own."""
    settled: tuple[Settled, ...] = ()
    """Open points that were closed with a reason before signing; never in an answer as it was composed."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, None where a value is absent."""
        from dataclasses import asdict

        row = asdict(self)
        for section in row["sections"]:
            for sentence in section["sentences"]:
                for key in ("change", "medicine"):
                    if sentence[key] is None:
                        del sentence[key]
                if not sentence["group"]:
                    del sentence["group"]
        plain: dict[str, Any] = _plain(row)
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
