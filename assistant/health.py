"""Is Bedside alive and ready? Database, audit chain, guideline index, model, disk: each asked now, each with its time.

Owns the checks and their words. Changes nothing and names nobody.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assistant.config import Settings
from assistant.errors import BedsideError
from knowledge.errors import KnowledgeError

LEAST_FREE_MB = 500
ANSWER_S = 5.0


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    detail: str
    seconds: float = 0.0


def report(settings: Settings) -> dict[str, Any]:
    """``{"live", "ready", "checks": [{"name","ok","detail","seconds"}]}``; ready when every check is."""
    checks: list[Check] = []
    for name, ask in _CHECKS.items():
        began = time.monotonic()
        try:
            ok, detail = ask(settings)
        except (BedsideError, KnowledgeError, OSError) as error:
            ok, detail = (
                False,
                str(error) if not isinstance(error, OSError) else error.strerror or "cannot be read",
            )
        checks.append(Check(name, ok, " ".join(detail.split()), round(time.monotonic() - began, 3)))
    return {"live": True, "ready": all(c.ok for c in checks), "checks": [asdict(c) for c in checks]}


def _database(settings: Settings) -> tuple[bool, str]:
    from assistant.wiring import open_records

    if _missing(settings):
        return False, "there is no database yet; start the app once (make run)."
    open_records(settings).close()
    return True, "opens, and its schema is this version's"


def _audit(settings: Settings) -> tuple[bool, str]:
    from assistant.wiring import open_records

    if _missing(settings):
        return False, "there is no audit trail yet; start the app once (make run)."
    store = open_records(settings)
    try:
        verdict = store.audit.verify()
    finally:
        store.close()
    return (
        verdict.whole,
        "the chain is whole" if verdict.whole else "the chain is broken: python -m assistant audit verify",
    )


def _missing(settings: Settings) -> bool:
    url = settings.database
    return url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file()


def _index(settings: Settings) -> tuple[bool, str]:
    from assistant.wiring import quiet_dependencies
    from knowledge.open import open_library

    if not settings.knowledge_dir.is_dir():
        return False, "there is no guideline library yet; start the app once (make run)."
    quiet_dependencies()
    with open_library(settings.knowledge_dir, embedding_model=settings.embedding_model) as library:
        documents = len(library.documents())
        found = library.search("community-acquired pneumonia antibiotics", 1).passages if documents else ()
    return (
        bool(found),
        f"{documents} guidelines, and a search finds"
        if found
        else f"{documents} guidelines; a search finds nothing",
    )


def _model(settings: Settings) -> tuple[bool, str]:
    if settings.model == "none":
        return True, "none is set: answers quote the evidence"
    if settings.model.startswith("server:"):
        return _server(settings)
    from assistant.models.loading import find_base

    find_base(settings.model, settings.model_cache_dir)
    return True, "its files are on this machine"


def _server(settings: Settings) -> tuple[bool, str]:
    import httpx

    from assistant.models.server import ServerChatModel

    model = ServerChatModel.at(settings.model)
    key = settings.model_api_key or "none"
    try:
        with httpx.Client(timeout=ANSWER_S, follow_redirects=False) as client:
            answer = client.get(
                urlsplit(model.url).geturl().rstrip("/") + "/models",
                headers={"Authorization": f"Bearer {key}"},
            )
    except httpx.HTTPError:
        return False, f"the server at {model.host} does not answer. Start it, or set MODEL to another."
    return answer.status_code == 200, f"the server at {model.host} answers HTTP {answer.status_code}"


def _disk(settings: Settings) -> tuple[bool, str]:
    folder = next(f for f in (settings.bedside_home, *settings.bedside_home.resolve().parents) if f.exists())
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    return free_mb >= LEAST_FREE_MB, f"{free_mb:,} MB free; at least {LEAST_FREE_MB} MB are needed"


_CHECKS: dict[str, Callable[[Settings], tuple[bool, str]]] = {
    "database": _database,
    "audit": _audit,
    "index": _index,
    "model": _model,
    "disk": _disk,
}
