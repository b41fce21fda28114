from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from assistant.errors import AccessDenied, StorageFailed
from assistant.store import Action, Role, Speaker


@pytest.fixture
def busy(hospital: Any) -> Any:
    """A hospital with a score of audit rows; the last one reads a record."""
    hospital.ada = hospital.person("ada")
    hospital.patient_id = hospital.patient()
    for _ in range(16):
        hospital.store.patients.source(hospital.ada, hospital.patient_id)
    assert hospital.store.audit.verify().whole
    return hospital


def rechained(hospital: Any) -> list[str]:
    """Statements that recompute every hash after tampering, as an intruder who read our source would."""
    from assistant.store.audit import _digest
    from assistant.store.tables import audit

    with hospital.store.database.read() as connection:
        rows = [dict(row) for row in connection.execute(audit.select().order_by(audit.c.seq)).mappings()]
    previous, statements = "0" * 64, []
    for row in rows:
        row["previous"] = previous
        previous = _digest(row)
        statements.append(
            f"UPDATE audit SET previous = '{row['previous']}', hash = '{previous}' WHERE seq = {row['seq']}"
        )
    return statements


TAMPERINGS = {
    "edit": (["UPDATE audit SET user_id = 'someone-else' WHERE seq = 9"], "Row 9 was edited"),
    "edit of a time": (
        ["UPDATE audit SET time = '2026-03-02T07:00:00.000000Z' WHERE seq = 9"],
        "Row 9 was edited",
    ),
    "delete": (["DELETE FROM audit WHERE seq = 9"], "Rows 9 to 9 are missing"),
    "delete and renumber": (
        [
            "DELETE FROM audit WHERE seq = 9",
            *(f"UPDATE audit SET seq = {n} WHERE seq = {n + 1}" for n in range(9, 40)),
        ],
        "Row 9 does not follow row 8",
    ),
    "reorder": (
        [
            "UPDATE audit SET seq = 900 WHERE seq = 9",
            "UPDATE audit SET seq = 9 WHERE seq = 10",
            "UPDATE audit SET seq = 10 WHERE seq = 900",
        ],
        "Row 9 does not follow row 8",
    ),
    "cut tail": (["DELETE FROM audit WHERE seq > 12"], "cut from the end"),
    "cut the last row": (["DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"], "cut from the end"),
    "cut everything": (["DELETE FROM audit"], "cut from the end"),
}


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_tampering_is_found_and_named(busy: Any, kind: str) -> None:
    statements, expected = TAMPERINGS[kind]
    busy.sql(*statements)
    assert expected in " ".join(busy.store.audit.verify().problems)


@pytest.mark.parametrize("kind", ["edit", "delete and renumber"])
def test_a_chain_that_was_recomputed_after_tampering_is_found_by_the_anchor(busy: Any, kind: str) -> None:
    busy.sql(*TAMPERINGS[kind][0])
    busy.sql(*rechained(busy))
    assert re.search("rewritten or added|cut from the end", " ".join(busy.store.audit.verify().problems))


def test_a_cut_is_still_known_after_work_has_gone_on(busy: Any) -> None:
    busy.sql("DELETE FROM audit WHERE seq > 12")
    busy.store.patients.source(busy.ada, busy.patient_id)
    busy.store.patients.source(busy.ada, busy.patient_id)
    problems = busy.store.audit.verify().problems
    assert len(problems) == 1
    assert "row 12 found" in problems[0]


def test_an_anchor_that_was_removed_or_overwritten_is_known_for_good(busy: Any) -> None:
    busy.anchor.unlink()
    assert "anchor file is missing" in busy.store.audit.verify().problems[0]
    busy.store.patients.source(busy.ada, busy.patient_id)
    assert "anchor was missing" in busy.store.audit.verify().problems[0]
    busy.anchor.write_text("{}")
    assert "not an audit anchor" in busy.store.audit.verify().problems[0]
    busy.store.patients.source(busy.ada, busy.patient_id)
    assert "anchor was unreadable" in busy.store.audit.verify().problems[0]


def test_a_death_between_the_two_steps_of_the_anchor_is_no_tampering(busy: Any) -> None:
    before = busy.anchor.read_text()
    busy.store.patients.source(busy.ada, busy.patient_id)
    confirmed = json.loads(busy.anchor.read_text())["confirmed"]
    as_promised = {**json.loads(before), "pending": confirmed}
    busy.anchor.write_text(json.dumps(as_promised))
    assert busy.store.audit.verify().whole
    never_committed = {**json.loads(before), "confirmed": confirmed, "pending": {"seq": 99, "hash": "f" * 64}}
    busy.anchor.write_text(json.dumps(never_committed))
    assert busy.store.audit.verify().whole
    busy.store.patients.source(busy.ada, busy.patient_id)
    assert busy.store.audit.verify().whole


