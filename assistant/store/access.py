"""Who may do what: roles, rights, and the two questions asked before every act.

Owns the table of rights and the meaning of "may open this patient". Refuses to know passwords, pages and documents.
The layer above trusts nothing: an ``Actor`` is looked up again in the database at each act, so that an account that was
disabled, or given another role, a second ago can do no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from assistant.errors import AccessDenied, BadInput
from assistant.store.tables import care_team, patients, users, ward_members


class Role(StrEnum):
    CLINICIAN = "clinician"
    NURSE = "nurse"
    EDUCATOR = "educator"
    PATIENT = "patient"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SYSTEM = "system"
    """The program itself at first start: loads sample patients, makes the first accounts. Nobody signs in as it."""


class Right(StrEnum):
    READ_RECORD = "read_record"
    ADD_PATIENT = "add_patient"
    SHARE_PATIENT = "share_patient"
    CONVERSE = "converse"
    DRAFT = "draft"
    SIGN = "sign"
    READ_SIGNED = "read_signed"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_AUDIT = "read_audit"
    OWN_ACCOUNT = "own_account"


_CARE = {
    Right.READ_RECORD,
    Right.ADD_PATIENT,
    Right.CONVERSE,
    Right.DRAFT,
    Right.READ_SIGNED,
    Right.OWN_ACCOUNT,
}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CLINICIAN: frozenset(_CARE | {Right.SIGN, Right.SHARE_PATIENT}),
    Role.NURSE: frozenset(_CARE),
    Role.EDUCATOR: frozenset({Right.READ_SIGNED, Right.CONVERSE, Right.OWN_ACCOUNT}),
    Role.PATIENT: frozenset({Right.READ_SIGNED, Right.CONVERSE, Right.OWN_ACCOUNT}),
    Role.AUDITOR: frozenset({Right.READ_AUDIT, Right.OWN_ACCOUNT}),
    Role.ADMIN: frozenset({Right.MANAGE_ACCOUNTS, Right.READ_AUDIT, Right.OWN_ACCOUNT}),
    Role.SYSTEM: frozenset({Right.ADD_PATIENT, Right.MANAGE_ACCOUNTS}),
}


@dataclass(frozen=True)
class Actor:
    """Who acts. ``must_change_password``: signed in with a first password, and may do nothing else yet."""

    user_id: str
    role: Role
    name: str
    username: str = ""
    must_change_password: bool = False

    def may(self, right: Right) -> bool:
        """For hiding what would be refused anyway; the refusal itself is made in the store."""
        return right in RIGHTS[self.role]


SYSTEM = Actor("system", Role.SYSTEM, "Bedside")


class SignInRefused(AccessDenied):
    """Wrong name or password, or too many tries; the same words whether the account exists or not."""


class SessionEnded(AccessDenied):
    """No such session, or it is over: signed out, idle, too old, or the account was disabled."""


class WeakPassword(BadInput):
    pass


def require(connection: Connection, actor: Actor, right: Right) -> None:
    """Raise AccessDenied unless the account behind ``actor``, as it stands now, holds ``right``."""
    if actor == SYSTEM:
        role = Role.SYSTEM
    else:
        account = connection.execute(select(users).where(users.c.id == actor.user_id)).one_or_none()
        if account is None or account.disabled_at is not None:
            raise AccessDenied("This account is not active. Ask an administrator.")
        if account.must_change and right is not Right.OWN_ACCOUNT:
            raise AccessDenied(
                "Choose a password of your own first; the first password only opens that page."
            )
        role = Role(account.role)
    if right not in RIGHTS[role]:
        raise AccessDenied(
            f"The role {role.value} may not {right.value.replace('_', ' ')}. Ask a colleague who may."
        )


def may_open(user_id: str) -> ColumnElement[bool]:
    """The patients of ``user_id``: on the care team by name, or through the ward."""
    by_name = exists().where(care_team.c.patient_id == patients.c.id, care_team.c.user_id == user_id)
    by_ward = exists().where(ward_members.c.ward_id == patients.c.ward_id, ward_members.c.user_id == user_id)
    return or_(by_name, by_ward)


def require_patient(connection: Connection, actor: Actor, patient_id: str) -> None:
    """Raise AccessDenied unless ``actor`` cares for the patient; a patient that is not there reads the same."""
    found = connection.execute(
        select(patients.c.id).where(patients.c.id == patient_id, may_open(actor.user_id))
    )
    if found.one_or_none() is None:
        raise AccessDenied("You are not on this patient's care team, or there is no such patient.")
