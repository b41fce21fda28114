"""What every page shares and no patient is in: settings, the store's engine, and the parts a turn is run with.

The parts open in a thread, so that sign-in does not wait for the guideline index and the language model.
"""

from __future__ import annotations

import gc
import threading

import streamlit as st

from assistant import metrics
from assistant.config import Settings
from assistant.errors import BedsideError, StorageFailed
from assistant.logs import configure_logs
from assistant.models.adapter_registry import AdapterRegistry
from assistant.store import Store
from assistant.wiring import Parts, build, load_settings, open_records
from knowledge.errors import KnowledgeError
from knowledge.formulary import Formulary, open_formulary


class Opening:
    """Parts on their way. ``wait`` gives them or raises what went wrong; a failure is tried anew at the next visit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ready = threading.Event()
        self._parts: Parts | None = None
        self._error: BedsideError | KnowledgeError | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        with self._lock:
            if self._parts is None and (self._thread is None or not self._thread.is_alive()):
                self._ready.clear()
                self._error = None
                self._thread = threading.Thread(target=self._open, name="opening-parts", daemon=True)
                self._thread.start()

    def _open(self) -> None:
        try:
            parts = build(self._settings)
            metrics.serve(self._settings.metrics_port, lambda: len(parts.conversation.line))
            parts.library.search("warm up", 1)  # loads the embedding model now, not at the first question
            gc.collect()
            gc.freeze()  # what stays until the end is not walked again by each collection
            self._parts = parts
        except (BedsideError, KnowledgeError) as error:
            self._error = error
        finally:
            self._ready.set()

    @property
    def ready(self) -> bool:
        return self._parts is not None

    def wait(self) -> Parts:
        self.begin()
        self._ready.wait()
        if self._parts is not None:
            return self._parts
        raise self._error or BedsideError(
            "The guideline library or the model could not be opened. See the log."
        )


@st.cache_resource(show_spinner=False)
def logs() -> None:
    """This process's logs by allow-list, from the first page on."""
    configure_logs()


@st.cache_resource(show_spinner=False)
def _store(url: str, home: str) -> Store:
    return open_records(load_settings())


@st.cache_resource(show_spinner=False, max_entries=1)  # an adapter that was switched away frees its model
def _opening(home: str, model: str, adapter: str) -> Opening:
    return Opening(load_settings())


@st.cache_resource(show_spinner=False)
def formulary() -> Formulary:
    return open_formulary()


def store(settings: Settings) -> Store:
    return _store(settings.database, str(settings.bedside_home.resolve()))


def _chosen(settings: Settings) -> str:
    """Name and weights of the adapter in use, so that another choice opens the parts anew."""
    try:
        choice = AdapterRegistry(settings.bedside_home).current()
    except StorageFailed:
        return "unreadable"  # said by the opening itself
    return f"{choice.name} {choice.weights_sha256}"


def opening(settings: Settings) -> Opening:
    adapter = settings.adapter or _chosen(settings)
    found = _opening(str(settings.bedside_home.resolve()), settings.model, adapter)
    found.begin()
    return found
