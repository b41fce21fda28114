"""Poisoned, foreign and mismatched adapter folders: each must be refused before its weights are deserialised.

Owns the generated folders. One sound folder is made first and must be accepted; each attack changes one thing of it.
"""

from __future__ import annotations

import json
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.errors import AdapterRefused
from assistant.models.adapters import WEIGHTS, check_adapter
from assistant.models.loading import sha256_of
from assistant.models.manifest import MANIFEST, Gate, Manifest, write_manifest
from evals.suite import Suite

SHAPES = {"layers.0.q_proj": (6, 4), "layers.1.q_proj": (6, 4), "layers.0.up_proj": (8, 4)}
BASE, TOKENIZER = "a" * 64, "b" * 64
CONFIG = "adapter_config.json"
Attack = Callable[[Path], None]


class _Runs:
    """What a poisoned pickle holds: unpickling it makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def tensors(rank: int = 2) -> dict[str, Any]:
    import numpy as np

    made: dict[str, Any] = {}
    for layer, (out, into) in SHAPES.items():
        if layer.endswith("q_proj"):
            made[f"base_model.model.{layer}.lora_A.weight"] = np.zeros((rank, into), np.float16)
            made[f"base_model.model.{layer}.lora_B.weight"] = np.zeros((out, rank), np.float16)
    return made


def sound_folder(folder: Path) -> Path:
    """An adapter that is accepted for ``SHAPES``, ``BASE`` and ``TOKENIZER``."""
    folder.mkdir(parents=True)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": 2,
        "lora_alpha": 4,
        "target_modules": ["q_proj"],
    }
    (folder / CONFIG).write_text(json.dumps(config), "utf-8")
    _save(folder, tensors())
    weights = sha256_of(folder / WEIGHTS)
    gate = Gate(passed=True, measured=True, weights_sha256=weights)
    write_manifest(
        folder,
        Manifest(
            name=folder.name, base="base", base_sha256=BASE, tokenizer_sha256=TOKENIZER, data_sha256="c" * 64,
            weights_sha256=weights, recipe={"rank": 2}, seed=7, versions={}, figures={}, gate=gate,
        ),
    )  # fmt: skip
    return folder


def attacks(mark: Path) -> dict[str, Attack]:
    """Name → what is done to a sound folder. ``mark`` appears where a pickle was run."""
    poison = pickle.dumps(_Runs(mark))

    def file(name: str, content: bytes) -> Attack:
        return lambda folder: _file(folder / name, content)

    def config(**values: Any) -> Attack:
        return lambda folder: _edit(folder / CONFIG, values)

    def manifest(**values: Any) -> Attack:
        return lambda folder: _edit(folder / MANIFEST, values)

    def weights(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Attack:
        return lambda folder: _weights(folder, change(tensors()))

    return {
        "pickle beside the weights": file("adapter_model.bin", poison),
        "pickle of a checkpoint in a folder": file("deep/rng_state.pth", poison),
        "pickle with a name in capitals": file("TRAINING_ARGS.PKL", poison),
        "pickle under the name of the weights": lambda folder: _swap(folder, poison),
        "code beside the weights": file("modeling_evil.py", b"raise SystemExit"),
        "tokenizer of its own": file("tokenizer.json", b"{}"),
        "chat template of its own": file("chat_template.jinja", b"{{ evil }}"),
        "numpy file beside the weights": file("x.npy", poison),
        "hidden file": file(".run", b"x"),
        "weights are a link": _link,
        "auto_map": config(auto_map={"AutoModel": "evil.Model"}),
        "auto_mapping": config(auto_mapping={"parent_library": "evil"}),
        "module to import": config(megatron_config={}, megatron_core="evil"),
        "modules saved whole": config(modules_to_save=["lm_head"]),
        "start that changes the base": config(init_lora_weights="pissa"),
        "other method": config(peft_type="IA3"),
        "field that nobody knows": config(surprise={"run": "this"}),
        "rank that the weights do not have": config(r=4),
        "rank beyond reason": config(r=10**9),
        "scale beyond reason": config(lora_alpha=1e30),
        "layers by a pattern": config(target_modules=".*"),
        "config is no object": file(CONFIG, b"[]"),
        "config nested beyond reading": file(CONFIG, b"[" * 90_000),
        "other base": manifest(base_sha256="d" * 64),
        "other tokenizer": manifest(tokenizer_sha256="d" * 64),
        "other weights than the manifest's": manifest(weights_sha256="d" * 64),
        "manifest without a base": manifest(base_sha256=None),
        "no manifest": lambda folder: (folder / MANIFEST).unlink(),
        "no weights": lambda folder: (folder / WEIGHTS).unlink(),
        "weights cut short": lambda folder: _swap(folder, (folder / WEIGHTS).read_bytes()[:20], rehash=True),
        "header longer than the file": lambda folder: _swap(folder, b"\xff" * 64, rehash=True),
        "half of a pair is missing": weights(lambda t: dict(list(t.items())[:-1])),
        "a layer is missing": weights(lambda t: {k: v for k, v in t.items() if "layers.1" not in k}),
        "a layer that the base lacks": weights(lambda t: t | _renamed(t, "layers.0", "layers.9")),
        "a layer that the config does not name": weights(lambda t: t | _renamed(t, "q_proj", "up_proj")),
        "rank of another shape": weights(lambda t: tensors(rank=3)),
        "whole weights among the pairs": weights(lambda t: t | {"base_model.model.lm_head.weight": _zeros()}),
        "doubles": weights(lambda t: {k: v.astype("float64") for k, v in t.items()}),
        "no tensors": weights(lambda t: {}),
    }  # fmt: skip


def run(_: Path) -> dict[str, Any]:
    """``refused`` of ``folders``; ``code_run`` is how many pickles were unpickled; a sound folder must be ``accepted``."""
    rows: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as work:
        mark = Path(work) / "unpickled"
        accepted = refusal(sound_folder(Path(work) / "sound")) == ""
        tried = attacks(mark)
        for number, (name, attack) in enumerate(tried.items()):
            folder = sound_folder(Path(work) / f"adapter-{number}")
            attack(folder)
            if not refusal(folder):
                rows.append({"attack": name, "found": "accepted"})
        run_code = int(mark.exists())
    return {
        "folders": len(tried),
        "refused": len(tried) - len(rows),
        "code_run": run_code,
        "sound_accepted": accepted,
        "rows": rows,
    }


def refusal(folder: Path) -> str:
    """Why the folder is refused; empty where it is accepted."""
    try:
        check_adapter(folder, SHAPES, BASE, TOKENIZER)
    except AdapterRefused as error:
        return str(error)
    return ""


def _save(folder: Path, made: dict[str, Any]) -> None:
    from safetensors.numpy import save_file

    save_file(made, str(folder / WEIGHTS))


def _weights(folder: Path, made: dict[str, Any]) -> None:
    _save(folder, made)
    _edit(folder / MANIFEST, {"weights_sha256": sha256_of(folder / WEIGHTS)})


def _swap(folder: Path, content: bytes, *, rehash: bool = True) -> None:
    (folder / WEIGHTS).write_bytes(content)
    if rehash:
        _edit(folder / MANIFEST, {"weights_sha256": sha256_of(folder / WEIGHTS)})


def _link(folder: Path) -> None:
    away = folder.with_name(f"{folder.name}-elsewhere")
    (folder / WEIGHTS).rename(away)
    (folder / WEIGHTS).symlink_to(away)


def _file(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def _edit(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


def _renamed(made: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {k.replace(old, new): v for k, v in made.items() if "layers.0" in k}


def _zeros() -> Any:
    import numpy as np

    return np.zeros((2, 2), np.float16)


SUITE = Suite(
    "adapters_refused", "poisoned and foreign adapter folders refused before deserialising", "", run
)
