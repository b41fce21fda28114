"""Parts of a record that several documents state alike: complaint, histories, home medicines, examination, plan.

Owns the choice of facts for each part and for which moment of the stay. Refuses to know in which document a part stands.
Every sentence is the record's own words with their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from assistant.domain.answer import Sentence
from assistant.domain.record import (
    Assertion,
    Condition,
    DiagnosisRole,
    MedicationAction,
    MedicationPhase,
    Observation,
    ObservationKind,
    PatientRecord,
    Place,
    Statement,
)
from assistant.domain.stay import Period, iso_date, period_of, sort_key
from assistant.tasks import discharge_facts
from assistant.tasks.base import Turn
from assistant.tasks.discharge_state import observation_text
from assistant.tasks.ordering import without_proposals
from assistant.tasks.results import result_sentences
from assistant.tasks.stating import day, ended, ruled, stated, tidy

_STRUCK = (Assertion.ERRONEOUS, Assertion.HYPOTHETICAL)
_FIRST_DAYS = timedelta(days=1)
_ADMITTING = re.compile(
    r"(?:入院诊断|初步诊断|admission diagnos[ie]s|admitting diagnos[ie]s|provisional diagnos[ie]s)[ \t]*[:：][ \t]*(?P<said>[^\n]{2,300})",
    re.IGNORECASE,
)


class RecordSections:
    """``early`` keeps what was known in the first day of the stay: an admission record must not know its end."""

    def __init__(self, turn: Turn, record: PatientRecord, *, early: bool = False) -> None:
        self.turn = turn
        self.record = record
        stay = record.encounter
        admitted = iso_date(stay.admitted) if stay and stay.admitted else None
        self.until: date | None = admitted + _FIRST_DAYS if early and admitted else None
        self.early = early

    def of_summary(self, key: str) -> Iterator[Sentence]:
        """A section as the discharge summary states it (``patient``, ``dates``, ``procedures``, ``pending_results`` …)."""
        for states in (discharge_facts.sections_before_course, discharge_facts.sections_after_course):
            for name, sentences in states(self.turn, self.record):
                if name == key:
                    yield from sentences

    def complaint(self) -> Iterator[Sentence]:
        found = False
        for sentence in self._statements("chief_complaint", limit=3):
            found = True
            yield sentence
        stay = self.record.encounter
        if not found and stay and stay.reason and stay.places:
            yield stated(self.record, ended(self.turn, stay.reason), stay.places)

    def present_illness(self) -> Iterator[Sentence]:
        return self._statements("history_of_present_illness", limit=12)

    def history(self) -> Iterator[Sentence]:
        yield from self.past_history()
        yield from self.social_history()
        yield from self.family_history()

    def past_history(self) -> Iterator[Sentence]:
        """The history as noted; without notes, conditions that began before the stay."""
        found = False
        for sentence in self._statements("past_medical_history", limit=12):
            found = True
            yield sentence
        if not found:
            seen: set[str] = set()
            for c in self.record.conditions:
                before = c.role is DiagnosisRole.COMORBIDITY or (
                    c.onset and period_of(c.onset, self.record.encounter) is Period.BEFORE
                )
                if before and self._is_held(c) and c.name.casefold() not in seen:
                    seen.add(c.name.casefold())
                    when = f" ({day(c.onset)})" if c.onset else ""
                    yield stated(self.record, ended(self.turn, c.name + when), [c.place])

    def social_history(self) -> Iterator[Sentence]:
        return self._statements("social_history", limit=6)

    def family_history(self) -> Iterator[Sentence]:
        return self._statements("family_history", limit=6, struck=(Assertion.ERRONEOUS,))

    def review_of_systems(self) -> Iterator[Sentence]:
        return self._statements("review_of_systems", limit=8)

    def allergies(self) -> Iterator[Sentence]:
        return discharge_facts.allergy_sentences(self.turn, self.record)

    def home_medicines(self) -> Iterator[Sentence]:
        yield from self._medicines(MedicationPhase.HOME)

    def current_medicines(self) -> Iterator[Sentence]:
        """The newest list there is: at discharge, else of the stay, else from home; the list is named."""
        for phase in (MedicationPhase.DISCHARGE, MedicationPhase.INPATIENT, MedicationPhase.HOME):
            found = list(self._medicines(phase, named=True))
            if found:
                yield from found
                return
        yield ruled(self.turn.say("No medicines are recorded.", "病历中未记录用药。"))

    def _medicines(self, phase: MedicationPhase, *, named: bool = False) -> Iterator[Sentence]:
        lists = {
            MedicationPhase.HOME: self.turn.say("Home medicine: ", "院外用药："),
            MedicationPhase.INPATIENT: self.turn.say("During the stay: ", "住院用药："),
            MedicationPhase.DISCHARGE: self.turn.say("Discharge medicine: ", "出院用药："),
        }
        ways = {
            MedicationAction.STOP: self.turn.say("stopped: ", "已停用："),
            MedicationAction.HOLD: self.turn.say("on hold: ", "暂停："),
        }
        seen: set[str] = set()
        for m in without_proposals(self.turn, self.record).medications:
            if m.phase is not phase or (
                phase is MedicationPhase.HOME and m.action is not MedicationAction.TAKE
            ):
                continue
            how = " ".join(
                dict.fromkeys(
                    tidy(p) for p in (m.dose, m.route, m.frequency, m.duration) if p and p not in m.name
                )
            )
            told = f"{m.name} {how}".strip()
            if told.casefold() in seen:
                continue
            seen.add(told.casefold())
            lead = (lists[phase] if named else "") + ways.get(m.action, "")
            yield stated(self.record, ended(self.turn, lead + told), [m.place], date=m.date or "")

    def examination(self) -> Iterator[Sentence]:
        yield from self._statements("examination", "vitals", limit=14)
        said = {s.text for s in self.record.statements_in("examination", "vitals")}
        for o in self._observations(ObservationKind.VITAL, ObservationKind.FUNCTION):
            if not any(o.value in text for text in said):
                yield stated(self.record, observation_text(self.turn, o), [o.place], date=o.time or "")

    def results(self) -> Iterator[Sentence]:
        """All results of the stay; of its first day only where ``early``."""
        if not self.early:
            yield from result_sentences(self.turn, self.record)
            return
        for o in self._observations(ObservationKind.LAB, ObservationKind.IMAGING, ObservationKind.OTHER):
            yield stated(self.record, observation_text(self.turn, o), [o.place], date=o.time or "")
        yield from self._statements("imaging", limit=6)

    def admission_diagnoses(self) -> Iterator[Sentence]:
        """The diagnosis under its own label in the chart, as made then; nothing else is taken for it."""
        for document in self.record.documents:
            for match in _ADMITTING.finditer(document.text):
                text = match.group("said").rstrip()
                start = match.start("said")
                place = Place(document.id, start, start + len(text), text)
                if not any(_overlaps(place, p) for p in self._struck_places()):
                    yield stated(self.record, ended(self.turn, text), [place], date=document.date or "")
                    return

    def initial_diagnosis(self) -> Iterator[Sentence]:
        """As labelled in the chart; without a label, what was assessed on the first day."""
        found = False
        for sentence in self.admission_diagnoses():
            found = True
            yield sentence
        if not found:
            yield from self._statements("assessment", limit=6)

    def diagnoses(self) -> Iterator[Sentence]:
        return self.of_summary("diagnoses")

    def plan(self, *, latest: bool = False) -> Iterator[Sentence]:
        """What was planned; ``latest``: on the last day that has a plan."""
        rows = [s for s in self.record.statements_in("plan") if self._counts(s, _STRUCK)]
        if latest and rows:
            last = max((s.date or "" for s in rows), key=sort_key)
            rows = [s for s in rows if (s.date or "") == last]
        yield from self._told(rows, 10)

    def latest_progress(self) -> Iterator[Sentence]:
        """The last day's entries on how the patient is."""
        rows = [
            s
            for s in self.record.statements_in("progress", "assessment", "nursing", "therapy")
            if self._counts(s, _STRUCK)
        ]
        if rows:
            last = max((s.date or "" for s in rows), key=sort_key)
            yield from self._told([s for s in rows if (s.date or "") == last], 8)

    def requests_to_others(self) -> Iterator[Sentence]:
        """Where the record itself asks another service to see the patient."""
        rows = [
            s
            for s in self.record.statements
            if self._counts(s, (Assertion.ERRONEOUS,))
            and s.section not in ("family_history", "social_history")
            and re.search(
                r"\brefer(?:red|ral|ring)?\b|\bfor (?:assessment|opinion|review) by\b|转诊|请.{1,8}会诊|转.{1,6}科",
                s.text,
                re.I,
            )
        ]
        yield from self._told(rows, 6)

    def _statements(
        self, *sections: str, limit: int, struck: Sequence[Assertion] = (*_STRUCK, Assertion.FAMILY)
    ) -> Iterator[Sentence]:
        yield from self._told(
            [s for s in self.record.statements_in(*sections) if self._counts(s, struck)], limit
        )

    def _told(self, rows: Sequence[Statement], limit: int) -> Iterator[Sentence]:
        said: set[str] = set()
        for s in rows:
            key = re.sub(r"\W+", "", s.text).casefold()
            if key and key not in said and len(said) < limit:
                said.add(key)
                yield stated(self.record, ended(self.turn, s.text), [s.place], date=s.date or "")

    def _counts(self, s: Statement, struck: Sequence[Assertion]) -> bool:
        return s.assertion not in struck and self._known_then(s.date)

    def _known_then(self, moment: str | None) -> bool:
        taken = iso_date(moment or "")
        return self.until is None or taken is None or taken <= self.until

    def _observations(self, *kinds: ObservationKind) -> list[Observation]:
        """The newest value of each, of the moment this document is written for; the stay's first where ``early``."""
        chosen: dict[str, Observation] = {}
        for o in sorted(self.record.observations, key=lambda o: sort_key(o.time)):
            if o.kind not in kinds or o.assertion is not Assertion.PRESENT:
                continue
            if period_of(o.time, self.record.encounter) in (Period.BEFORE, Period.AFTER):
                continue
            # Without its day a value cannot be told to be of the admission.
            if self.until is not None and (not o.time or not self._known_then(o.time)):
                continue
            if not (self.early and o.name.casefold() in chosen):
                chosen[o.name.casefold()] = o
        return list(chosen.values())

    def _struck_places(self) -> list[Place]:
        return [s.place for s in self.record.statements if s.assertion is Assertion.ERRONEOUS]

    @staticmethod
    def _is_held(c: Condition) -> bool:
        return c.assertion in (Assertion.PRESENT, Assertion.HISTORICAL)


def _overlaps(a: Place, b: Place) -> bool:
    return a.document_id == b.document_id and a.start < b.end and b.start < a.end


def unsigned(turn: Turn) -> Sentence:
    return ruled(
        turn.say(
            "Not signed. A clinician reviews, corrects and signs this draft.",
            "未签名。由临床医生审阅、修改并签名。",
        )
    )
