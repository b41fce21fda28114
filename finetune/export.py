"""An adapter folded into its base: one folder that plain transformers loads, and servers with it.

Owns the written folder. The chat template is the base's own, which is what training and the app render with.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from assistant.models.adapters import merge_adapter
from assistant.models.loading import LoadedModel
from finetune.errors import FineTuneError

KEPT = ("bedside_manifest.json", "MODEL_CARD.md")


def export(loaded: LoadedModel, adapter: Path, out: Path) -> Path:
    """Writes the merged model as safetensors with its tokenizer; refuses to write into a folder that holds anything."""
    if out.exists() and any(out.iterdir()):
        raise FineTuneError(f"{out} is not empty. Name a new folder.")
    merged, _ = merge_adapter(loaded, adapter)
    merged.model.save_pretrained(str(out), safe_serialization=True)
    merged.tokenizer.save_pretrained(str(out))
    for name in KEPT:
        if (adapter / name).is_file():
            shutil.copyfile(adapter / name, out / name)
    return out
