from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.adapters_in_use import roll_back, use
from assistant.errors import AccessDenied, StorageFailed
from assistant.models.adapter_registry import AdapterRegistry
from assistant.store import SYSTEM, KeySource, Role, Store, open_store, operator
from assistant.store.audit import Audit
from evals.adapters_refused import sound_folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(
        f"sqlite:///{tmp_path / 'bedside.db'}",
        anchor=tmp_path / "audit.anchor",
        keys=KeySource(file=tmp_path / "keys" / "bedside.key"),
    )
    yield opened
    opened.close()


@pytest.fixture
def registry(tmp_path: Path) -> AdapterRegistry:
    for name in ("one", "two"):
        sound_folder(tmp_path / "adapters" / name)
    return AdapterRegistry(tmp_path, shipped=tmp_path / "none")


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.ADMIN, True),
        (Role.CLINICIAN, False),
        (Role.NURSE, False),
        (Role.AUDITOR, False),
        (Role.PATIENT, False),
    ],
)
def test_only_an_administrator_chooses(
    role: Role, may: bool, store: Store, registry: AdapterRegistry
) -> None:
    _, first = store.users.add(SYSTEM, "ada", "Ada", role)
    token = store.users.sign_in("ada", first).token
    actor = store.users.change_password(token, first, "grey herons wade 3").actor
    if may:
        use(registry, store, actor, "one")
        assert registry.current().name == "one"
    else:
        with pytest.raises(AccessDenied, match="may not choose adapter"):
            use(registry, store, actor, "one")
        assert registry.current().name == ""
    assert store.audit.verify().whole


def test_the_same_choice_twice_is_one_step_back(store: Store, registry: AdapterRegistry) -> None:
    for name in ("one", "two", "two"):
        use(registry, store, operator(), name)
    assert roll_back(registry, store, operator()) == "one"


def test_no_audit_no_change(store: Store, registry: AdapterRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    use(registry, store, operator(), "one")

    def full(*_: object) -> None:
        raise StorageFailed("The disk is full.")

    monkeypatch.setattr(Audit, "_commit", full)
    with pytest.raises(StorageFailed):
        use(registry, store, operator(), "two")
    assert registry.current().name == "one"
