from __future__ import annotations

from typing import Any

import pytest

from assistant.errors import AccessDenied
from assistant.store import Action, DocumentKind, DocumentVersion, Outcome, Role, Speaker, Thumb, operator
from assistant.store.learning import Learning

DRAFT = {"task": "discharge", "sections": [], "text": "first"}
EDIT = {"task": "discharge", "sections": [], "text": "second"}


def _document(hospital: Any) -> DocumentVersion:
    patient = hospital.patient()
    documents = hospital.store.documents
    first = documents.save_draft(hospital.ada, patient, DocumentKind.DISCHARGE, "Stay", "first", DRAFT)
    version: DocumentVersion = documents.edit(hospital.ada, first.document_id, "second", EDIT, base=1)
    return version


@pytest.fixture
def ada(hospital: Any) -> Any:
    hospital.ada = hospital.person("ada")
    return hospital.ada


def test_a_signed_document_comes_with_its_first_draft_and_the_names_to_take_out(
    hospital: Any, ada: Any
) -> None:
    version = _document(hospital)
    learning = Learning(hospital.store.audit)
    assert learning.signed(operator()) == ()
    hospital.store.documents.sign(ada, version.document_id, 2, sha256=version.sha256)
    (work,) = learning.signed(operator())
    assert (work.drafted, work.signed) == (DRAFT, EDIT)
    assert {"Ada Example", "Ada"} <= set(work.names)


def test_a_version_after_the_signed_one_is_left_alone(hospital: Any, ada: Any) -> None:
    version = _document(hospital)
    hospital.store.documents.sign(ada, version.document_id, 2, sha256=version.sha256)
    hospital.store.documents.edit(ada, version.document_id, "third", DRAFT, base=2)
    (work,) = Learning(hospital.store.audit).signed(operator())
    assert work.signed == EDIT


def test_a_rated_answer_comes_with_its_question_and_a_second_thought_replaces_the_first(
    hospital: Any, ada: Any
) -> None:
    talk = hospital.store.conversations.start(ada, hospital.patient())
    say = hospital.store.conversations.append
    say(ada, talk.id, Speaker.USER, "Earlier?")
    say(ada, talk.id, Speaker.USER, "Why was it held?")
    reply = say(ada, talk.id, Speaker.ASSISTANT, "Because.", answer={"task": "ask"})
    hospital.store.conversations.rate(ada, reply.id, Thumb.DOWN)
    hospital.store.conversations.rate(ada, reply.id, Thumb.UP)
    (rated,) = Learning(hospital.store.audit).rated(operator())
    assert (rated.question, rated.answer, rated.thumb) == ("Why was it held?", {"task": "ask"}, 1)
    assert "Ada Example" in rated.names


def test_nobody_who_signs_in_may_read_it_and_each_reading_is_in_the_trail(hospital: Any, ada: Any) -> None:
    learning = Learning(hospital.store.audit)
    for person in (ada, hospital.person("max", Role.ADMIN), hospital.person("eve", Role.EDUCATOR)):
        with pytest.raises(AccessDenied):
            learning.signed(person)
        with pytest.raises(AccessDenied):
            learning.rated(person)
    learning.rated(operator())
    auditor = hospital.person("otto", Role.AUDITOR)
    rows = [r for r in hospital.store.audit.search(auditor) if r.object_kind == "training"]
    assert [r.action for r in rows if r.outcome == Outcome.OK] == [Action.EXPORT]
    assert len([r for r in rows if r.outcome == Outcome.DENIED]) == 6
