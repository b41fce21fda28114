"""Accounts, signing in, and the throttle that makes guessing hopeless.

Owns accounts and their first passwords; ``sessions`` owns what signing in gives. Refuses to tell a stranger which accounts
exist: unknown names are throttled, timed and answered like known ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, delete, func, insert, select, update

from assistant.errors import BadInput
from assistant.store.access import NOBODYS, SYSTEM, Actor, Right, Role, SignInRefused
from assistant.store.audit import Action, Audit, Clock, Outcome
from assistant.store.database import Database, moment, stamp
from assistant.store.first_passwords import FirstPasswords
from assistant.store.passwords import Passwords, check_password, first_password
from assistant.store.sessions import Session, Sessions
from assistant.store.tables import care_team, sign_in_tries, users, ward_members
from assistant.store.usernames import folded, is_username

DEMONSTRATION_WARD = "demonstration"
FREE_TRIES = 3
LONGEST_DELAY = timedelta(minutes=15)
_REFUSED = "The name or the password is not right."
_ON_THE_WARD = {Role.CLINICIAN, Role.NURSE, Role.EDUCATOR}


@dataclass(frozen=True)
class Account:
    id: str
    username: str
    name: str
    role: Role
    must_change_password: bool
    disabled: bool
    created_at: str


class Users:
    def __init__(
        self,
        database: Database,
        audit: Audit,
        clock: Clock,
        passwords: Passwords,
        random: Callable[[int], bytes],
        first_passwords: FirstPasswords,
        sessions: Sessions | None = None,
    ) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._passwords = passwords
        self._random = random
        self._first_passwords = first_passwords
        self._sessions = sessions or Sessions(database, audit, clock, random)

    def sign_in(self, username: str, password: str) -> Session:
        """Open a session.

        Raises:
            SignInRefused: wrong name or password, disabled, or too many tries (with the seconds to wait).
        """
        key = _key(username)
        self._count_try(key)
        with self._database.read() as connection:
            account = connection.execute(
                select(users).where(users.c.username == folded(username))
            ).one_or_none()
        right = self._passwords.verify(password, account.password_hash if account else None)
        if account is None or not right or account.disabled_at is not None:
            self._note_refusal(account.id if account else "", key)
            raise SignInRefused(_REFUSED)
        with self._audit.unchecked(account.id, Action.SIGN_IN, "session") as act:
            self._forget_tries(act.connection, key)
            if self._passwords.outdated(account.password_hash):
                fresh = self._passwords.hash(password)
                act.connection.execute(
                    update(users).where(users.c.id == account.id).values(password_hash=fresh)
                )
            return self._sessions.open(act.connection, account.id)

    def session(self, token: str) -> Actor:
        """Who holds this token, as the account stands now; counts as activity. Raises SessionEnded."""
        return self._sessions.actor(token)

    def sign_out(self, token: str, *, everywhere: bool = False) -> None:
        """End the session, or with ``everywhere`` every open page of its account; a token that is not one is no error."""
        self._sessions.end(token, everywhere=everywhere)

    def live(self, token: str) -> bool:
        """Whether the session still goes on; asking counts as no activity."""
        return self._sessions.live(token)

    def change_password(self, token: str, current: str, new: str) -> Session:
        """Set a password of one's own; every session of the account ends and a new one is given.

        Raises:
            SignInRefused: ``current`` is wrong; counted as a try at signing in.
            WeakPassword: ``new`` is short, common, or the current one again.
        """
        actor = self.session(token)
        check_password(new, username=actor.username, name=actor.name)
        if new == current:
            raise BadInput("The new password is the current one; choose another.")
        self._count_try(_key(actor.username))
        with self._database.read() as connection:
            stored = connection.execute(
                select(users.c.password_hash).where(users.c.id == actor.user_id)
            ).scalar_one()
        if not self._passwords.verify(current, stored):
            self._note_refusal(actor.user_id, _key(actor.username), Action.CHANGE_PASSWORD)
            raise SignInRefused("The current password is not right.")
        fresh = self._passwords.hash(new)
        with self._audit.act(
            actor, Right.OWN_ACCOUNT, Action.CHANGE_PASSWORD, "account", actor.user_id
        ) as act:
            mine = users.c.id == actor.user_id
            act.connection.execute(update(users).where(mine).values(password_hash=fresh, must_change=False))
            self._sessions.end_all(act.connection, actor.user_id)
            self._forget_tries(act.connection, _key(actor.username))
            session = self._sessions.open(act.connection, actor.user_id)
        self._first_passwords.forget(actor.username)
        return session

    def add(
        self, actor: Actor, username: str, name: str, role: Role, *, wards: Sequence[str] | None = None
    ) -> tuple[Account, str]:
        """Make an account; returns it with its first password, which must be changed at the first sign-in.

        Clinicians, nurses and educators join the demonstration ward unless ``wards`` says otherwise.
        """
        with self._audit.act(actor, Right.MANAGE_ACCOUNTS, Action.ADD, "account") as act:
            account, password = self._insert(act.connection, username, name, role, wards)
            act.object_id = account.id
        return account, password

    def ensure_first_accounts(self) -> tuple[tuple[str, str], ...]:
        """On a database without accounts make ``clinician`` and ``admin``; returns names and first passwords.

        Until they are changed the passwords also stand in a file that only its owner can read, and later calls
        return those that still wait there.
        """
        with self._database.read() as connection:
            if connection.execute(select(func.count()).select_from(users)).scalar_one():
                return self._first_passwords.waiting()
        with self._audit.unchecked(SYSTEM.user_id, Action.ADD, "account", "first-accounts") as act:
            # Two processes may start at once; the one that waited its turn finds the accounts made.
            if act.connection.execute(select(func.count()).select_from(users)).scalar_one():
                act.outcome = Outcome.REPEATED
                return self._first_passwords.waiting()
            made = [
                self._insert(act.connection, username, name, role, None)
                for username, name, role in (
                    ("clinician", "Demo Clinician", Role.CLINICIAN),
                    ("admin", "Administrator", Role.ADMIN),
                )
            ]
            # Before the commit: accounts that nobody has a password for would lock everyone out.
            self._first_passwords.keep([(account.username, password) for account, password in made])
        return self._first_passwords.waiting()

    def disable(self, actor: Actor, user_id: str) -> None:
        """Close an account and end its sessions, open pages included."""
        with self._audit.act(actor, Right.MANAGE_ACCOUNTS, Action.DISABLE, "account", user_id) as act:
            self._keep_an_administrator(act.connection, user_id)
            self._change(act.connection, user_id, disabled_at=stamp(self._clock()))
            self._sessions.end_all(act.connection, user_id)

    def enable(self, actor: Actor, user_id: str) -> None:
        with self._audit.act(actor, Right.MANAGE_ACCOUNTS, Action.ENABLE, "account", user_id) as act:
            self._change(act.connection, user_id, disabled_at=None)

    def reset_password(self, actor: Actor, user_id: str) -> str:
        """Give a new first password and end the account's sessions."""
        password = first_password(self._random)
        fresh = self._passwords.hash(password)
        with self._audit.act(actor, Right.MANAGE_ACCOUNTS, Action.CHANGE_PASSWORD, "account", user_id) as act:
            self._change(act.connection, user_id, password_hash=fresh, must_change=True)
            self._sessions.end_all(act.connection, user_id)
        return password

    def set_role(self, actor: Actor, user_id: str, role: Role) -> None:
        """Give another role and end the account's sessions. A patient's account keeps no ward and no other patient."""
        _require_a_persons(role)
        with self._audit.act(actor, Right.MANAGE_ACCOUNTS, Action.EDIT, "account", user_id) as act:
            if role is not Role.ADMIN:
                self._keep_an_administrator(act.connection, user_id)
            self._change(act.connection, user_id, role=role.value)
            if role not in _ON_THE_WARD:
                act.connection.execute(delete(ward_members).where(ward_members.c.user_id == user_id))
                act.connection.execute(delete(care_team).where(care_team.c.user_id == user_id))
            self._sessions.end_all(act.connection, user_id)

    def names(self, actor: Actor) -> dict[str, str]:
        """User names by id, for who reads the audit trail."""
        with self._audit.act(actor, Right.READ_AUDIT, Action.LIST, "account") as act:
            rows = act.connection.execute(select(users.c.id, users.c.username)).all()
        return {row.id: row.username for row in rows}

    def everyone(self, actor: Actor) -> tuple[Account, ...]:
        with self._audit.act(actor, Right.MANAGE_ACCOUNTS, Action.LIST, "account") as act:
            rows = sorted(act.connection.execute(select(users)), key=lambda row: str(row.username))
        return tuple(
            Account(
                r.id, r.username, r.name, Role(r.role), r.must_change, r.disabled_at is not None, r.created_at
            )
            for r in rows
        )

    def _insert(
        self, connection: Connection, username: str, name: str, role: Role, wards: Sequence[str] | None
    ) -> tuple[Account, str]:
        own = folded(username)
        if not is_username(own):
            raise BadInput(f"{username!r} cannot be a user name; expected 1 to 64 characters without spaces.")
        _require_a_persons(role)
        if role not in _ON_THE_WARD and wards:
            raise BadInput(f"The role {role.value} works on no ward; leave the wards out.")
        if connection.execute(select(users.c.id).where(users.c.username == own)).one_or_none():
            raise BadInput(f"There is already an account {own}; choose another name.")
        password = first_password(self._random)
        account = Account(uuid4().hex, own, name, role, True, False, stamp(self._clock()))
        connection.execute(
            insert(users).values(
                id=account.id,
                username=own,
                name=name,
                role=role.value,
                password_hash=self._passwords.hash(password),
                must_change=True,
                created_at=account.created_at,
            )
        )
        joined = wards if wards is not None else ([DEMONSTRATION_WARD] if role in _ON_THE_WARD else [])
        for ward_id in joined:
            connection.execute(insert(ward_members).values(ward_id=ward_id, user_id=account.id))
        return account, password

    def _keep_an_administrator(self, connection: Connection, user_id: str) -> None:
        others = select(func.count()).where(
            users.c.role == Role.ADMIN.value, users.c.disabled_at.is_(None), users.c.id != user_id
        )
        is_one = select(users.c.id).where(users.c.id == user_id, users.c.role == Role.ADMIN.value)
        if connection.execute(is_one).one_or_none() and not connection.execute(others).scalar_one():
            raise BadInput("This is the last active administrator; make another one first.")

    def _change(self, connection: Connection, user_id: str, **values: object) -> None:
        if connection.execute(update(users).where(users.c.id == user_id).values(**values)).rowcount != 1:
            raise BadInput("There is no such account.")

    def _count_try(self, key: str) -> None:
        """Count the try before the password is looked at, so that guesses sent at once are not all looked at."""
        now = self._clock()
        wait_s = 0.0
        with self._database.write() as connection:
            row = connection.execute(
                select(sign_in_tries).where(sign_in_tries.c.username_hash == key)
            ).one_or_none()
            if row is not None:
                wait_s = (moment(row.last_at) + _delay(row.tries) - now).total_seconds()
            if wait_s <= 0:
                fresh = row is None or now - moment(row.last_at) > timedelta(hours=24)
                tries = 1 if row is None or fresh else row.tries + 1
                stale = sign_in_tries.c.last_at < stamp(now - timedelta(hours=24))
                connection.execute(
                    delete(sign_in_tries).where((sign_in_tries.c.username_hash == key) | stale)
                )
                connection.execute(
                    insert(sign_in_tries).values(username_hash=key, tries=tries, last_at=stamp(now))
                )
        if wait_s > 0:
            self._note_refusal("", key)
            raise SignInRefused(f"Too many tries. Wait {int(wait_s) + 1} seconds and try again.")

    def _forget_tries(self, connection: Connection, key: str) -> None:
        connection.execute(delete(sign_in_tries).where(sign_in_tries.c.username_hash == key))

    def _note_refusal(self, user_id: str, key: str, action: Action = Action.SIGN_IN) -> None:
        # The name as typed stays out of the trail: people type their password there.
        with self._audit.unchecked(user_id, action, "account", key[:16]) as act:
            act.outcome = Outcome.DENIED


def first_passwords_beside(anchor: Path) -> FirstPasswords:
    return FirstPasswords(anchor.with_name("first-password.txt"))


def _require_a_persons(role: Role) -> None:
    if role in NOBODYS:
        raise BadInput(f"The role {role.value} is the program's own; choose another.")


def _delay(tries: int) -> timedelta:
    """How long to wait after ``tries`` tries without success: nothing at first, then doubling from 2 s to 15 min."""
    if tries < FREE_TRIES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(tries - FREE_TRIES + 1, 20)), LONGEST_DELAY)


def _key(username: str) -> str:
    return hashlib.sha256(folded(username).encode("utf-8", "replace")).hexdigest()
