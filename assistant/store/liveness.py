"""When a session is over: idle for 15 minutes, 12 hours old, ended, or its account disabled.

Owns the two limits and the one question both doors ask: ``sessions`` for a page that is drawn, ``audit`` for an act that
is done from a page drawn earlier. Refuses to know tokens; it sees their hashes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, select, update

from assistant.store.access import Actor, SessionEnded
from assistant.store.database import moment, stamp
from assistant.store.tables import sessions, users

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
_NOTED_EVERY = timedelta(seconds=30)
"""Activity is written down no more often than this: a page asks many times a minute."""


def session_row(connection: Connection, token_hash: str) -> Row[tuple[object, ...]] | None:
    account = [users.c.role, users.c.name, users.c.username, users.c.must_change, users.c.disabled_at]
    return connection.execute(
        select(sessions, *account)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.token_hash == token_hash)
    ).one_or_none()


def ended(row: Row[tuple[object, ...]] | None) -> bool:
    """Somebody ended it: signed out, another password, account disabled; or it never was."""
    return row is None or row.ended_at is not None or row.disabled_at is not None


def worn_out(row: Row[tuple[object, ...]], now: datetime) -> bool:
    return now - moment(row.seen_at) > IDLE or now - moment(row.created_at) > ABSOLUTE


def activity_due(row: Row[tuple[object, ...]], now: datetime) -> bool:
    return now - moment(row.seen_at) >= _NOTED_EVERY


def note_activity(connection: Connection, token_hash: str, now: datetime) -> None:
    still = (sessions.c.token_hash == token_hash) & sessions.c.ended_at.is_(None)
    connection.execute(update(sessions).where(still).values(seen_at=stamp(now)))


def require_live(connection: Connection, actor: Actor, now: datetime) -> None:
    """Raise SessionEnded where the session that ``actor`` was given by is over; an act counts as activity.

    An actor without a session is the program's own: the command line, a turn that is being kept.
    """
    if not actor.session:
        return
    row = session_row(connection, actor.session)
    if row is None or ended(row) or row.user_id != actor.user_id:
        raise SessionEnded("You are signed out. Sign in again.")
    if worn_out(row, now):
        raise SessionEnded("The session ended because it was idle or too old. Sign in again.")
    if activity_due(row, now):
        note_activity(connection, actor.session, now)
