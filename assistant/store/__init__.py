"""What is kept: accounts, patients, conversations, documents, and the audit trail of all of it.

The one public face is ``open_store``. Every method takes an ``Actor`` and checks it again here, so that page and command
line obey alike. Nothing is acknowledged before it is durable, and nothing is done that is not audited.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from argon2 import PasswordHasher

from assistant.store.access import (
    SYSTEM,
    Actor,
    Right,
    Role,
    SessionEnded,
    SignInRefused,
    WeakPassword,
    operator,
)
from assistant.store.anchor import Anchor
from assistant.store.audit import Action, Audit, AuditRow, Clock, Outcome, Verdict
from assistant.store.check_ins import CheckInLine, CheckIns, Given, KeptCheckIn, Planned
from assistant.store.conversations import Conversation, Conversations, Message, Speaker, Thumb
from assistant.store.database import Database, open_database
from assistant.store.documents import DocumentKind, Documents, DocumentVersion, Signature
from assistant.store.emergency import EmergencyAccess, Opened, Reason
from assistant.store.goal_states import GoalState, GoalStates, goal_hash
from assistant.store.guideline_collections import GuidelineCollection, GuidelineCollections, own_uploads
from assistant.store.identities import Identities, IdentityRules
from assistant.store.master_keys import KeySource
from assistant.store.passwords import Passwords
from assistant.store.patients import PatientDisplay, PatientRow, Patients, RecordSource, SourceKind
from assistant.store.sessions import Session, Sessions
from assistant.store.team_questions import QuestionLine, TeamQuestion, TeamQuestions
from assistant.store.upkeep import Upkeep
from assistant.store.users import DEMONSTRATION_WARD, Account, Users, first_passwords_beside

__all__ = [
    "DEMONSTRATION_WARD",
    "SYSTEM",
    "Account",
    "Action",
    "Actor",
    "AuditRow",
    "CheckInLine",
    "Conversation",
    "DocumentKind",
    "DocumentVersion",
    "EmergencyAccess",
    "Given",
    "GoalState",
    "GuidelineCollection",
    "Identities",
    "IdentityRules",
    "KeptCheckIn",
    "KeySource",
    "Message",
    "Opened",
    "Outcome",
    "PatientDisplay",
    "PatientRow",
    "Planned",
    "QuestionLine",
    "Reason",
    "RecordSource",
    "Right",
    "Role",
    "Session",
    "SessionEnded",
    "SignInRefused",
    "Signature",
    "SourceKind",
    "Speaker",
    "Store",
    "TeamQuestion",
    "Thumb",
    "Verdict",
    "WeakPassword",
    "goal_hash",
    "open_store",
    "operator",
    "own_uploads",
]


@dataclass(frozen=True)
class Store:
    users: Users
    patients: Patients
    conversations: Conversations
    documents: Documents
    audit: Audit
    database: Database
    emergency: EmergencyAccess
    identities: Identities
    upkeep: Upkeep
    collections: GuidelineCollections
    check_ins: CheckIns
    team_questions: TeamQuestions
    goals: GoalStates

    def close(self) -> None:
        self.database.close()


def _now() -> datetime:
    return datetime.now(UTC)


def open_store(
    url: str,
    *,
    anchor: Path,
    clock: Clock = _now,
    random: Callable[[int], bytes] = secrets.token_bytes,
    hasher: PasswordHasher | None = None,
    keys: KeySource | None = None,
    identity_rules: IdentityRules | None = None,
) -> Store:
    """Open the store at a database URL, bringing its schema forward.

    Args:
        anchor: the audit trail's anchor file, outside the database; first passwords are kept beside it.
        hasher: another argon2id cost than the library's default.
        identity_rules: how claims of the hospital's identity provider are read; without them nobody signs in by it.
        keys: where the master keys are; default a file ``bedside.key`` beside the anchor.

    Raises:
        ConfigurationError: ``url`` names no SQLite file and no PostgreSQL database, or the key is another database's.
        StorageFailed: it cannot be opened or written, or a newer Bedside wrote it.
    """
    database = open_database(url, keys or KeySource(file=anchor.with_name("bedside.key")))
    audit = Audit(database, Anchor(anchor), clock)
    sessions = Sessions(database, audit, clock, random)
    return Store(
        users=Users(
            database, audit, clock, Passwords(hasher), random, first_passwords_beside(anchor), sessions
        ),
        patients=Patients(audit, clock),
        conversations=Conversations(audit, clock),
        documents=Documents(audit, clock),
        audit=audit,
        database=database,
        emergency=EmergencyAccess(audit, clock),
        identities=Identities(audit, clock, sessions, identity_rules),
        upkeep=Upkeep(database, audit, clock, anchor),
        collections=GuidelineCollections(audit, clock),
        check_ins=CheckIns(audit, clock),
        team_questions=TeamQuestions(audit, clock),
        goals=GoalStates(audit, clock),
    )
