"""Who keeps which collection of guidelines, and which collections a user or a conversation asks.

Owns the rule that a collection is changed by its keeper alone, and read by everyone. Refuses to know what is in one: that
is the guideline library's. ``assistant.shelf`` asks here before it changes the library.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Column, Connection, Table, delete, insert, select

from assistant.errors import AccessDenied, BadInput
from assistant.store.access import Actor, Right, require
from assistant.store.audit import Action, Audit, Clock
from assistant.store.database import stamp
from assistant.store.tables import conversation_scopes, conversations, guideline_collections, user_scopes

LONGEST_NAME_CHARS = 60
LONGEST_SCOPE = 100


@dataclass(frozen=True)
class GuidelineCollection:
    """``id`` is the collection's name in the guideline library."""

    id: str
    name: str
    owner_id: str
    made_at: str


def own_uploads(user_id: str) -> str:
    """The collection that every account has without making it."""
    return f"upload-{user_id}"


class GuidelineCollections:
    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def make(self, actor: Actor, name: str) -> GuidelineCollection:
        """Raises BadInput for an empty or long name, and for one that a collection has already."""
        clean = " ".join(name.split())
        if not clean or len(clean) > LONGEST_NAME_CHARS:
            raise BadInput(
                f"The name has {len(clean)} characters; 1 to {LONGEST_NAME_CHARS} are expected. Choose another."
            )
        made = GuidelineCollection(f"c-{uuid4().hex}", clean, actor.user_id, stamp(self._clock()))
        with self._audit.act(actor, Right.ADD_GUIDELINE, Action.ADD, "collection", made.id) as act:
            if any(kept.name.casefold() == clean.casefold() for kept in _all(act.connection)):
                raise BadInput("There is a collection of that name. Choose another name.")
            act.connection.execute(insert(guideline_collections).values(**vars(made)))
        return made

    def all(self, actor: Actor) -> tuple[GuidelineCollection, ...]:
        """Every collection that somebody made, by name."""
        with self._audit.reading() as connection:
            require(connection, actor, Right.CONVERSE)
            return tuple(sorted(_all(connection), key=lambda c: c.name.casefold()))

    def allow(self, actor: Actor, action: Action, collection: str, doc_id: str = "") -> None:
        """Leaves the row of a change to a collection, before it is made.

        Raises AccessDenied unless ``actor`` may add guidelines and keeps the collection.
        """
        with self._audit.act(actor, Right.ADD_GUIDELINE, action, "guideline", doc_id or collection) as act:
            if collection == own_uploads(actor.user_id):
                return
            keeper = act.connection.execute(
                select(guideline_collections.c.owner_id).where(guideline_collections.c.id == collection)
            ).scalar_one_or_none()
            if keeper != actor.user_id:
                raise AccessDenied(
                    "This collection is another user's, or comes with the program. Add to one of your own."
                )

    def scope(self, actor: Actor, conversation_id: str | None = None) -> tuple[str, ...]:
        """The collections that are asked, by the conversation's choice, else the user's; empty: all."""
        with self._audit.reading() as connection:
            require(connection, actor, Right.CONVERSE)
            found = None
            if conversation_id is not None:
                _require_own(connection, actor, conversation_id)
                found = _kept(connection, conversation_scopes.c.conversation_id, conversation_id)
            return (
                found if found is not None else _kept(connection, user_scopes.c.user_id, actor.user_id) or ()
            )

    def set_scope(self, actor: Actor, collections: Sequence[str], conversation_id: str | None = None) -> None:
        """Keeps the choice for the conversation, or as the user's own where none is named; empty: all."""
        if len(collections) > LONGEST_SCOPE:
            raise BadInput(
                f"{len(collections)} collections; at most {LONGEST_SCOPE} can be chosen. Choose none to search all."
            )
        with self._audit.act(
            actor, Right.CONVERSE, Action.EDIT, "scope", conversation_id or actor.user_id
        ) as act:
            if conversation_id is None:
                _keep(act.connection, user_scopes, user_scopes.c.user_id, actor.user_id, collections)
            else:
                _require_own(act.connection, actor, conversation_id)
                key = conversation_scopes.c.conversation_id
                _keep(act.connection, conversation_scopes, key, conversation_id, collections)


def _all(connection: Connection) -> list[GuidelineCollection]:
    return [GuidelineCollection(**row._asdict()) for row in connection.execute(select(guideline_collections))]


def _kept(connection: Connection, key: Column[str], value: str) -> tuple[str, ...] | None:
    found = connection.execute(select(key.table.c.collections).where(key == value)).scalar_one_or_none()
    return None if found is None else tuple(json.loads(found))


def _keep(
    connection: Connection, table: Table, key: Column[str], value: str, collections: Sequence[str]
) -> None:
    connection.execute(delete(table).where(key == value))
    chosen = json.dumps(list(dict.fromkeys(collections)))
    connection.execute(insert(table).values({key.name: value, "collections": chosen}))


def _require_own(connection: Connection, actor: Actor, conversation_id: str) -> None:
    own = (conversations.c.id == conversation_id) & (conversations.c.user_id == actor.user_id)
    if connection.execute(select(conversations.c.id).where(own)).one_or_none() is None:
        raise AccessDenied("This conversation is another user's, or there is none.")
