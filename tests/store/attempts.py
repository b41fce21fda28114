"""Every action of the store that takes somebody's id, for tests that try them with the ids of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from assistant.domain.answer import Urgency
from assistant.store import Actor, DocumentKind, Given, Planned, Role, Speaker, Store, Thumb
from tests.store.conftest import Hospital

TODAY = date(2026, 3, 2)
ANSWER: dict[str, object] = {"sections": []}
GOALS: dict[str, object] = {"sections": [{"key": "goals", "sentences": [{"text": "x"}]}]}
SAID = Given("how", "x", Urgency.ROUTINE, "")


@dataclass(frozen=True)
class Owned:
    """What one user has, and the words that nobody else may ever read."""

    actor: Actor
    patient: str
    conversation: str
    message: str
    document: str
    sha256: str
    canary: str
    check_in: str
    question: str


def owning(hospital: Hospital, name: str, number: int) -> Owned:
    """A clinician with a patient, a talk and a draft of their own, each with a canary in it."""
    canary = f"canary-{number:03d}-{name}"
    actor = hospital.person(name, wards=())
    patient = hospital.patient(f"chart {canary}".encode(), actor)
    talk = hospital.store.conversations.start(actor, patient, title=canary)
    message = hospital.store.conversations.append(
        actor, talk.id, Speaker.ASSISTANT, canary, answer={"text": canary}
    )
    draft = hospital.store.documents.save_draft(
        actor, patient, DocumentKind.PLAN, canary, canary, GOALS | {"text": canary}
    )
    (two,) = hospital.store.check_ins.arrange(actor, patient, [Planned(2, TODAY, ("how",))])
    said = Given("how", canary, Urgency.URGENT, canary)
    hospital.store.check_ins.answer(actor, patient, two.id, [said])
    question = hospital.store.team_questions.ask(actor, patient, canary, Urgency.ROUTINE)
    return Owned(
        actor,
        patient,
        talk.id,
        message.id,
        draft.document_id,
        draft.sha256,
        canary,
        two.id,
        question.id,
    )


Attempt = Callable[[Store, Actor, Owned], object]
BY_PATIENT: dict[str, Attempt] = {
    "open the record": lambda s, a, o: s.patients.source(a, o.patient),
    "see the row": lambda s, a, o: s.patients.row(a, o.patient),
    "see the team": lambda s, a, o: s.patients.team(a, o.patient),
    "share": lambda s, a, o: s.patients.share(a, o.patient, a.user_id),
    "share by name": lambda s, a, o: s.patients.share_by_name(a, o.patient, a.username),
    "unshare": lambda s, a, o: s.patients.unshare(a, o.patient, o.actor.user_id),
    "start a talk": lambda s, a, o: s.conversations.start(a, o.patient),
    "list talks": lambda s, a, o: s.conversations.list(a, o.patient),
    "draft": lambda s, a, o: s.documents.save_draft(a, o.patient, DocumentKind.PLAN, "t", "x", ANSWER),
    "list documents": lambda s, a, o: s.documents.for_patient(a, o.patient),
    "list signed": lambda s, a, o: s.documents.signed_for_patient(a, o.patient),
    "arrange check-ins": lambda s, a, o: s.check_ins.arrange(a, o.patient, [Planned(2, TODAY, ("how",))]),
    "see what is due": lambda s, a, o: s.check_ins.due(a, o.patient, TODAY),
    "answer a check-in": lambda s, a, o: s.check_ins.answer(a, o.patient, o.check_in, [SAID]),
    "read check-ins": lambda s, a, o: s.check_ins.for_patient(a, o.patient),
    "tick a check-in off": lambda s, a, o: s.check_ins.mark_seen(a, o.patient, o.check_in, []),
    "ask the team": lambda s, a, o: s.team_questions.ask(a, o.patient, "x", Urgency.ROUTINE),
    "see own questions": lambda s, a, o: s.team_questions.own(a, o.patient),
    "read the questions": lambda s, a, o: s.team_questions.for_patient(a, o.patient),
    "tick a question off": lambda s, a, o: s.team_questions.mark_seen(a, o.patient, o.question),
}
BY_CONVERSATION: dict[str, Attempt] = {
    "read the talk": lambda s, a, o: s.conversations.history(a, o.conversation),
    "ask in the talk": lambda s, a, o: s.conversations.append(a, o.conversation, Speaker.USER, "x"),
    "answer in the talk": lambda s, a, o: s.conversations.append(a, o.conversation, Speaker.ASSISTANT, "x"),
    "rename the talk": lambda s, a, o: s.conversations.rename(a, o.conversation, "x"),
    "rate the answer": lambda s, a, o: s.conversations.rate(a, o.message, Thumb.UP),
}
BY_DOCUMENT: dict[str, Attempt] = {
    "read the draft": lambda s, a, o: s.documents.latest(a, o.document),
    "read the versions": lambda s, a, o: s.documents.versions(a, o.document),
    "edit": lambda s, a, o: s.documents.edit(a, o.document, "x", ANSWER, base=1),
    "sign": lambda s, a, o: s.documents.sign(a, o.document, 1, sha256=o.sha256),
    "export": lambda s, a, o: s.documents.export(a, o.document, 1),
    "tick a goal": lambda s, a, o: s.goals.set(a, o.document, "x", done=True),
    "read the goals": lambda s, a, o: s.goals.of(a, o.document),
}
ATTEMPTS = {**BY_PATIENT, **BY_CONVERSATION, **BY_DOCUMENT}
PATIENTS_TOO = {
    *("see the row", "start a talk", "list talks", "list signed"),
    *("see what is due", "answer a check-in", "ask the team", "see own questions"),
}
NOT_A_PATIENTS = {
    *(n for n in ATTEMPTS if n not in PATIENTS_TOO),
}
"""What a patient's account may not do even about its own patient; the talk is the clinician's."""


def everybody(hospital: Hospital, clinicians: int) -> tuple[list[Owned], list[Actor]]:
    """Clinicians each with their own, and one account of every other role."""
    owners = [owning(hospital, f"user{n}", n) for n in range(clinicians)]
    roles = (Role.NURSE, Role.EDUCATOR, Role.PATIENT, Role.AUDITOR, Role.ADMIN)
    return owners, [hospital.person(f"other-{role.value}", role, wards=()) for role in roles]
