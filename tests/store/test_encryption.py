from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from assistant.errors import ConfigurationError, StorageFailed
from assistant.store import Speaker, open_store, operator
from assistant.store import database as database_module
from assistant.store.database import open_database
from assistant.store.encryption import DataKeys
from assistant.store.master_keys import KeySource, WrongKey, new_key
from assistant.store.tables import emergency_access, metadata
from evals.at_rest import files_below, found, identifiers, plant

RELEASED = Path(__file__).with_name("released")


def everything(url: str) -> bytes:
    """All that is kept, as it lies there: every file of SQLite's, or every value of PostgreSQL's."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        folder = Path(parsed.database or "").parent
        return b"\n".join(file.read_bytes() for file in sorted(folder.glob("*.db*")))
    engine = create_engine(parsed.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        tables = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        values = [
            cell.encode() if isinstance(cell, str) else bytes(cell)
            for table in tables.all()
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))
            for cell in row
            if isinstance(cell, str | bytes | memoryview)
        ]
    engine.dispose()
    return b"\n".join(values)


def test_no_planted_identifier_lies_in_the_raw_database_or_its_logs(
    hospital: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    words = identifiers(88)
    plant(hospital.store, hospital.person("ada"), words)
    hospital.store.upkeep.backup(operator(), tmp_path / "backup.bedside")
    raw = everything(hospital.url) + files_below(tmp_path) + caplog.text.encode()
    assert len(raw) > 10_000
    assert found(raw, words) == []


@pytest.mark.parametrize("leak", ["Zqx0001vk", "zqx0001vk", "昇0005鑫淼", "\\u6607" + "0005\\u946b\\u6dfc"])
def test_the_search_finds_what_leaks(leak: str) -> None:
    assert len(found(b"\0" + leak.encode() + b"\0", identifiers(10))) == 1
    assert found(b"Zqx9999vk", identifiers(10)) == []


def test_every_column_of_words_is_sealed() -> None:
    plain = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if type(column.type).__name__ in ("Text", "LargeBinary")
    }
    assert plain == {"users.password_hash", "wards.name", "identities.issuer", "data_keys.wrapped"}


def keep(hospital: Any) -> tuple[Any, Any]:
    ada = hospital.person("ada")
    talk = hospital.store.conversations.start(ada, hospital.patient(), title="Rash")
    hospital.store.conversations.append(ada, talk.id, Speaker.USER, "since Tuesday")
    return ada, talk


def test_another_key_is_refused_in_one_line_and_changes_nothing(hospital: Any, tmp_path: Path) -> None:
    ada, talk = keep(hospital)
    hospital.store.close()
    before = everything(hospital.url)
    for wrong in (KeySource(value=new_key()), KeySource(file=tmp_path / "not-there.key")):
        with pytest.raises(WrongKey, match="Nothing was changed") as refused:
            open_store(hospital.url, anchor=hospital.anchor, keys=wrong)
        assert "\n" not in str(refused.value)
        assert wrong.value == "" or wrong.value not in str(refused.value)
    assert not (tmp_path / "not-there.key").exists()
    assert everything(hospital.url) == before
    assert [m.text for m in hospital.open().conversations.history(ada, talk.id)] == ["since Tuesday"]


@pytest.mark.parametrize("value", ["secret-but-short", "é", "A" * 44, "A" * 43 + "= extra"])
def test_what_is_no_key_is_refused_without_being_repeated(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigurationError, match="keys new") as refused:
        KeySource(value=value).load()
    assert value not in str(refused.value)


def test_a_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    source = KeySource(file=tmp_path / "keys" / "bedside.key")
    first = source.load_or_make()
    assert source.load_or_make().ids == first.ids
    assert os.stat(tmp_path / "keys" / "bedside.key").st_mode & 0o077 == 0
    assert source.add().ids[1:] == first.ids
    assert [p.name for p in (tmp_path / "keys").iterdir()] == ["bedside.key"]


def test_a_seal_opens_only_as_it_was_made_and_where_it_was_made() -> None:
    keys = DataKeys(KeySource(value=new_key()))
    keys.activate(keys.make(KeySource(value=new_key()).load_or_make()).id)
    sealed = keys.seal_text("messages.text", "剂量 40 mg")
    assert keys.open_text("messages.text", sealed) == "剂量 40 mg"
    assert sealed != keys.seal_text("messages.text", "剂量 40 mg")
    altered = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    for label, stored in [
        ("messages.answer", sealed),
        ("messages.text", altered),
        ("messages.text", sealed[:-8]),
        ("messages.text", "剂量 40 mg"),
        ("messages.text", ""),
    ]:
        with pytest.raises(StorageFailed, match="changed in storage"):
            keys.open_text(label, stored)


def test_equal_values_have_equal_seals_in_their_column_alone() -> None:
    keys = DataKeys(KeySource(value=new_key()))
    keys.activate(keys.make(KeySource(value=new_key()).load_or_make()).id)
    assert keys.seal_equal("users.username", b"ada") == keys.seal_equal("users.username", b"ada")
    assert keys.seal_equal("users.username", b"ada") != keys.seal_equal("patients.mrn", b"ada")


def as_released(url: str, version: str) -> None:
    """The database as that version left it: its own dump on SQLite, its rows in its own schema on PostgreSQL."""
    dump = (RELEASED / f"{version}.sql").read_text("utf-8")
    parsed = make_url(url)
    old = sqlite3.connect(parsed.database if parsed.get_backend_name() == "sqlite" else ":memory:")
    old.executescript(dump)
    if parsed.get_backend_name() == "sqlite":
        old.execute("PRAGMA journal_mode=WAL")
        old.close()
        return
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database_module, "newest_schema", lambda: version)
        patched.setattr(database_module.Database, "sealed_from_now", lambda _: None)
        real = database_module.upgrade
        patched.setattr(database_module, "upgrade", lambda d, c, _: real(d, c, version))
        database = open_database(url, KeySource(value=new_key()))
    engine = create_engine(parsed.set(drivername="postgresql+psycopg"))
    from sqlalchemy import MetaData

    shape = MetaData()
    shape.reflect(engine)
    with engine.begin() as connection:
        for table in shape.sorted_tables:
            if table.name == "alembic_version":
                continue
            connection.execute(table.delete())
            names = [c.name for c in table.columns]
            rows = old.execute(f"SELECT {', '.join(names)} FROM {table.name}").fetchall()
            kinds = {c.name: c.type.python_type for c in table.columns}
            for row in rows:
                values = {n: v if v is None else kinds[n](v) for n, v in zip(names, row, strict=True)}
                connection.execute(table.insert().values(**values))
    engine.dispose()
    database.close()


def test_a_plain_database_of_the_first_schema_comes_forward_whole_and_sealed(
    url: str, tmp_path: Path
) -> None:
    as_released(url, "0001")
    assert b"Ottoline" in everything(url)
    anchor = tmp_path / "audit.anchor"
    anchor.write_text((RELEASED / "0001.anchor").read_text())
    for _ in range(2):
        store = open_store(url, anchor=anchor)
        ada = store.users.sign_in("ada", "grey herons wade 3").actor
        row = next(r for r in store.patients.visible_to(ada) if r.display.name)
        assert row.display.name == "Ottoline Plumtree"
        assert row.display.birth_date == "1957-04-02"
        assert "肺炎" in store.patients.source(ada, row.id).content.decode()
        (talk,) = store.conversations.list(ada, row.id)
        question, answer = store.conversations.history(ada, talk.id)
        assert (question.text, answer.answer) == (
            "What did Ottoline go home on?",
            {"text": "Amoxicillin [1]", "sections": []},
        )
        (document,) = store.documents.for_patient(ada, row.id)
        assert document.number == 2
        (signed,) = store.documents.signed_for_patient(ada, row.id)
        assert (signed.text, signed.signed) == ("Take it easy, Ottoline.", True)
        assert store.audit.verify().whole
        with (
            pytest.raises((StorageFailed, IntegrityError)),
            store.database.write() as connection,
        ):
            connection.exec_driver_sql("UPDATE document_versions SET text = 'x'")
        raw = everything(url)
        assert found(raw, ["Ottoline", "Plumtree", "77120455", "1957-04-02", "肺炎", "rash", "grace"]) == []
        store.close()


def test_the_second_schema_comes_forward_with_its_emergency_openings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, key = f"sqlite:///{tmp_path / 'bedside.db'}", KeySource(value=new_key())
    as_released(url, "0001")
    real = database_module.upgrade
    with monkeypatch.context() as patched:
        patched.setattr(database_module, "newest_schema", lambda: "0002")
        patched.setattr(database_module.Database, "sealed_from_now", lambda _: None)
        patched.setattr(database_module, "upgrade", lambda d, c, _: real(d, c, "0002"))
        open_database(url, key).close()
    plain = sqlite3.connect(tmp_path / "bedside.db")
    (patient, user) = plain.execute("SELECT p.id, u.id FROM patients p, users u LIMIT 1").fetchone()
    row = ("e1", patient, user, "emergency", "Ottoline collapsed", "2026", "2026")
    plain.execute(
        "INSERT INTO emergency_access (id, patient_id, user_id, reason, explanation, opened_at, expires_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    plain.commit()
    plain.close()
    database = open_database(url, key)
    with database.read() as connection:
        assert connection.execute(select(emergency_access.c.explanation)).scalar_one() == "Ottoline collapsed"
    database.close()
    assert found(everything(url), ["Ottoline", "Plumtree"]) == []
