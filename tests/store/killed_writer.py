"""A process to be killed: appends numbered messages and says each on standard output once it is acknowledged.

Arguments: database URL, anchor, user id, conversation id, first number.
"""

from __future__ import annotations

import sys
from pathlib import Path

from assistant.store import Actor, Role, Speaker, open_store


def main(url: str, anchor: str, user_id: str, conversation_id: str, first: str) -> None:
    store = open_store(url, anchor=Path(anchor))
    actor = Actor(user_id, Role.CLINICIAN, "Ada")
    for number in range(int(first), int(first) + 100_000):
        # The number before may be a retry of one that was written and never acknowledged.
        store.conversations.append(
            actor, conversation_id, Speaker.USER, str(number), idempotency_key=f"n{number}"
        )
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
