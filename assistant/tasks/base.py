"""What a task is: a name, its sections, and how it is composed from evidence.

One file a task; each holds a ``TASK`` and the menu, command line, batch and the contract test find it
(``assistant.tasks.registry``). Knows nothing of pages, databases or which model runs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol

from assistant.domain.events import Event
from assistant.domain.record import PatientRecord
from knowledge.embedding import Vectors
from knowledge.types import Guideline, Passage, SearchResult

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

    from assistant.tasks.templates import Templates
    from knowledge.formulary import Formulary


class GuidelineSearch(Protocol):
    """What tasks need of the guideline library (``knowledge.open.Library``)."""

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        language: str | None = None,
        collections: Collection[str] | None = None,
    ) -> SearchResult: ...
    def documents(self) -> list[Guideline]: ...
    def document(self, doc_id: str) -> Guideline: ...
    def passages(self, doc_id: str) -> list[Passage]: ...
    def similarities(self, query: str, texts: Sequence[str]) -> list[float]: ...
    def knows(self, word: str) -> bool: ...


@dataclass(frozen=True)
class SectionSpec:
    """``key`` is public; titles are what a reader sees."""

    key: str
    en: str
    zh: str
    required: bool = True

    def title(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Request:
    """One turn. ``task`` names the task; ``question`` is the user's own text, unaltered."""

    task: str
    question: str = ""
    record: PatientRecord | None = None
    audience: str = "clinician"
    language: str | None = None
    kind: str = "care"
    template: str = ""
    """Name of the template whose sections the document has; empty: the task's plain one."""
    collections: tuple[str, ...] = ()
    """The collections of guidelines that are asked; empty: all."""

    @property
    def answer_language(self) -> str:
        """The language asked for, else the question's, else the record's."""
        if self.language in ("en", "zh"):
            return str(self.language)
        if self.question:
            return "zh" if any("\u4e00" <= c <= "\u9fff" for c in self.question) else "en"
        return self.record.language if self.record else "en"


@dataclass(frozen=True)
class Services:
    """What composing needs; built once in ``wiring.py``. ``model`` None means evidence only."""

    library: GuidelineSearch | None
    formulary: Formulary
    model: BaseChatModel | None = None
    model_name: str = "none"
    adapter_name: str | None = None
    max_new_tokens: int = 160
    model_timeout_s: float = 120.0
    draft_budget_s: float = 20.0
    model_languages: tuple[str, ...] = ("en", "zh")
    """Languages that the model writes; in others the evidence is quoted. SmolLM2 writes English only."""
    verify: bool = True
    """False shows model sentences unchecked, marked ``unparsed``: for measuring what checking does, never for use."""
    today: Callable[[], date] = date.today
    redact_outgoing: bool = False
    """True where the model is outside the walls: each turn's text leaves without its identifiers, put back on return."""
    templates: Templates | None = None
    """None: those that come along."""
    adapter_notice: tuple[str, ...] = ()
    """What the user must know of the adapter, in English and Chinese: that it has not passed its gate, for one."""
    question_vector: Callable[[str], Vectors | None] | None = None
    """The sentence vector of a question, for the second judgement of requests; None: its rules judge alone."""
    country: str = ""
    """ISO code of the country whose emergency number a handout names; empty: none but by language."""


@dataclass
class Turn:
    """One run of a task: the request, the services, and what is learned on the way (timings, notices)."""

    request: Request
    services: Services
    cancel: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.perf_counter)
    retrieve_s: float = 0.0
    first_token_s: float = 0.0
    model_s: float = 0.0
    model_tokens: int = 0
    notices: list[str] = field(default_factory=list)
    abstained: bool = False

    @property
    def language(self) -> str:
        return self.request.answer_language

    @property
    def record(self) -> PatientRecord:
        """The record of a task that needs one; conversation.py has made sure that it is there."""
        if self.request.record is None:
            raise ValueError(f"task {self.request.task} was composed without a record")
        return self.request.record

    def say(self, en: str, zh: str) -> str:
        return zh if self.language == "zh" else en

    def elapsed_s(self) -> float:
        return time.perf_counter() - self.started


@dataclass(frozen=True)
class Task:
    """``compose`` yields events section by section; the order of ``sections`` is the order on the page."""

    name: str
    en: str
    zh: str
    sections: Sequence[SectionSpec]
    compose: Callable[[Turn], Iterator[Event]]
    needs_record: bool = True
    audience: str = "clinician"
    commands: tuple[str, ...] = ()
    """Slash commands that choose it, without the slash."""
    examples: tuple[str, ...] = ()
    """Requests in users' words; the nearest task is chosen by them."""
    also_states: tuple[str, ...] = ()
    """Keys that ``compose`` states beside its sections; shown only where a template asks for them."""

    def title(self, language: str) -> str:
        return self.zh if language == "zh" else self.en
