"""A training recipe: one YAML file, every value checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from finetune.errors import FineTuneError

RUNS = Path("var/finetune/runs")


class Recipe(BaseModel):
    """``max_steps`` and ``max_minutes`` end training early where they are above 0; the rate falls to zero all the same.

    ``patience`` counts checkpoints without a lower held-out loss before a run ends; 0 never measures it. ``run`` holds
    checkpoints and the TensorBoard log; empty: a folder of the adapter's name under ``var/finetune/runs``. ``start`` is an
    adapter to go on from (``dpo``: also the reference that it must not stray from). ``keep_weight`` above 0 adds the distance
    from the base on ``keep_rows`` pieces of its own prose to the loss (``finetune.rehearsal``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["sft", "dpo"] = "sft"
    base: str = "default"
    start: Path | None = None
    data: Path
    out: Path
    run: Path | None = None
    rank: int = Field(16, ge=1, le=512)
    alpha: int = Field(32, ge=1)
    learning_rate: float = Field(1e-3, gt=0, lt=1)
    epochs: int = Field(1, ge=1)
    pack_tokens: int = Field(640, ge=64)
    packs_per_step: int = Field(1, ge=1)
    warmup_steps: int = Field(5, ge=0)
    max_steps: int = Field(0, ge=0)
    max_minutes: float = Field(0, ge=0)
    checkpoint_every: int = Field(10, ge=1)
    patience: int = Field(0, ge=0)
    keep_weight: float = Field(0, ge=0)
    keep_rows: int = Field(64, ge=1)
    held_rows: int = Field(64, ge=1)
    quantize: Literal["none", "4bit"] = "none"
    gradient_checkpointing: bool = False
    beta: float = Field(0.1, gt=0)
    pairs_per_step: int = Field(4, ge=1)
    threads: int = Field(0, ge=0)
    seed: int = 7

    @property
    def run_folder(self) -> Path:
        return self.run or RUNS / self.out.name

    @model_validator(mode="after")
    def _run_lies_apart(self) -> Recipe:
        """Checkpoints hold the optimizer's pickles, which the app refuses in an adapter folder."""
        if self.run is not None and self.run.resolve().is_relative_to(self.out.resolve()):
            raise ValueError(f"run {self.run} lies in out {self.out}; name a folder of its own")
        return self


def read_recipe(path: Path) -> Recipe:
    """Raises FineTuneError that names the file, the setting and what is allowed."""
    try:
        values = yaml.safe_load(path.read_text("utf-8"))
        return Recipe.model_validate(values)
    except OSError as error:
        raise FineTuneError(f"{path}: {error.strerror}. Recipes are in finetune/configs.") from error
    except yaml.YAMLError as error:
        raise FineTuneError(f"{path} is no YAML: {str(error).splitlines()[0]}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "the file"
        raise FineTuneError(f"{path}: {name}: {first['msg']}.") from error
