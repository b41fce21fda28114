"""A training recipe: one YAML file, every value checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from finetune.errors import FineTuneError


class Recipe(BaseModel):
    """``max_steps`` and ``max_minutes`` end training early where they are above 0; the rate falls to zero all the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str = "default"
    data: Path
    out: Path
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
    threads: int = Field(0, ge=0)
    seed: int = 7


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
