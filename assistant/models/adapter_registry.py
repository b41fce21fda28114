"""The adapters on this machine and which of them is in use: folders, a small file of choices, and how to go back.

Owns the file ``adapters.json`` under BEDSIDE_HOME. Refuses to know who may choose: ``assistant.adapters_in_use`` asks that and
keeps the trail. Reads manifests and hashes only; no weights.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import AdapterRefused, BadInput, StorageFailed
from assistant.models.adapters import check_files, check_weights_hash
from assistant.models.loading import DEFAULT_NAME
from assistant.models.manifest import Manifest, read_manifest

SHIPPED = Path(__file__).parents[2] / "finetune" / "adapters"
DEFAULT_ADAPTER = "bedside-135m"
STATE = "adapters.json"
KEPT_CHOICES = 20
BASE_ALONE = ""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Choice(BaseModel):
    """``name`` is empty for the base alone. ``weights_sha256``: what was approved when it was chosen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = BASE_ALONE
    weights_sha256: str = ""


class Choices(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    history: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Listed:
    """One adapter as found. ``refusal`` says why it cannot be used; empty where it can."""

    name: str
    folder: Path
    manifest: Manifest | None
    refusal: str = ""


@dataclass(frozen=True)
class InUse:
    """What the app is to load: ``folder`` None is the base alone. ``notice`` is for the user to see."""

    folder: Path | None
    notice: tuple[str, ...] = ()
    """English and Chinese; empty where there is nothing to say."""


class AdapterRegistry:
    def __init__(self, home: Path, shipped: Path = SHIPPED) -> None:
        self._state = home / STATE
        self._places = (shipped, home / "adapters")

    def adapters(self) -> list[Listed]:
        found: dict[str, Listed] = {}
        for place in self._places:
            for folder in sorted(place.iterdir()) if place.is_dir() else ():
                if folder.is_dir() and _NAME.fullmatch(folder.name) and folder.name not in found:
                    found[folder.name] = _listed(folder)
        return list(found.values())

    def named(self, name: str) -> Listed:
        """Raises BadInput for a name that is not there."""
        for adapter in self.adapters():
            if adapter.name == name:
                return adapter
        known = ", ".join(a.name for a in self.adapters()) or "none"
        raise BadInput(f"There is no adapter {name!r}. There are: {known}.")

    def choices(self) -> Choices:
        try:
            return Choices.model_validate(json.loads(self._state.read_text("utf-8")))
        except FileNotFoundError:
            return Choices()
        except (OSError, ValueError, ValidationError, RecursionError) as error:
            raise StorageFailed(
                f"{self._state} cannot be read, so the adapter in use is not known. Remove the file, or set ADAPTER."
            ) from error

    def current(self) -> Choice:
        """The last choice; without one the shipped adapter where its gate was passed, else the base alone."""
        history = self.choices().history
        if history:
            return history[-1]
        for adapter in self.adapters():
            if adapter.name == DEFAULT_ADAPTER and adapter.manifest and not adapter.refusal:
                return Choice(name=adapter.name, weights_sha256=adapter.manifest.weights_sha256)
        return Choice()

    def checked(self, name: str) -> Choice:
        """A choice that may be made. Raises AdapterRefused where the gate was not passed."""
        if name == BASE_ALONE:
            return Choice()
        adapter = self.named(name)
        if adapter.manifest is None or adapter.refusal:
            raise AdapterRefused(f"{name} cannot be used: {adapter.refusal}")
        check_weights_hash(adapter.folder, adapter.manifest)
        return Choice(name=name, weights_sha256=adapter.manifest.weights_sha256)

    def before(self) -> Choices:
        """The choices without the last one. Raises BadInput where there is nothing to go back to."""
        history = self.choices().history
        if not history:
            raise BadInput("No adapter was chosen yet, so there is nothing to go back to.")
        if len(history) > 1:
            self.checked(history[-2].name)
        return Choices(history=history[:-1])

    def write(self, choices: Choices) -> None:
        """Raises StorageFailed; the file is whole at every moment."""
        kept = Choices(history=choices.history[-KEPT_CHOICES:])
        work = self._state.with_suffix(".new")
        try:
            self._state.parent.mkdir(parents=True, exist_ok=True)
            work.write_text(kept.model_dump_json(indent=1), "utf-8")
            work.replace(self._state)
        except OSError as error:
            raise StorageFailed(
                f"{self._state} cannot be written ({error.strerror}). Free space there."
            ) from error

    def in_use(self, setting: str | None, model: str) -> InUse:
        """What to load, from the setting ADAPTER first and the choice second.

        ADAPTER names a folder on purpose and so stands above the gate, never above the checks of the folder itself;
        ``none`` is the base alone. A choice is used only as it was approved. Raises AdapterRefused.
        """
        if setting == "none":
            return InUse(None)
        local = model == "default" or model.startswith("local:")
        if setting:
            folder = Path(setting)
            if not local:
                return InUse(folder)  # refused with its own words where the model is opened
            approved = folder.is_dir() and read_manifest(folder).approved
            return InUse(folder, () if approved else _not_approved(folder))
        choice = self.current()
        if choice.name == BASE_ALONE or not local:
            return InUse(None)
        adapter = self.named(choice.name)
        if adapter.manifest is None or adapter.refusal:
            raise AdapterRefused(f"{choice.name}, which is in use, is refused: {adapter.refusal} {_REMEDY}")
        if adapter.manifest.weights_sha256 != choice.weights_sha256:
            raise AdapterRefused(
                f"{choice.name} is not what was approved: it has other weights now. {_REMEDY}"
            )
        if adapter.manifest.base != _base_name(model):
            here = adapter.manifest.base
            said = (
                f"{choice.name} is for {here}; {model} runs without it.",
                f"{choice.name} 适用于 {here}；{model} 未使用它。",
            )
            return InUse(None, said)
        return InUse(adapter.folder)


_REMEDY = "Choose another in the administration page, or: python -m finetune adapters rollback."


def _listed(folder: Path) -> Listed:
    try:
        check_files(folder)
        manifest = read_manifest(folder)
    except AdapterRefused as error:
        return Listed(folder.name, folder, None, str(error))
    if manifest.approved:
        return Listed(folder.name, folder, manifest)
    reasons = " ".join(manifest.gate.reasons) or "its weights are not those that were measured."
    return Listed(folder.name, folder, manifest, f"The gate was not passed: {reasons}")


def _not_approved(folder: Path) -> tuple[str, ...]:
    name = folder.resolve().name
    return (
        f"The adapter {name} has not passed its gate; it runs because ADAPTER names it.",
        f"适配器 {name} 未通过评估；因设置 ADAPTER 指定而使用。",
    )


def _base_name(model: str) -> str:
    if model == "default":
        return DEFAULT_NAME
    value = model.removeprefix("local:")
    path = Path(value).expanduser()
    return path.resolve().name if path.is_dir() else value
