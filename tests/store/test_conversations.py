from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from assistant.errors import BadInput
from assistant.store import Role, Speaker, Thumb
from assistant.store.tables import feedback


def test_a_conversation_comes_back_as_it_was_after_a_restart(hospital: Any) -> None:
    ada = hospital.person("ada")
    talk = hospital.store.conversations.start(ada, hospital.patient(), title="Pneumonia", language="zh")
    said = "  剂量?  <b>40 mg</b>\r\n\tok \u202e"
    answer = {"text": "见 [1]", "sections": [], "abstained": False, "n": 1.5}
    hospital.store.conversations.append(ada, talk.id, Speaker.USER, said)
    hospital.store.conversations.append(ada, talk.id, Speaker.ASSISTANT, "见 [1]", answer=answer)
    hospital.store.close()
    reopened = hospital.open().conversations
    history = reopened.history(ada, talk.id)
    assert [(m.position, m.role, m.text, m.answer) for m in history] == [
        (1, Speaker.USER, said, None),
        (2, Speaker.ASSISTANT, "见 [1]", answer),
    ]
    assert reopened.list(ada, talk.patient_id) == (talk,)


def test_a_message_sent_twice_is_kept_once(hospital: Any) -> None:
    ada = hospital.person("ada")
    talk = hospital.store.conversations.start(ada)
    append = hospital.store.conversations.append
    with ThreadPoolExecutor(8) as pool:
        kept = list(
            pool.map(lambda _: append(ada, talk.id, Speaker.USER, "once", idempotency_key="k1"), range(8))
        )
    assert len({message.id for message in kept}) == 1
    append(ada, talk.id, Speaker.USER, "once", idempotency_key="k2")
    assert len(hospital.store.conversations.history(ada, talk.id)) == 2
    with pytest.raises(BadInput, match="already used"):
        append(ada, talk.id, Speaker.USER, "other words", idempotency_key="k1")


def test_one_key_in_two_conversations_is_two_messages(hospital: Any) -> None:
    ada = hospital.person("ada")
    talks = [hospital.store.conversations.start(ada) for _ in range(2)]
    for talk in talks:
        hospital.store.conversations.append(ada, talk.id, Speaker.USER, "x", idempotency_key="k")
    assert [len(hospital.store.conversations.history(ada, talk.id)) for talk in talks] == [1, 1]


def test_sixteen_writers_at_once_lose_and_mix_nothing(hospital: Any) -> None:
    people = [hospital.person(f"user{n}") for n in range(4)]
    talks = [(person, hospital.store.conversations.start(person)) for person in people]

    def write(n: int) -> None:
        person, talk = talks[n % 4]
        for i in range(10):
            hospital.store.conversations.append(person, talk.id, Speaker.USER, f"{person.username} {n} {i}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    for person, talk in talks:
        history = hospital.store.conversations.history(person, talk.id)
        assert [m.position for m in history] == list(range(1, 41))
        assert len({m.text for m in history}) == 40
        assert all(m.text.startswith(person.username) for m in history)
    assert hospital.store.audit.verify().problems == ()


def test_a_list_holds_ones_own_conversations_the_latest_first(hospital: Any) -> None:
    ada, grace = hospital.person("ada"), hospital.person("grace")
    older = hospital.store.conversations.start(ada)
    hospital.clock.forward(minutes=1)
    newer = hospital.store.conversations.start(ada)
    hospital.store.conversations.start(grace)
    assert [c.id for c in hospital.store.conversations.list(ada)] == [newer.id, older.id]
    hospital.clock.forward(minutes=1)
    hospital.store.conversations.append(ada, older.id, Speaker.USER, "again")
    assert [c.id for c in hospital.store.conversations.list(ada)] == [older.id, newer.id]


def test_a_second_thought_replaces_the_first(hospital: Any) -> None:
    ada = hospital.person("ada", Role.NURSE)
    talk = hospital.store.conversations.start(ada)
    message = hospital.store.conversations.append(ada, talk.id, Speaker.ASSISTANT, "Rest.")
    hospital.store.conversations.rate(ada, message.id, Thumb.UP)
    hospital.store.conversations.rate(ada, message.id, Thumb.DOWN, "too short")
    with hospital.store.database.read() as connection:
        rows = connection.execute(select(feedback.c.thumb, feedback.c.note)).all()
    assert [tuple(row) for row in rows] == [(-1, "too short")]


def test_text_that_is_not_unicode_is_refused_in_one_line_and_the_next_is_kept(hospital: Any) -> None:
    ada = hospital.person("ada")
    talk = hospital.store.conversations.start(ada)
    with pytest.raises(BadInput, match="cannot be kept"):
        hospital.store.conversations.append(ada, talk.id, Speaker.USER, "broken \ud800 emoji")
    hospital.store.conversations.append(ada, talk.id, Speaker.USER, "fine")
    assert [m.text for m in hospital.store.conversations.history(ada, talk.id)] == ["fine"]


def test_a_patients_own_account_never_gets_back_what_was_withheld(hospital: Any) -> None:
    answer = {"sections": [], "withheld": [{"text": "Take 500 mg.", "reason": "not in the evidence"}]}
    kept = {}
    for name, role in (("pat", Role.PATIENT), ("ada", Role.CLINICIAN)):
        actor = hospital.person(name, role)
        talk = hospital.store.conversations.start(actor)
        hospital.store.conversations.append(actor, talk.id, Speaker.ASSISTANT, "x", answer=answer)
        (message,) = hospital.store.conversations.history(actor, talk.id)
        kept[name] = message.answer["withheld"]
    assert kept == {"pat": [], "ada": answer["withheld"]}
