"""The tables as SQLAlchemy Core sees them. The truth about the schema is ``migrations``; a test holds the two together.

Times are UTC text of fixed width (``2026-11-21T05:05:29.000000Z``): the same on SQLite and PostgreSQL, sortable, hashable. What a person said, wrote or has lies in a sealed type
(``encryption``), which the database can neither sort nor search.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from assistant.store.sealed_types import SealedBytes, SealedHash, SealedName, SealedText

metadata = MetaData()


def _id() -> Column[str]:
    return Column("id", String(32), primary_key=True)


def _key(name: str, *, of: str) -> Column[str]:
    """A part of the primary key that is another table's id."""
    return Column(name, String(32), ForeignKey(f"{of}.id"), primary_key=True)


def _refers(name: str, *, to: str, always: bool = True, index: bool | None = None) -> Column[str]:
    return Column(name, String(32), ForeignKey(f"{to}.id"), nullable=not always, index=index)


def _time(name: str, *, always: bool = True) -> Column[str]:
    return Column(name, String(27), nullable=not always)


def _idempotency_key() -> Column[str]:
    return Column("idempotency_key", String(64), nullable=False)


def _sealed(label: str, *, always: bool = True, was: int | None = None) -> Column[str]:
    """A sealed text; the label ``table.column`` is part of its seal."""
    return Column(label.partition(".")[2], SealedText(label, was=was), nullable=not always)


def _sealed_hash(label: str) -> Column[str]:
    return Column(label.partition(".")[2], SealedHash(label), nullable=False)


users = Table(
    "users",
    metadata,
    _id(),
    Column("username", SealedName("users.username", was=64), nullable=False, unique=True),
    _sealed("users.name"),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    _time("created_at"),
    _time("disabled_at", always=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _refers("user_id", to="users", index=True),
    _time("created_at"),
    _time("seen_at"),
    _time("ended_at", always=False),
)

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("username_hash", String(64), primary_key=True),
    Column("tries", Integer, nullable=False),
    _time("last_at"),
)

wards = Table("wards", metadata, _id(), Column("name", Text, nullable=False))

ward_members = Table(
    "ward_members",
    metadata,
    _key("ward_id", of="wards"),
    _key("user_id", of="users"),
)

patients = Table(
    "patients",
    metadata,
    _id(),
    Column("source_kind", String(16), nullable=False),
    Column("source", SealedBytes("patients.source"), nullable=False),
    _sealed("patients.filename"),
    _sealed_hash("patients.source_sha256"),
    Column("scope", String(48), nullable=False),
    _refers("ward_id", to="wards", always=False),
    _sealed("patients.name", always=False),
    _sealed("patients.sex", always=False, was=16),
    _sealed("patients.birth_date", always=False, was=32),
    _sealed("patients.age_text", always=False),
    _sealed("patients.mrn", always=False),
    Column("language", String(8), nullable=False),
    _sealed("patients.admitted", always=False, was=40),
    _sealed("patients.discharged", always=False, was=40),
    _sealed("patients.problem", always=False),
    Column("added_by", String(32), nullable=False),
    _time("added_at"),
    UniqueConstraint("source_sha256", "scope", name="uq_patients_source"),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("master_id", String(16), nullable=False),
    Column("wrapped", Text, nullable=False),
)

care_team = Table(
    "care_team",
    metadata,
    _key("patient_id", of="patients"),
    _key("user_id", of="users"),
    Column("added_by", String(32), nullable=False),
    _time("added_at"),
)

emergency_access = Table(
    "emergency_access",
    metadata,
    _id(),
    _refers("patient_id", to="patients"),
    _refers("user_id", to="users", index=True),
    Column("reason", String(24), nullable=False),
    _sealed("emergency_access.explanation"),
    _time("opened_at"),
    _time("expires_at"),
    _time("closed_at", always=False),
    _time("reviewed_at", always=False),
    Column("reviewed_by", String(32)),
)

identities = Table(
    "identities",
    metadata,
    Column("subject_hash", String(64), primary_key=True),
    Column("issuer", Text, nullable=False),
    _refers("user_id", to="users", index=True),
    _time("linked_at"),
)

