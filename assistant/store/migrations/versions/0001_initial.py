"""Accounts, patients, conversations, documents, audit: the first schema.

Written by hand and frozen: a change of schema is a new file beside this one. There is no way down; restore a backup.
Triggers make audit rows and document versions immutable for whoever comes through SQL in good faith; the hash chain
finds whoever does not.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.String(32)
TIME = sa.String(27)
HASH = sa.String(64)


def _id(name: str, references: str = "", **more: object) -> sa.Column:
    return sa.Column(name, ID, *([sa.ForeignKey(references)] if references else []), **more)


def upgrade() -> None:
    _accounts()
    _patients()
    _conversations()
    _documents()
    _audit()


def _accounts() -> None:
    op.create_table(
        "users",
        _id("id", primary_key=True),
        sa.Column("username", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", HASH, primary_key=True),
        _id("user_id", "users.id", nullable=False, index=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("username_hash", HASH, primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
    )


def _patients() -> None:
    wards = op.create_table("wards", _id("id", primary_key=True), sa.Column("name", sa.Text, nullable=False))
    op.bulk_insert(wards, [{"id": "demonstration", "name": "Demonstration ward"}])
    op.create_table(
        "ward_members",
        _id("ward_id", "wards.id", primary_key=True),
        _id("user_id", "users.id", primary_key=True),
    )
    op.create_table(
        "patients",
        _id("id", primary_key=True),
        sa.Column("source_kind", sa.String(16), nullable=False),
        sa.Column("source", sa.LargeBinary, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("source_sha256", HASH, nullable=False),
        sa.Column("scope", sa.String(48), nullable=False),
        _id("ward_id", "wards.id"),
        sa.Column("name", sa.Text),
        sa.Column("sex", sa.String(16)),
        sa.Column("birth_date", sa.String(32)),
        sa.Column("age_text", sa.Text),
        sa.Column("mrn", sa.Text),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("admitted", sa.String(40)),
        sa.Column("discharged", sa.String(40)),
        sa.Column("problem", sa.Text),
        _id("added_by", nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.UniqueConstraint("source_sha256", "scope", name="uq_patients_source"),
    )
    op.create_table(
        "care_team",
        _id("patient_id", "patients.id", primary_key=True),
        _id("user_id", "users.id", primary_key=True),
        _id("added_by", nullable=False),
        sa.Column("added_at", TIME, nullable=False),
    )


def _conversations() -> None:
    op.create_table(
        "conversations",
        _id("id", primary_key=True),
        _id("user_id", "users.id", nullable=False),
        _id("patient_id", "patients.id"),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
    )
    op.create_index("ix_conversations_user", "conversations", ["user_id", "patient_id"])
    op.create_table(
        "messages",
        _id("id", primary_key=True),
        _id("conversation_id", "conversations.id", nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.UniqueConstraint("conversation_id", "position", name="uq_messages_position"),
        sa.UniqueConstraint("conversation_id", "idempotency_key", name="uq_messages_key"),
    )
    op.create_table(
        "feedback",
        _id("message_id", "messages.id", primary_key=True),
        _id("user_id", "users.id", primary_key=True),
        sa.Column("thumb", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )


def _documents() -> None:
    op.create_table(
        "documents",
        _id("id", primary_key=True),
        _id("patient_id", "patients.id", nullable=False, index=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.UniqueConstraint("patient_id", "idempotency_key", name="uq_documents_key"),
    )
    op.create_table(
        "document_versions",
        _id("document_id", "documents.id", primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        _id("author_id", "users.id", nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sha256", HASH, nullable=False),
    )
    op.create_table(
        "signatures",
        _id("document_id", "documents.id", primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        _id("user_id", "users.id", nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("signed_at", TIME, nullable=False),
        sa.Column("sha256", HASH, nullable=False),
    )
    _forbid("document_versions", "UPDATE")
    _forbid("signatures", "UPDATE")


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False, index=True),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("object_kind", sa.String(32), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("patient_id", sa.String(64), nullable=False, index=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("previous", HASH, nullable=False),
        sa.Column("hash", HASH, nullable=False),
    )
    _forbid("audit", "UPDATE")
    _forbid("audit", "DELETE")


def _forbid(table: str, verb: str) -> None:
    name = f"{table}_no_{verb.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} rows never change'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} rows never change'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