def test_no_audit_no_act(busy: Any) -> None:
    talk = busy.store.conversations.start(busy.ada)
    rows = busy.store.audit.verify().rows
    busy.sql("ALTER TABLE audit RENAME TO hidden")
    with pytest.raises(StorageFailed):
        busy.store.patients.source(busy.ada, busy.patient_id)
    with pytest.raises(StorageFailed):
        busy.store.conversations.append(busy.ada, talk.id, Speaker.USER, "unheard")
    busy.sql("ALTER TABLE hidden RENAME TO audit")
    assert busy.store.conversations.history(busy.ada, talk.id) == ()
    assert busy.store.audit.verify().rows == rows + 1


def test_no_anchor_no_act_and_work_goes_on_when_it_can_be_written_again(busy: Any) -> None:
    talk = busy.store.conversations.start(busy.ada)
    draft = busy.anchor.with_name(busy.anchor.name + ".new")
    draft.mkdir()  # stands in the way of the anchor's next version, for root too
    with pytest.raises(StorageFailed, match=r"anchor .* cannot be written"):
        busy.store.conversations.append(busy.ada, talk.id, Speaker.USER, "unheard")
    draft.rmdir()
    busy.store.conversations.append(busy.ada, talk.id, Speaker.USER, "heard")
    assert [m.text for m in busy.store.conversations.history(busy.ada, talk.id)] == ["heard"]
    assert busy.store.audit.verify().whole


def test_no_words_and_no_names_get_into_the_trail(busy: Any) -> None:
    talk = busy.store.conversations.start(busy.ada, busy.patient_id, title="Canary title")
    busy.store.conversations.append(busy.ada, talk.id, Speaker.USER, "Canary question")
    strangers = (
        "Canary Müller 1957",
        "'; DROP TABLE audit; --",
        "x" * 65,
        "Canary",
        "chest-pain:Canary-1957",
    )
    for stranger in strangers:
        with pytest.raises(AccessDenied):
            busy.store.conversations.history(busy.ada, stranger)
    auditor = busy.person("eve", Role.AUDITOR)
    trail = repr(busy.store.audit.search(auditor))
    assert trail.count("not-an-id") == len(strangers)
    for word in ("Canary", "Ada", "pneumonia", "DROP"):
        assert word not in trail


def test_the_trail_is_searched_by_auditors_alone_and_that_too_is_a_row(busy: Any) -> None:
    auditor = busy.person("eve", Role.AUDITOR)
    with pytest.raises(AccessDenied):
        busy.store.audit.search(busy.ada)
    reads = busy.store.audit.search(
        auditor, user_id=busy.ada.user_id, action=Action.READ, patient_id=busy.patient_id
    )
    assert len(reads) == 16
    assert [r.seq for r in reads] == sorted((r.seq for r in reads), reverse=True)
    older = busy.store.audit.search(auditor, before_seq=reads[4].seq, limit=3, patient_id=busy.patient_id)
    assert older == reads[5:8]
    assert busy.store.audit.search(auditor, since=busy.clock.now.replace(year=2027)) == ()
    newest = busy.store.audit.search(auditor, limit=1)[0]
    assert (newest.user_id, newest.action, newest.object_kind) == (auditor.user_id, "read", "audit")


def test_an_act_outside_the_store_is_written_before_it_happens(busy: Any) -> None:
    from assistant.store import Right

    busy.store.audit.write(
        busy.ada, Action.EXPORT, "answer", "a1" * 16, busy.patient_id, right=Right.READ_RECORD
    )
    auditor = busy.person("eve", Role.AUDITOR)
    row = busy.store.audit.search(auditor, action=Action.EXPORT)[0]
    assert (row.object_kind, row.patient_id, row.outcome) == ("answer", busy.patient_id, "ok")


@pytest.mark.parametrize("verb", ["UPDATE audit SET user_id = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_a_row(busy: Any, verb: str) -> None:
    with pytest.raises((StorageFailed, IntegrityError)), busy.store.database.write() as connection:
        connection.exec_driver_sql(verb)
    assert busy.store.audit.verify().whole


def test_the_anchor_is_its_owners_alone(busy: Any) -> None:
    assert os.stat(busy.anchor).st_mode & 0o077 == 0
