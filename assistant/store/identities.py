"""Signing in by the hospital's identity provider (OpenID Connect): its claims, mapped to a local account and role.

The caller has verified the ID token's signature, issuer's keys and nonce (Authlib does, behind ``st.login``); what is asked
again here: issuer, audience, age, and that this very sign-in was not used before. The provider's cookie is therefore good
for one session of ours, which ends by our limits, whatever the cookie's age. Refuses to know HTTP.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from assistant.errors import BadInput
from assistant.store.access import Actor, Right, Role, SignInRefused
from assistant.store.audit import Act, Action, Audit, Clock, Outcome
from assistant.store.database import stamp
from assistant.store.sessions import Session, Sessions
from assistant.store.tables import identities, used_sign_ins, users
from assistant.store.usernames import folded, is_username

FRESH = timedelta(minutes=5)
"""How long after the provider issued it a sign-in may be used; covers the redirect, not a forgotten cookie."""
SKEW = timedelta(minutes=1)
_NO_ROLE = "Your hospital account has no role in Bedside. Ask an administrator for one."
_RANK = (Role.CLINICIAN, Role.NURSE, Role.EDUCATOR, Role.PATIENT, Role.AUDITOR, Role.ADMIN)


@dataclass(frozen=True)
class IdentityRules:
    """How claims are read. ``roles``: the value of ``role_claim`` → role; who has none of them is not let in."""

    issuer: str
    client_id: str
    roles: Mapping[str, Role] = field(default_factory=dict)
    role_claim: str = "groups"
    username_claim: str = "preferred_username"
    make_accounts: bool = True


class Identities:
    def __init__(self, audit: Audit, clock: Clock, sessions: Sessions, rules: IdentityRules | None) -> None:
        self._audit = audit
        self._clock = clock
        self._sessions = sessions
        self._rules = rules

    def sign_in(self, claims: Mapping[str, Any]) -> Session:
        """Open a session for verified claims of an ID token.

        Raises:
            SignInRefused: not configured, stale, used before, no role, a disabled account, or a name that is taken.
        """
        refusal = self._refusal(claims)
        subject = subject_hash(str(claims.get("iss", "")), str(claims.get("sub", "")))
        if refusal or self._rules is None:
            self._note_refusal("", subject)
            raise SignInRefused(refusal)
        try:
            with self._audit.unchecked("", Action.SIGN_IN, "identity", subject[:16]) as act:
                self._take_once(act.connection, claims)
                act.user_id = self._account(act, self._rules, claims, subject)
                return self._sessions.open(act.connection, act.user_id)
        except SignInRefused:
            self._note_refusal("", subject)
            raise

    def used(self, claims: Mapping[str, Any]) -> bool:
        """Whether this sign-in opened a session before: a page that finds its cookie need not try again."""
        with self._audit.reading() as connection:
            query = select(used_sign_ins.c.token_hash).where(used_sign_ins.c.token_hash == _once(claims))
            return connection.execute(query).one_or_none() is not None

    def link(self, actor: Actor, user_id: str, issuer: str, subject: str) -> None:
        """Let ``subject`` of ``issuer`` sign in to an account that is there already."""
        key = subject_hash(issuer, subject)
        with self._audit.act(actor, Right.MANAGE_ACCOUNTS, Action.SHARE, "identity", user_id) as act:
            if act.connection.execute(select(users.c.id).where(users.c.id == user_id)).one_or_none() is None:
                raise BadInput("There is no such account.")
            act.connection.execute(delete(identities).where(identities.c.subject_hash == key))
            self._insert_link(act.connection, key, issuer, user_id)

    def _refusal(self, claims: Mapping[str, Any]) -> str:
        """Why these claims open nothing, in words for the person; empty where they may."""
        rules, now = self._rules, self._clock()
        if rules is None:
            return "Signing in by the hospital account is not set up here."
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if str(claims.get("iss", "")).rstrip("/") != rules.issuer.rstrip("/"):
            return "This sign-in comes from another identity provider than this hospital's."
        if rules.client_id not in audiences or not claims.get("sub"):
            return "This sign-in was not made for Bedside."
        if len(audiences) > 1 and claims.get("azp") != rules.client_id:
            return "This sign-in was not made for Bedside."
        for name in ("iat", "auth_time"):
            at = claims.get(name)
            if at is None and name == "auth_time":
                continue
            if not isinstance(at, int | float) or isinstance(at, bool):
                return "The identity provider does not say when you signed in."
            age = now - datetime.fromtimestamp(at, UTC)
            if age > FRESH or age < -SKEW:
                return "That sign-in is over. Sign in with the hospital account once more."
        return "" if _role(rules, claims) else _NO_ROLE

    def _take_once(self, connection: Connection, claims: Mapping[str, Any]) -> None:
        now, key = self._clock(), _once(claims)
        stale = used_sign_ins.c.used_at < stamp(now - timedelta(days=40))
        connection.execute(delete(used_sign_ins).where(stale))
        used = select(used_sign_ins.c.token_hash).where(used_sign_ins.c.token_hash == key)
        if connection.execute(used).one_or_none():
            raise SignInRefused("That sign-in was used already. Sign in with the hospital account once more.")
        connection.execute(insert(used_sign_ins).values(token_hash=key, used_at=stamp(now)))

    def _account(self, act: Act, rules: IdentityRules, claims: Mapping[str, Any], subject: str) -> str:
        role = _role(rules, claims)
        if role is None:
            raise SignInRefused(_NO_ROLE)
        linked = select(identities.c.user_id).where(identities.c.subject_hash == subject)
        user_id = act.connection.execute(linked).scalar_one_or_none()
        if user_id is None:
            return self._make(act.connection, rules, claims, subject, role)
        account = act.connection.execute(select(users).where(users.c.id == user_id)).one()
        if account.disabled_at is not None:
            raise SignInRefused("This account is not active. Ask an administrator.")
        if account.role != role.value:
            # The provider's word on the role holds from this sign-in on, for other open pages too.
            act.connection.execute(update(users).where(users.c.id == user_id).values(role=role.value))
            self._sessions.end_all(act.connection, user_id)
        return str(user_id)

    def _make(
        self,
        connection: Connection,
        rules: IdentityRules,
        claims: Mapping[str, Any],
        subject: str,
        role: Role,
    ) -> str:
        if not rules.make_accounts:
            raise SignInRefused("Your hospital account has no Bedside account yet. Ask an administrator.")
        username = folded(str(claims.get(rules.username_claim) or claims.get("email") or ""))
        if not is_username(username):
            raise SignInRefused("Your hospital account brings no user name. Ask an administrator.")
        if connection.execute(select(users.c.id).where(users.c.username == username)).one_or_none():
            # Never joined by name alone: whoever may choose a name at the provider would take the account over.
            raise SignInRefused("Your user name is taken here. Ask an administrator to link the accounts.")
        user_id = uuid4().hex
        connection.execute(
            insert(users).values(
                id=user_id,
                username=username,
                name=str(claims.get("name") or username)[:200],
                role=role.value,
                password_hash="",
                must_change=False,
                created_at=stamp(self._clock()),
            )
        )
        self._insert_link(connection, subject, str(claims["iss"]), user_id)
        return user_id

    def _insert_link(self, connection: Connection, key: str, issuer: str, user_id: str) -> None:
        connection.execute(
            insert(identities).values(
                subject_hash=key, issuer=issuer, user_id=user_id, linked_at=stamp(self._clock())
            )
        )

    def _note_refusal(self, user_id: str, subject: str) -> None:
        with self._audit.unchecked(user_id, Action.SIGN_IN, "identity", subject[:16]) as act:
            act.outcome = Outcome.DENIED


def _role(rules: IdentityRules, claims: Mapping[str, Any]) -> Role | None:
    """The first of the ranks that the claim gives; care before administration."""
    said = claims.get(rules.role_claim)
    values = said if isinstance(said, list) else str(said or "").split()
    mine = {rules.roles[str(v)] for v in values if str(v) in rules.roles}
    return next((role for role in _RANK if role in mine), None)


def subject_hash(issuer: str, subject: str) -> str:
    return hashlib.sha256(json.dumps([issuer.rstrip("/"), subject]).encode()).hexdigest()


def _once(claims: Mapping[str, Any]) -> str:
    """What makes one sign-in differ from the next: the nonce, or the moment it was issued."""
    parts = [str(claims.get(name, "")) for name in ("iss", "sub", "nonce", "iat", "jti")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
