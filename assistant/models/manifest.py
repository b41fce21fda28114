"""What an adapter says of itself: its base, its data, how it was trained, what it was measured to do, and whether that passed.

Owns the file and its meaning. An adapter is approved only where the gate was passed by exactly the weights that lie beside it.
Refuses to know what the gate asks: that is ``finetune.gate``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import AdapterRefused

MANIFEST = "manifest.json"
LONGEST_BYTES = 1_000_000
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Gate(BaseModel):
    """``measured``: base and adapter were asked the same; ``weights_sha256`` are the weights that were measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passed: bool = False
    measured: bool = False
    weights_sha256: str = ""
    reasons: tuple[str, ...] = ()


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    base: str
    base_sha256: Sha256
    tokenizer_sha256: Sha256
    data_sha256: Sha256
    weights_sha256: Sha256
    recipe: dict[str, Any]
    seed: int
    versions: dict[str, str]
    worked_examples: bool = False
    figures: dict[str, Any]
    gate: Gate = Gate()

    @property
    def approved(self) -> bool:
        return self.gate.passed and self.gate.measured and self.gate.weights_sha256 == self.weights_sha256


def read_manifest(folder: Path) -> Manifest:
    """Raises AdapterRefused where it is missing, too long, no JSON, or says less than is asked."""
    path = folder / MANIFEST
    try:
        if path.stat().st_size > LONGEST_BYTES:
            raise AdapterRefused(
                f"ADAPTER={folder}: {MANIFEST} is longer than {LONGEST_BYTES} bytes. Export it again."
            )
        return Manifest.model_validate(json.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {MANIFEST} is missing, so nobody knows its base. Name a folder that training wrote."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "it"
        raise AdapterRefused(
            f"ADAPTER={folder}: {MANIFEST}: {field}: {first['msg']}. Train the adapter again."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {MANIFEST} is not readable JSON. Export the adapter again."
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    work = folder / f".{MANIFEST}.new"
    work.write_text(
        json.dumps(manifest.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    work.replace(folder / MANIFEST)
