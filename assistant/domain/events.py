"""What a turn says while it runs: stages, then each sentence as soon as it is checked, then the whole answer.

The page and the command line draw these; nothing else passes between a task and who asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.answer import Alert, Answer, RedFlag, Sentence, Withheld


class StageName(StrEnum):
    GUARD = "guard"
    QUEUE = "queue"
    """Waiting for a turn; ``count`` is the place in line, 1 the next."""
    RECORD = "record"
    RETRIEVE = "retrieve"
    COMPOSE = "compose"
    VERIFY = "verify"
    CHECKS = "checks"


@dataclass(frozen=True)
class Stage:
    """A step began (``done`` False) or ended; ``count`` is what it found, e.g. 14 facts."""

    name: StageName
    done: bool = False
    count: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class RedFlagRaised:
    red_flag: RedFlag


@dataclass(frozen=True)
class AlertRaised:
    alert: Alert


@dataclass(frozen=True)
class SentenceShown:
    section: str
    sentence: Sentence


@dataclass(frozen=True)
class SentenceWithheld:
    withheld: Withheld


@dataclass(frozen=True)
class Finished:
    answer: Answer


Event = Stage | RedFlagRaised | AlertRaised | SentenceShown | SentenceWithheld | Finished
