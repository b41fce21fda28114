from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from assistant.errors import AccessDenied, BadInput, StorageFailed
from assistant.store import (
    Action,
    DocumentKind,
    KeySource,
    PatientDisplay,
    RecordSource,
    Role,
    SourceKind,
    Speaker,
    Thumb,
    open_store,
    operator,
)
from assistant.store.backup import MAGIC
from assistant.store.erasure import ErasureReason
from assistant.store.master_keys import WrongKey, new_key
from assistant.store.upkeep import Periods

OPERATOR = operator()


def keep(hospital: Any, actor: Any, name: str = "Ottoline Plumtree") -> str:
    """A patient with one of everything."""
    store = hospital.store
    patient: str = store.patients.add(
        actor,
        RecordSource(SourceKind.CHART, f"{name}, 肺炎 {actor.username}".encode(), "chart.txt"),
        PatientDisplay(name=name, mrn=f"77-{name}", sex="female"),
    )
    talk = store.conversations.start(actor, patient, title=f"{name}'s rash")
    store.conversations.append(actor, talk.id, Speaker.USER, "since Tuesday")
    said = store.conversations.append(actor, talk.id, Speaker.ASSISTANT, "a rash", answer={"text": "a rash"})
    store.conversations.rate(actor, said.id, Thumb.DOWN, "short")
    draft = store.documents.save_draft(
        actor, patient, DocumentKind.PLAN, "Plan", f"For {name}", {"a": "剂量"}
    )
    store.documents.sign(actor, draft.document_id, 1, sha256=draft.sha256)
    store.documents.edit(actor, draft.document_id, "Again", {"a": 1}, base=1)
    return patient


def told(store: Any, actor: Any, patient: str) -> tuple[Any, ...]:
    """All that a clinician reads of a patient."""
    talks = store.conversations.list(actor, patient)
    return (
        store.patients.row(actor, patient),
        store.patients.source(actor, patient),
        [(talk, store.conversations.history(actor, talk.id)) for talk in talks],
        [store.documents.versions(actor, d.document_id) for d in store.documents.for_patient(actor, patient)],
    )


def stored_values(url: str) -> dict[str, set[bytes]]:
    """Every value as it lies in the database, by table."""
    engine = create_engine(make_url(url.replace("postgresql:", "postgresql+psycopg:")))
    found: dict[str, set[bytes]] = {}
    with engine.connect() as connection:
        for table in ("patients", "conversations", "messages", "feedback", "documents", "document_versions"):
            rows = connection.execute(text(f"SELECT * FROM {table}"))
            cells = [cell for row in rows for cell in row if isinstance(cell, str | bytes | memoryview)]
            found[table] = {cell.encode() if isinstance(cell, str) else bytes(cell) for cell in cells}
    engine.dispose()
    return found


def test_nobody_but_the_operator_may_keep_up_the_store(hospital: Any, tmp_path: Path) -> None:
    ada, root = hospital.person("ada"), hospital.person("root", Role.ADMIN)
    patient = keep(hospital, ada)
    upkeep = hospital.store.upkeep
    attempts: list[Callable[[Any], object]] = [
        lambda a: upkeep.rotate(a, new_master=False),
        lambda a: upkeep.backup(a, tmp_path / "b.bedside"),
        lambda a: upkeep.restore(a, tmp_path / "b.bedside", replace_all=True),
        lambda a: upkeep.erase(a, patient, ErasureReason.OTHER),
        lambda a: upkeep.export_patient(a, patient),
        lambda a: upkeep.keep_to(a, Periods(patients_days=1)),
    ]
    upkeep.backup(OPERATOR, tmp_path / "b.bedside")
    for actor in (ada, root):
        for attempt in attempts:
            with pytest.raises((AccessDenied, BadInput), match=r"may not|there already"):
                attempt(actor)
    assert told(hospital.store, ada, patient)[0].display.name == "Ottoline Plumtree"


def test_a_rotation_seals_everything_anew_and_an_open_page_goes_on(hospital: Any) -> None:
    ada = hospital.person("ada")
    patient = keep(hospital, ada)
    page = hospital.open()
    before, sealed = told(page, ada, patient), stored_values(hospital.url)
    key = hospital.anchor.with_name("bedside.key")
    first = key.read_text().split()
    assert hospital.store.upkeep.rotate(OPERATOR) > 8
    again = stored_values(hospital.url)
    for table in ("messages", "document_versions", "patients"):
        assert not {v for v in sealed[table] & again[table] if v.startswith(b"s1.")}
    assert told(page, ada, patient) == before
    talk = page.conversations.start(ada, patient, title="after")
    page.conversations.append(ada, talk.id, Speaker.USER, "still here")
    assert [m.text for m in hospital.store.conversations.history(ada, talk.id)] == ["still here"]
    assert hospital.store.users.sign_in("ada", hospital.password("ada"))
    assert hospital.store.audit.verify().whole
    page.close()
    hospital.store.close()
    assert key.read_text().split()[1:] == first
    key.write_text(key.read_text().split()[0])
    assert told(hospital.open(), ada, patient)[0] == before[0]
    key.write_text(first[0])
    with pytest.raises(WrongKey):
        hospital.open()


