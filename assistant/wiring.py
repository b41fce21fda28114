"""Settings → ready objects. The only place that knows concrete classes, and the only one that reads settings."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.config import Settings
from assistant.conversation import Conversation
from assistant.errors import AdapterRefused, ConfigurationError, StorageFailed
from assistant.models.turn import WaitingLine
from assistant.tasks.base import Services
from assistant.tasks.templates import open_templates

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from assistant.models.adapter_registry import InUse
    from assistant.store import Store
    from knowledge.formulary import Formulary
    from knowledge.open import Library

log = logging.getLogger(__name__)
SECRETS = Path("/run/secrets")
"""Where containers find secrets: a file ``database_url`` is the setting DATABASE_URL."""


def quiet_dependencies() -> None:
    """No telemetry and no download at run time, whatever a library's default is. Called before any of them is imported."""
    for name, value in {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "ANONYMIZED_TELEMETRY": "False",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "TRANSFORMERS_VERBOSITY": "error",
        "LANGCHAIN_TRACING_V2": "false",
        "LANGSMITH_TRACING": "false",
    }.items():
        os.environ.setdefault(name, value)


@dataclass(frozen=True)
class Parts:
    """What a turn is run with. The store is opened apart: the command line does without it."""

    settings: Settings
    library: Library
    formulary: Formulary
    conversation: Conversation


def build(
    settings: Settings,
    *,
    store_dir: Path | None = None,
    with_model: bool = True,
    verify: bool = True,
) -> Parts:
    """Library, formulary, model and conversation.

    Args:
        store_dir: another guideline store than the app's; it holds only what was ingested there.
        with_model: False for tasks that never write (triage, redact).
        verify: False shows model text unchecked, for measuring only.
    """
    quiet_dependencies()
    from knowledge.formulary import open_formulary

    formulary = open_formulary()
    # Said before a model is loaded for it.
    templates = open_templates(settings.bedside_templates)
    library = open_guidelines(settings, store_dir)
    _require_adapter_folder(settings)
    chosen = open_model(settings) if with_model and settings.model != "none" else NO_MODEL
    services = Services(
        library=library,
        formulary=formulary,
        model=chosen.model,
        model_name=chosen.name,
        adapter_name=chosen.adapter,
        adapter_notice=chosen.notice,
        max_new_tokens=settings.max_new_tokens,
        model_timeout_s=settings.model_timeout_s,
        draft_budget_s=settings.draft_budget_s,
        model_languages=("en",) if settings.model == "default" else ("en", "zh"),
        verify=verify,
        redact_outgoing=sends_out(settings),
        templates=templates,
        question_vector=library.question_vector,
        country=settings.country,
    )
    # One turn more than the model's own streams: while it writes for one, evidence is gathered for the next.
    at_once = settings.model_streams if settings.model.startswith("server:") else 2
    line = WaitingLine(settings.model_queue, at_once)
    conversation = Conversation(services, settings.country, settings.max_question_chars, line)
    return Parts(settings, library, formulary, conversation)


def _require_adapter_folder(settings: Settings) -> None:
    """Raises AdapterRefused where ADAPTER names no folder: said before a model is loaded for it."""
    if settings.adapter and settings.adapter != "none" and not Path(settings.adapter).is_dir():
        raise AdapterRefused(
            f"ADAPTER={settings.adapter}: there is no such folder. Name an adapter's, or leave it out."
        )


@dataclass(frozen=True)
class ChosenModel:
    """The model with the names that answers carry, and what the user is told of its adapter."""

    model: BaseChatModel | None
    name: str = "none"
    adapter: str | None = None
    notice: tuple[str, ...] = ()


NO_MODEL = ChosenModel(None)


def open_model(settings: Settings) -> ChosenModel:
    """The model that the settings name, with the adapter in use; raises ModelNotFound or AdapterRefused."""
    from assistant.models.base import adapter_name, model_name, open_chat_model
    from assistant.models.server import ServerChatModel
    from assistant.safety.egress import is_inside

    chosen = adapter_in_use(settings)
    if chosen.notice:
        log.warning("adapter: %s", chosen.notice[0])
    model = open_chat_model(
        settings.model,
        adapter=str(chosen.folder) if chosen.folder else None,
        api_key=settings.model_api_key,
        cache_dir=settings.model_cache_dir,
        max_new_tokens=settings.max_new_tokens,
        timeout_s=settings.model_timeout_s,
        queue_size=settings.model_queue,
    )
    if isinstance(model, ServerChatModel):
        model.through_proxy = not is_inside(urlsplit(model.url).hostname or "")
    return ChosenModel(model, model_name(model), adapter_name(model), chosen.notice)


def adapter_in_use(settings: Settings) -> InUse:
    """The adapter that the setting names, else the one chosen in the administration page. Raises AdapterRefused."""
    from assistant.models.adapter_registry import AdapterRegistry

    return AdapterRegistry(settings.bedside_home).in_use(settings.adapter, settings.model)


def sends_out(settings: Settings) -> bool:
    """True where the model's text leaves the walls and must leave without identifiers."""
    if not settings.model.startswith("server:") or settings.model_egress == "plain":
        return False
    from assistant.safety.egress import is_inside

    host = urlsplit(settings.model.removeprefix("server:").partition("#")[0]).hostname or ""
    return settings.model_egress == "redact" or not is_inside(host)


def open_guidelines(settings: Settings, store_dir: Path | None = None) -> Library:
    """The app's guideline store with the starter library, or the store at ``store_dir`` as it is."""
    quiet_dependencies()
    from knowledge.open import open_library

    return open_library(
        store_dir or settings.knowledge_dir,
        embedding_model=settings.embedding_model,
        rerank_model=settings.rerank_model,
        chroma_url=settings.chroma_url,
        starter=store_dir is None,
    )


def open_records(settings: Settings) -> Store:
    """The database of users, patients, conversations, documents and audit; migrated forward on opening."""
    from assistant.identity_provider import identity_rules
    from assistant.store import KeySource, open_store

    try:
        settings.bedside_home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(
            f"The folder {settings.bedside_home} cannot be made ({error.strerror}). Set BEDSIDE_HOME to one that can."
        ) from error
    keys = KeySource(settings.bedside_key.get_secret_value(), settings.key_file)
    rules = identity_rules(settings)
    return open_store(settings.database, anchor=settings.audit_anchor, keys=keys, identity_rules=rules)


def load_settings() -> Settings:
    """Settings from the environment, else from files of their names; a wrong value gives one plain line."""
    from pydantic import ValidationError

    try:
        return Settings(_secrets_dir=SECRETS if SECRETS.is_dir() else None)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigurationError(
            f"Setting {name}={first.get('input')!r} cannot be used: {first['msg']}."
        ) from error
