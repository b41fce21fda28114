"""Who may do what: roles, rights, and the two questions asked before every act.

Owns the table of rights and the meaning of "may open this patient". Refuses to know passwords, pages and documents.
Nothing said above is believed: an ``Actor`` is looked up again in the database at each act, so that an account that was
disabled, or given another role, a second ago can do no more; ``liveness`` asks the same of its session.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, exists, or_, select, update

from assistant.errors import AccessDenied, BadInput
from assistant.store.tables import care_team, emergency_access, patients, users, ward_members


class Role(StrEnum):
    CLINICIAN = "clinician"
    NURSE = "nurse"
    EDUCATOR = "educator"
    PATIENT = "patient"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SYSTEM = "system"
    """The program itself at first start: loads sample patients, makes the first accounts. Nobody signs in as it."""
    OPERATOR = "operator"
    """Who holds the machine, at its command line: keeps accounts and the trail, sees no patient. Nobody signs in as it."""


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
    BREAK_GLASS = "break_glass"
    ADD_GUIDELINE = "add_guideline"
    CHOOSE_ADAPTER = "choose_adapter"
    MAINTAIN = "maintain"
    """Keys, backups, erasing, and a patient's own copy of what is held."""


_CARE = {
    Right.READ_RECORD,
    Right.ADD_PATIENT,
    Right.CONVERSE,
    Right.DRAFT,
    Right.READ_SIGNED,
    Right.OWN_ACCOUNT,
    Right.BREAK_GLASS,
    Right.ADD_GUIDELINE,
}
NOBODYS = frozenset({Role.SYSTEM, Role.OPERATOR})
"""Roles that no account has."""
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CLINICIAN: frozenset(_CARE | {Right.SIGN, Right.SHARE_PATIENT}),
    Role.NURSE: frozenset(_CARE),
    Role.EDUCATOR: frozenset({Right.READ_SIGNED, Right.CONVERSE, Right.OWN_ACCOUNT}),
    Role.PATIENT: frozenset({Right.READ_SIGNED, Right.CONVERSE, Right.OWN_ACCOUNT}),
    Role.AUDITOR: frozenset({Right.READ_AUDIT, Right.OWN_ACCOUNT}),
    Role.ADMIN: frozenset({Right.MANAGE_ACCOUNTS, Right.READ_AUDIT, Right.OWN_ACCOUNT, Right.CHOOSE_ADAPTER}),
    Role.SYSTEM: frozenset({Right.ADD_PATIENT, Right.MANAGE_ACCOUNTS}),
    Role.OPERATOR: frozenset({Right.READ_AUDIT, Right.MANAGE_ACCOUNTS, Right.MAINTAIN, Right.CHOOSE_ADAPTER}),
}


@dataclass(frozen=True)
class Actor:
    """Who acts. ``must_change_password``: signed in with a first password, and may do nothing else yet.

    ``session`` is the hash of the session's token: an act is refused when that session is over. Empty for the program.
    """

    user_id: str
    role: Role
    name: str
    username: str = ""
    must_change_password: bool = False
    session: str = field(default="", compare=False, repr=False)

    def may(self, right: Right) -> bool:
        """For hiding what would be refused anyway; the refusal itself is made in the store."""
        return right in RIGHTS[self.role]


SYSTEM = Actor("system", Role.SYSTEM, "Bedside")


def operator() -> Actor:
    """Who runs the command line, named in the trail by the operating system's user number."""
    return Actor(f"operator:{os.getuid()}", Role.OPERATOR, "Operator")


class SignInRefused(AccessDenied):
    """Wrong name or password, or too many tries; the same words whether the account exists or not."""


class SessionEnded(AccessDenied):
    """No such session, or it is over: signed out, idle, too old, or the account was disabled."""


class WeakPassword(BadInput):
    pass


def require(connection: Connection, actor: Actor, right: Right) -> Role:
    """The role of the account behind ``actor`` as it stands now; AccessDenied unless that holds ``right``."""
    if actor in (SYSTEM, operator()):
        role = actor.role
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
    return role


def may_open(user_id: str, *, now: str | None = None) -> ColumnElement[bool]:
    """The patients of ``user_id``: on the care team by name, through the ward, or for a while in an emergency.

    Inside an act emergency access that is over has been closed; elsewhere ``now`` tells what is over.
    """
    opened = [
        emergency_access.c.patient_id == patients.c.id,
        emergency_access.c.user_id == user_id,
        emergency_access.c.closed_at.is_(None),
    ]
    if now is not None:
        opened.append(emergency_access.c.expires_at > now)
    return or_(on_team(user_id), exists().where(*opened))


def on_team(user_id: str) -> ColumnElement[bool]:
    """As ``may_open`` without emergency access, which lets nobody decide who else may look."""
    by_name = exists().where(care_team.c.patient_id == patients.c.id, care_team.c.user_id == user_id)
    by_ward = exists().where(ward_members.c.ward_id == patients.c.ward_id, ward_members.c.user_id == user_id)
    return or_(by_name, by_ward)


def require_patient(connection: Connection, actor: Actor, patient_id: str) -> None:
    """Raise AccessDenied unless ``actor`` cares for the patient; a patient that is not there reads the same."""
    _require_where(connection, patient_id, may_open(actor.user_id))


def require_team(connection: Connection, actor: Actor, patient_id: str) -> None:
    """As ``require_patient``, for what emergency access does not give."""
    _require_where(connection, patient_id, on_team(actor.user_id))


def close_overdue(connection: Connection, user_id: str, now: str) -> None:
    """End the emergency accesses of ``user_id`` whose time is over."""
    overdue = (
        (emergency_access.c.user_id == user_id)
        & emergency_access.c.closed_at.is_(None)
        & (emergency_access.c.expires_at <= now)
    )
    connection.execute(
        update(emergency_access).where(overdue).values(closed_at=emergency_access.c.expires_at)
    )


def _require_where(connection: Connection, patient_id: str, rule: ColumnElement[bool]) -> None:
    found = connection.execute(select(patients.c.id).where(patients.c.id == patient_id, rule))
    if found.one_or_none() is None:
        raise AccessDenied("You are not on this patient's care team, or there is no such patient.")