def test_after_a_rotation_a_version_still_cannot_be_changed(hospital: Any) -> None:
    keep(hospital, hospital.person("ada"))
    hospital.store.upkeep.rotate(OPERATOR)
    for statement in ("UPDATE document_versions SET text = 'x'", "DELETE FROM audit"):
        with pytest.raises(Exception, match=r"never change|refused"), hospital.store.database.write() as c:
            c.exec_driver_sql(statement)
    assert hospital.store.audit.verify().whole


def test_a_rotation_that_fails_changes_nothing(hospital: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = hospital.person("ada")
    patient = keep(hospital, ada)
    before, sealed = told(hospital.store, ada, patient), stored_values(hospital.url)

    def cut(*_: object) -> int:
        raise StorageFailed("power cut")

    with monkeypatch.context() as patched:
        patched.setattr("assistant.store.upkeep._reseal", cut)
        with pytest.raises(StorageFailed, match="power cut"):
            hospital.store.upkeep.rotate(OPERATOR)
    assert stored_values(hospital.url)["messages"] == sealed["messages"]
    assert told(hospital.store, ada, patient) == before
    assert hospital.store.upkeep.rotate(OPERATOR) > 8


def test_a_backup_restores_on_another_machine_as_it_was(hospital: Any, tmp_path: Path) -> None:
    ada = hospital.person("ada")
    patient = keep(hospital, ada)
    before = told(hospital.store, ada, patient)
    file = tmp_path / "b.bedside"
    content = hospital.store.upkeep.backup(OPERATOR, file)
    assert content.rows["messages"] == 2
    assert file.stat().st_mode & 0o077 == 0
    raw = file.read_bytes()
    assert not any(word in raw for word in (b"Ottoline", "肺炎".encode(), b"patients", b"argon2"))
    (tmp_path / "other").mkdir()
    keys = KeySource(file=hospital.anchor.with_name("bedside.key"))
    other = open_store(
        f"sqlite:///{tmp_path}/other/o.db",
        anchor=tmp_path / "other" / "anchor",
        clock=hospital.clock,
        keys=keys,
    )
    assert other.upkeep.restore(OPERATOR, file).rows == content.rows
    signed_in = other.users.sign_in("ada", hospital.password("ada")).actor
    assert told(other, signed_in, patient) == before
    assert other.audit.verify().whole
    with pytest.raises(Exception, match="never change"), other.database.write() as connection:
        connection.exec_driver_sql("UPDATE audit SET user_id = 'x'")
    other.close()


def test_a_restore_over_a_used_database_is_asked_for_and_then_told_by_the_trail(
    hospital: Any, tmp_path: Path
) -> None:
    ada = hospital.person("ada")
    patient = keep(hospital, ada)
    before = told(hospital.store, ada, patient)
    hospital.store.upkeep.backup(OPERATOR, tmp_path / "b")
    talk = hospital.store.conversations.start(ada, patient, title="lost by the restore")
    with pytest.raises(BadInput, match="--replace"):
        hospital.store.upkeep.restore(OPERATOR, tmp_path / "b")
    assert hospital.store.conversations.history(ada, talk.id) == ()
    hospital.store.upkeep.rotate(OPERATOR)
    hospital.store.upkeep.restore(OPERATOR, tmp_path / "b", replace_all=True)
    again = hospital.store.users.sign_in("ada", hospital.password("ada")).actor
    assert told(hospital.store, again, patient) == before
    (problem,) = hospital.store.audit.verify().problems
    assert "did not stand where the anchor said" in problem


def test_a_restore_opens_no_page_again_that_was_signed_out(hospital: Any, tmp_path: Path) -> None:
    keep(hospital, hospital.person("ada"))
    session = hospital.store.users.sign_in("ada", hospital.password("ada"))
    hospital.store.upkeep.backup(OPERATOR, tmp_path / "b")
    hospital.store.users.sign_out(session.token)
    hospital.store.upkeep.restore(OPERATOR, tmp_path / "b", replace_all=True)
    with pytest.raises(AccessDenied):
        hospital.store.users.session(session.token)


def test_what_could_not_be_scrubbed_is_said_and_the_next_run_does_it(
    sqlite_hospital: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.store.engines.BUSY_TIMEOUT_S", 0.2)
    hospital = sqlite_hospital
    patient = keep(hospital, hospital.person("ada"))
    store, page = hospital.open(), hospital.open()
    with page.database.read(), pytest.raises(StorageFailed, match=r"It is done, but .* Stop the app"):
        store.upkeep.erase(OPERATOR, patient, ErasureReason.OTHER)
    with pytest.raises(BadInput, match="no such patient"):
        store.upkeep.erase(OPERATOR, patient, ErasureReason.OTHER)
    store.close()
    page.close()


def damages(raw: bytes) -> dict[str, bytes]:
    middle = len(raw) // 2
    flipped = bytes([raw[middle] ^ 1])
    return {
        "one bit": raw[:middle] + flipped + raw[middle + 1 :],
        "cut short": raw[:-40],
        "cut in half": raw[:middle],
        "header alone": raw[: raw.index(b"\n", len(MAGIC)) + 1],
        "another time in the header": re.sub(rb'"made": "2026', b'"made": "2025', raw),
        "more at the end": raw + b"\0" * 8,
        "a text": b"no backup at all",
        "empty": b"",
    }


def test_a_damaged_or_foreign_backup_is_refused_and_nothing_changes(hospital: Any, tmp_path: Path) -> None:
    ada = hospital.person("ada")
    patient = keep(hospital, ada)
    before = told(hospital.store, ada, patient)
    hospital.store.upkeep.backup(OPERATOR, tmp_path / "whole")
    for name, content in damages((tmp_path / "whole").read_bytes()).items():
        file = tmp_path / "damaged"
        file.write_bytes(content)
        with pytest.raises(BadInput, match="nothing was restored") as refused:
            hospital.store.upkeep.restore(OPERATOR, file, replace_all=True)
        assert "\n" not in str(refused.value), name
    with pytest.raises(BadInput, match="there already"):
        hospital.store.upkeep.backup(OPERATOR, tmp_path / "whole")
    key = hospital.anchor.with_name("bedside.key")
    kept = key.read_text()
    key.write_text(new_key())
    with pytest.raises(WrongKey, match="Nothing was restored"):
        hospital.store.upkeep.restore(OPERATOR, tmp_path / "whole", replace_all=True)
    key.write_text(kept)
    assert told(hospital.store, ada, patient) == before


def test_a_restore_that_fails_half_way_leaves_what_was(
    hospital: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = hospital.person("ada")
    patient = keep(hospital, ada)
    hospital.store.upkeep.backup(OPERATOR, tmp_path / "b")
    before = told(hospital.store, ada, patient)

    def cut(*_: object) -> None:
        raise StorageFailed("power cut")

    with monkeypatch.context() as patched:
        patched.setattr("assistant.store.backup._insert", cut)
        with pytest.raises(StorageFailed, match="power cut"):
            hospital.store.upkeep.restore(OPERATOR, tmp_path / "b", replace_all=True)
    assert told(hospital.store, ada, patient) == before
    assert hospital.store.audit.verify().whole


def test_an_erased_patient_is_nowhere_and_the_others_are_as_they_were(hospital: Any, tmp_path: Path) -> None:
    ada = hospital.person("ada")
    other = keep(hospital, ada, "Basil Rowan")
    beside, untouched = told(hospital.store, ada, other), stored_values(hospital.url)
    patient = keep(hospital, ada)
    pat = hospital.person("pat", Role.PATIENT)
    hospital.store.patients.share(ada, patient, pat.user_id)
    loose = hospital.store.conversations.start(ada, title="about a lady")
    hospital.store.conversations.append(ada, loose.id, Speaker.USER, "Ottoline Plumtree again")
    hospital.store.upkeep.backup(OPERATOR, tmp_path / "before")
    hers = {
        value
        for table, values in stored_values(hospital.url).items()
        for value in values - untouched[table]
        if value.startswith(b"s1.") or len(value) == 64
    }
    hers -= stored_loose(hospital, loose.id)
    assert len(hers) >= 12
    erased = hospital.store.upkeep.erase(OPERATOR, patient, ErasureReason.PATIENT_REQUEST)
    assert erased.rows["messages"] == 2
    assert erased.rows["users"] == 1
    assert erased.mentions == (loose.id,)
    if hospital.url.startswith("sqlite"):
        raw = b"".join(f.read_bytes() for f in tmp_path.glob("bedside.db*"))
        assert [value for value in hers if value in raw] == []
    else:
        assert not hers & set().union(*stored_values(hospital.url).values())
    assert told(hospital.store, ada, other) == beside
    with pytest.raises(AccessDenied):
        hospital.store.patients.source(ada, patient)
    auditor = hospital.person("eve", Role.AUDITOR)
    (row,) = hospital.store.audit.search(auditor, patient_id=patient, action=Action.ERASE)
    assert (row.action, row.object_kind, row.outcome) == ("erase", "patient.patient_request", "ok")
    assert hospital.store.audit.verify().whole
    with pytest.raises(BadInput, match="no such patient"):
        hospital.store.upkeep.erase(OPERATOR, patient, ErasureReason.OTHER)
    hospital.store.upkeep.restore(OPERATOR, tmp_path / "before", replace_all=True)
    again = hospital.store.users.sign_in("ada", hospital.password("ada")).actor
    assert [r.id for r in hospital.store.patients.visible_to(again)] == [other]


def stored_loose(hospital: Any, conversation_id: str) -> set[bytes]:
    """Sealed values of the one conversation that is about no patient."""
    engine = create_engine(make_url(hospital.url.replace("postgresql:", "postgresql+psycopg:")))
    with engine.connect() as connection:
        cells = [
            *connection.execute(
                text("SELECT id, title, user_id FROM conversations WHERE patient_id IS NULL")
            ).one(),
            *connection.execute(
                text("SELECT id, text, idempotency_key FROM messages WHERE conversation_id = :c"),
                {"c": conversation_id},
            ).one(),
        ]
    engine.dispose()
    return {cell.encode() for cell in cells}


def test_an_export_holds_all_that_is_kept_on_one_patient_and_nothing_of_another(hospital: Any) -> None:
    ada = hospital.person("ada")
    keep(hospital, ada, "Basil Rowan")
    patient = keep(hospital, ada)
    files = hospital.store.upkeep.export_patient(OPERATOR, patient).files
    assert files["record.txt"] == "Ottoline Plumtree, 肺炎 ada".encode()
    whole = b"\n".join(files.values()).decode()
    for words in (
        "since Tuesday",
        "a rash",
        "short",
        "For Ottoline Plumtree",
        "剂量",
        "Again",
        "77-Ottoline",
    ):
        assert words in whole
    assert "Basil" not in whole
    assert len([name for name in files if name.startswith("documents/")]) == 4
    bundle = Bundle.model_validate(json.loads(files["fhir.json"]))
    assert [e.resource.__resource_type__ for e in bundle.entry] == ["Patient", *["DocumentReference"] * 2]
    assert {row["patient_id"] for row in json.loads(files["audit.json"])} == {patient}


def test_what_a_period_has_run_out_for_goes_and_the_rest_stays(hospital: Any) -> None:
    ada = hospital.person("ada")
    old = keep(hospital, ada, "Basil Rowan")
    unsigned = hospital.store.documents.save_draft(ada, old, DocumentKind.HANDOUT, "t", "x", {})
    hospital.clock.forward(days=40)
    ada = hospital.store.users.sign_in("ada", hospital.password("ada")).actor
    new = keep(hospital, ada)
    periods = Periods(conversations_days=30, drafts_days=30, sessions_days=30)
    counted = hospital.store.upkeep.keep_to(OPERATOR, periods, dry_run=True)
    assert len(hospital.store.conversations.list(ada, old)) == 1
    kept = hospital.store.upkeep.keep_to(OPERATOR, periods)
    assert kept == counted
    assert (kept.conversations, kept.drafts, kept.patients) == (1, 1, 0)
    assert kept.sessions >= 1
    assert hospital.store.conversations.list(ada, old) == ()
    assert len(hospital.store.conversations.list(ada, new)) == 1
    left = [d.document_id for d in hospital.store.documents.for_patient(ada, old)]
    assert unsigned.document_id not in left
    assert len(left) == 1
    assert hospital.store.upkeep.keep_to(OPERATOR, Periods(patients_days=30)).patients == 1
    assert [r.id for r in hospital.store.patients.visible_to(ada)] == [new]
    auditor = hospital.person("eve", Role.AUDITOR)
    (row,) = hospital.store.audit.search(auditor, patient_id=old, action=Action.ERASE)
    assert row.object_kind == "patient.retention"
    assert hospital.store.upkeep.keep_to(OPERATOR, Periods(sessions_days=0)).patients == 0
