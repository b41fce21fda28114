"""Choosing an adapter, going back, and approving: who may, and the row of the audit trail that tells of it.

Owns the order: the file changes inside the audited act, and is put back where the act could not be kept. The same functions
serve the administration page and the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assistant.errors import BedsideError
from assistant.models.adapter_registry import AdapterRegistry, Choices
from assistant.store import Actor, Right, Store
from assistant.store.audit import Action

KIND = "adapter"
NO_NAME = "base-alone"


def use(registry: AdapterRegistry, store: Store, actor: Actor, name: str) -> None:
    """Raises AccessDenied, BadInput or AdapterRefused. An empty name is the base alone."""

    def chosen() -> Choices:
        choice, kept = registry.checked(name), registry.choices()
        return kept if kept.history[-1:] == (choice,) else Choices(history=(*kept.history, choice))

    _change(registry, store, actor, Action.ENABLE, name, chosen)


def roll_back(registry: AdapterRegistry, store: Store, actor: Actor) -> str:
    """The name in use before, in use again. Raises AccessDenied, BadInput or AdapterRefused."""
    _change(registry, store, actor, Action.DISABLE, registry.current().name, registry.before)
    return registry.current().name


def reviewed(store: Store, actor: Actor, name: str, write: Callable[[Path], None], folder: Path) -> None:
    """Writes what the gate found, as an audited act."""
    with store.audit.act(actor, Right.CHOOSE_ADAPTER, Action.REVIEW, KIND, name):
        write(folder)


def _change(
    registry: AdapterRegistry,
    store: Store,
    actor: Actor,
    action: Action,
    name: str,
    wanted: Callable[[], Choices],
) -> None:
    before = registry.choices()
    try:
        with store.audit.act(actor, Right.CHOOSE_ADAPTER, action, KIND, name or NO_NAME):
            registry.write(wanted())
    except BedsideError:
        if registry.choices() != before:
            registry.write(before)
        raise
