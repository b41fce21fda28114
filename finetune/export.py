"""An adapter folded into its base: one folder that plain transformers loads, and servers with it.

Owns the written folder. The chat template is the base's own, which is what training and the app render with.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from assistant.models.adapters import merge_adapter
from assistant.models.loading import LoadedModel
from assistant.models.manifest import MANIFEST
from finetune.errors import FineTuneError

_TRAINING_MARK = "{% generation"
CARD = "MODEL_CARD.md"


def export(loaded: LoadedModel, adapter: Path, out: Path) -> Path:
    """Writes the merged model as safetensors with its tokenizer; refuses to write into a folder that holds anything.

    Raises FineTuneError also where the chat template bears marks that only training reads: servers stumble over them.
    """
    if out.exists() and any(out.iterdir()):
        raise FineTuneError(f"{out} is not empty. Name a new folder.")
    if _TRAINING_MARK in loaded.tokenizer.chat_template.replace("{%-", "{%"):
        raise FineTuneError(
            f"The chat template of {loaded.base.name} bears training marks (generation). Put the base's own there."
        )
    merged, _ = merge_adapter(loaded, adapter)
    merged.model.save_pretrained(str(out), safe_serialization=True)
    merged.tokenizer.save_pretrained(str(out))
    # Under another name than an adapter's: the folder is a model, and no adapter's checks hold of it.
    shutil.copyfile(adapter / MANIFEST, out / f"adapter_{MANIFEST}")
    if (adapter / CARD).is_file():
        shutil.copyfile(adapter / CARD, out / CARD)
    return out
