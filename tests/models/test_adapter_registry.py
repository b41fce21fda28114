from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import AdapterRefused, BadInput, StorageFailed
from assistant.models.adapter_registry import DEFAULT_ADAPTER, AdapterRegistry, Choice, Choices
from assistant.models.loading import DEFAULT_NAME
from assistant.models.manifest import Gate, read_manifest, write_manifest
from evals.adapters_refused import sound_folder


@pytest.fixture
def registry(tmp_path: Path) -> AdapterRegistry:
    return AdapterRegistry(tmp_path / "home", shipped=tmp_path / "shipped")


def _adapter(tmp_path: Path, name: str, *, passed: bool = True, base: str = DEFAULT_NAME) -> Path:
    folder = sound_folder(tmp_path / "home" / "adapters" / name)
    manifest = read_manifest(folder).model_copy(update={"base": base})
    if not passed:
        manifest = manifest.model_copy(update={"gate": Gate(reasons=("It invents more than its base.",))})
    write_manifest(folder, manifest)
    return folder


def _chosen(registry: AdapterRegistry, *names: str) -> None:
    registry.write(Choices(history=tuple(registry.checked(name) for name in names)))


def test_an_approved_adapter_that_was_chosen_is_loaded_without_a_word(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    folder = _adapter(tmp_path, "good")
    _chosen(registry, "good")
    found = registry.in_use(None, "default")
    assert (found.folder, found.notice) == (folder, ())


def test_one_that_failed_the_gate_is_listed_with_the_reason_and_cannot_be_chosen(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    _adapter(tmp_path, "worse", passed=False)
    assert "invents more" in registry.named("worse").refusal
    with pytest.raises(AdapterRefused, match="invents more"):
        registry.checked("worse")


def test_the_setting_stands_above_the_gate_with_a_notice_in_both_languages(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    worse, good = _adapter(tmp_path, "worse", passed=False), _adapter(tmp_path, "good")
    found = registry.in_use(str(worse), "default")
    assert found.folder == worse
    assert "has not passed its gate" in found.notice[0]
    assert "未通过" in found.notice[1]
    assert registry.in_use(str(good), "default").notice == ()


def test_the_setting_none_is_the_base_alone_whatever_was_chosen(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    _adapter(tmp_path, "good")
    _chosen(registry, "good")
    assert registry.in_use("none", "default").folder is None


@pytest.mark.parametrize("passed", [True, False])
def test_without_a_choice_the_shipped_adapter_runs_only_where_its_gate_was_passed(
    registry: AdapterRegistry, tmp_path: Path, passed: bool
) -> None:
    folder = _adapter(tmp_path, DEFAULT_ADAPTER, passed=passed)
    assert registry.in_use(None, "default").folder == (folder if passed else None)


def test_weights_that_changed_after_the_choice_are_refused(registry: AdapterRegistry, tmp_path: Path) -> None:
    folder = _adapter(tmp_path, "good")
    _chosen(registry, "good")
    manifest = read_manifest(folder)
    other = manifest.gate.model_copy(update={"weights_sha256": "f" * 64})
    write_manifest(folder, manifest.model_copy(update={"weights_sha256": "f" * 64, "gate": other}))
    with pytest.raises(AdapterRefused, match="other weights now"):
        registry.in_use(None, "default")


def test_weights_that_are_not_the_manifests_cannot_be_chosen(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    folder = _adapter(tmp_path, "good")
    (folder / "adapter_model.safetensors").write_bytes(b"other")
    with pytest.raises(AdapterRefused, match="damaged or changed"):
        registry.checked("good")


def test_an_adapter_of_another_base_is_left_out_with_a_notice(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    _adapter(tmp_path, "large", base="some-8b")
    _chosen(registry, "large")
    found = registry.in_use(None, "default")
    assert found.folder is None
    assert "some-8b" in found.notice[0]
    assert registry.in_use(None, "server:http://h/v1#m").notice == ()


def test_going_back_gives_the_choice_before_and_stops_at_the_first(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    _adapter(tmp_path, "one")
    _adapter(tmp_path, "two")
    _chosen(registry, "one", "two")
    registry.write(registry.before())
    assert registry.current().name == "one"
    registry.write(registry.before())
    assert registry.current() == Choice()
    with pytest.raises(BadInput, match="nothing to go back to"):
        registry.before()


def test_a_name_that_is_not_there_is_answered_with_those_that_are(
    registry: AdapterRegistry, tmp_path: Path
) -> None:
    _adapter(tmp_path, "one")
    with pytest.raises(BadInput, match=r"no adapter '\.\./one'.*There are: one"):
        registry.checked("../one")


def test_a_file_of_choices_that_cannot_be_read_is_said(registry: AdapterRegistry, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "adapters.json").write_text("{")
    with pytest.raises(StorageFailed, match=r"adapters\.json cannot be read"):
        registry.in_use(None, "default")