used_sign_ins = Table(
    "used_sign_ins",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _time("used_at"),
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _refers("user_id", to="users"),
    _refers("patient_id", to="patients", always=False),
    _sealed("conversations.title"),
    Column("language", String(8), nullable=False),
    _time("created_at"),
    _time("updated_at"),
    Index("ix_conversations_user", "user_id", "patient_id"),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _refers("conversation_id", to="conversations"),
    Column("position", Integer, nullable=False),
    Column("role", String(16), nullable=False),
    _sealed("messages.text"),
    _sealed("messages.answer", always=False),
    _idempotency_key(),
    _time("created_at"),
    UniqueConstraint("conversation_id", "position", name="uq_messages_position"),
    UniqueConstraint("conversation_id", "idempotency_key", name="uq_messages_key"),
)

feedback = Table(
    "feedback",
    metadata,
    _key("message_id", of="messages"),
    _key("user_id", of="users"),
    Column("thumb", Integer, nullable=False),
    _sealed("feedback.note"),
    _time("created_at"),
)

documents = Table(
    "documents",
    metadata,
    _id(),
    _refers("patient_id", to="patients", index=True),
    Column("kind", String(32), nullable=False),
    _sealed("documents.title"),
    Column("language", String(8), nullable=False),
    _idempotency_key(),
    _time("created_at"),
    UniqueConstraint("patient_id", "idempotency_key", name="uq_documents_key"),
)

document_versions = Table(
    "document_versions",
    metadata,
    _key("document_id", of="documents"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _sealed("document_versions.text"),
    _sealed("document_versions.answer"),
    _refers("author_id", to="users"),
    _sealed("document_versions.author_name"),
    _time("created_at"),
    _sealed_hash("document_versions.sha256"),
)

signatures = Table(
    "signatures",
    metadata,
    _key("document_id", of="documents"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _refers("user_id", to="users"),
    _sealed("signatures.user_name"),
    _time("signed_at"),
    _sealed_hash("signatures.sha256"),
)

guideline_collections = Table(
    "guideline_collections",
    metadata,
    Column("id", String(40), primary_key=True),
    _sealed("guideline_collections.name"),
    _refers("owner_id", to="users", index=True),
    _time("made_at"),
)

user_scopes = Table(
    "user_scopes",
    metadata,
    _key("user_id", of="users"),
    _sealed("user_scopes.collections"),
)

conversation_scopes = Table(
    "conversation_scopes",
    metadata,
    _key("conversation_id", of="conversations"),
    _sealed("conversation_scopes.collections"),
)

check_ins = Table(
    "check_ins",
    metadata,
    _id(),
    _refers("patient_id", to="patients", index=True),
    Column("day", Integer, nullable=False),
    _sealed("check_ins.due_on"),
    _sealed("check_ins.questions"),
    _refers("arranged_by", to="users"),
    _time("arranged_at"),
    UniqueConstraint("patient_id", "day", name="uq_check_ins_day"),
)

check_in_answers = Table(
    "check_in_answers",
    metadata,
    _id(),
    _refers("check_in_id", to="check_ins", index=True),
    _sealed("check_in_answers.answers"),
    _refers("given_by", to="users"),
    _time("given_at"),
    _idempotency_key(),
    Column("seen_by", String(32)),
    _time("seen_at", always=False),
    UniqueConstraint("check_in_id", "idempotency_key", name="uq_check_in_answers_key"),
)

team_questions = Table(
    "team_questions",
    metadata,
    _id(),
    _refers("patient_id", to="patients", index=True),
    _sealed("team_questions.text"),
    _sealed("team_questions.urgency"),
    _refers("asked_by", to="users"),
    _time("asked_at"),
    _idempotency_key(),
    Column("seen_by", String(32)),
    _time("seen_at", always=False),
    UniqueConstraint("patient_id", "idempotency_key", name="uq_team_questions_key"),
)

goal_states = Table(
    "goal_states",
    metadata,
    _id(),
    _refers("document_id", to="documents", index=True),
    _sealed_hash("goal_states.goal_sha256"),
    Column("done", Boolean, nullable=False),
    _refers("set_by", to="users"),
    _time("set_at"),
    UniqueConstraint("document_id", "goal_sha256", name="uq_goal_states_goal"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _time("time"),
    Column("user_id", String(64), nullable=False, index=True),
    Column("action", String(32), nullable=False),
    Column("object_kind", String(32), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False, index=True),
    Column("outcome", String(16), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
