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

from assistant.store.encryption import SealedBytes, SealedHash, SealedName, SealedText

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("username", SealedName("users.username", was=64), nullable=False, unique=True),
    Column("name", SealedText("users.name"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("created_at", String(27), nullable=False),
    Column("disabled_at", String(27)),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", String(27), nullable=False),
    Column("seen_at", String(27), nullable=False),
    Column("ended_at", String(27)),
)

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("username_hash", String(64), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("last_at", String(27), nullable=False),
)

wards = Table(
    "wards", metadata, Column("id", String(32), primary_key=True), Column("name", Text, nullable=False)
)

ward_members = Table(
    "ward_members",
    metadata,
    Column("ward_id", String(32), ForeignKey("wards.id"), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id"), primary_key=True),
)

patients = Table(
    "patients",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("source_kind", String(16), nullable=False),
    Column("source", SealedBytes("patients.source"), nullable=False),
    Column("filename", SealedText("patients.filename"), nullable=False),
    Column("source_sha256", SealedHash("patients.source_sha256"), nullable=False),
    Column("scope", String(48), nullable=False),
    Column("ward_id", String(32), ForeignKey("wards.id")),
    Column("name", SealedText("patients.name")),
    Column("sex", SealedText("patients.sex", was=16)),
    Column("birth_date", SealedText("patients.birth_date", was=32)),
    Column("age_text", SealedText("patients.age_text")),
    Column("mrn", SealedText("patients.mrn")),
    Column("language", String(8), nullable=False),
    Column("admitted", SealedText("patients.admitted", was=40)),
    Column("discharged", SealedText("patients.discharged", was=40)),
    Column("problem", SealedText("patients.problem")),
    Column("added_by", String(32), nullable=False),
    Column("added_at", String(27), nullable=False),
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
    Column("patient_id", String(32), ForeignKey("patients.id"), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id"), primary_key=True),
    Column("added_by", String(32), nullable=False),
    Column("added_at", String(27), nullable=False),
)

emergency_access = Table(
    "emergency_access",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("patient_id", String(32), ForeignKey("patients.id"), nullable=False),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("reason", String(24), nullable=False),
    Column("explanation", SealedText("emergency_access.explanation"), nullable=False),
    Column("opened_at", String(27), nullable=False),
    Column("expires_at", String(27), nullable=False),
    Column("closed_at", String(27)),
    Column("reviewed_at", String(27)),
    Column("reviewed_by", String(32)),
)

identities = Table(
    "identities",
    metadata,
    Column("subject_hash", String(64), primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("linked_at", String(27), nullable=False),
)

used_sign_ins = Table(
    "used_sign_ins",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("used_at", String(27), nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False),
    Column("patient_id", String(32), ForeignKey("patients.id")),
    Column("title", SealedText("conversations.title"), nullable=False),
    Column("language", String(8), nullable=False),
    Column("created_at", String(27), nullable=False),
    Column("updated_at", String(27), nullable=False),
    Index("ix_conversations_user", "user_id", "patient_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("role", String(16), nullable=False),
    Column("text", SealedText("messages.text"), nullable=False),
    Column("answer", SealedText("messages.answer")),
    Column("idempotency_key", String(64), nullable=False),
    Column("created_at", String(27), nullable=False),
    UniqueConstraint("conversation_id", "position", name="uq_messages_position"),
    UniqueConstraint("conversation_id", "idempotency_key", name="uq_messages_key"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("message_id", String(32), ForeignKey("messages.id"), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.id"), primary_key=True),
    Column("thumb", Integer, nullable=False),
    Column("note", SealedText("feedback.note"), nullable=False),
    Column("created_at", String(27), nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("patient_id", String(32), ForeignKey("patients.id"), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("title", SealedText("documents.title"), nullable=False),
    Column("language", String(8), nullable=False),
    Column("idempotency_key", String(64), nullable=False),
    Column("created_at", String(27), nullable=False),
    UniqueConstraint("patient_id", "idempotency_key", name="uq_documents_key"),
)

document_versions = Table(
    "document_versions",
    metadata,
    Column("document_id", String(32), ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", SealedText("document_versions.text"), nullable=False),
    Column("answer", SealedText("document_versions.answer"), nullable=False),
    Column("author_id", String(32), ForeignKey("users.id"), nullable=False),
    Column("author_name", SealedText("document_versions.author_name"), nullable=False),
    Column("created_at", String(27), nullable=False),
    Column("sha256", SealedHash("document_versions.sha256"), nullable=False),
)

signatures = Table(
    "signatures",
    metadata,
    Column("document_id", String(32), ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("user_id", String(32), ForeignKey("users.id"), nullable=False),
    Column("user_name", SealedText("signatures.user_name"), nullable=False),
    Column("signed_at", String(27), nullable=False),
    Column("sha256", SealedHash("signatures.sha256"), nullable=False),
)

guideline_collections = Table(
    "guideline_collections",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", SealedText("guideline_collections.name"), nullable=False),
    Column("owner_id", String(32), ForeignKey("users.id"), nullable=False, index=True),
    Column("made_at", String(27), nullable=False),
)

user_scopes = Table(
    "user_scopes",
    metadata,
    Column("user_id", String(32), ForeignKey("users.id"), primary_key=True),
    Column("collections", SealedText("user_scopes.collections"), nullable=False),
)

conversation_scopes = Table(
    "conversation_scopes",
    metadata,
    Column("conversation_id", String(32), ForeignKey("conversations.id"), primary_key=True),
    Column("collections", SealedText("conversation_scopes.collections"), nullable=False),
)

check_ins = Table(
    "check_ins",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("patient_id", String(32), ForeignKey("patients.id"), nullable=False, index=True),
    Column("day", Integer, nullable=False),
    Column("due_on", SealedText("check_ins.due_on"), nullable=False),
    Column("questions", SealedText("check_ins.questions"), nullable=False),
    Column("arranged_by", String(32), ForeignKey("users.id"), nullable=False),
    Column("arranged_at", String(27), nullable=False),
    UniqueConstraint("patient_id", "day", name="uq_check_ins_day"),
)

check_in_answers = Table(
    "check_in_answers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("check_in_id", String(32), ForeignKey("check_ins.id"), nullable=False, index=True),
    Column("answers", SealedText("check_in_answers.answers"), nullable=False),
    Column("given_by", String(32), ForeignKey("users.id"), nullable=False),
    Column("given_at", String(27), nullable=False),
    Column("idempotency_key", String(64), nullable=False),
    Column("seen_by", String(32)),
    Column("seen_at", String(27)),
    UniqueConstraint("check_in_id", "idempotency_key", name="uq_check_in_answers_key"),
)

team_questions = Table(
    "team_questions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("patient_id", String(32), ForeignKey("patients.id"), nullable=False, index=True),
    Column("text", SealedText("team_questions.text"), nullable=False),
    Column("urgency", SealedText("team_questions.urgency"), nullable=False),
    Column("asked_by", String(32), ForeignKey("users.id"), nullable=False),
    Column("asked_at", String(27), nullable=False),
    Column("idempotency_key", String(64), nullable=False),
    Column("seen_by", String(32)),
    Column("seen_at", String(27)),
    UniqueConstraint("patient_id", "idempotency_key", name="uq_team_questions_key"),
)

goal_states = Table(
    "goal_states",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("document_id", String(32), ForeignKey("documents.id"), nullable=False, index=True),
    Column("goal_sha256", SealedHash("goal_states.goal_sha256"), nullable=False),
    Column("done", Boolean, nullable=False),
    Column("set_by", String(32), ForeignKey("users.id"), nullable=False),
    Column("set_at", String(27), nullable=False),
    UniqueConstraint("document_id", "goal_sha256", name="uq_goal_states_goal"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("time", String(27), nullable=False),
    Column("user_id", String(64), nullable=False, index=True),
    Column("action", String(32), nullable=False),
    Column("object_kind", String(32), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False, index=True),
    Column("outcome", String(16), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
