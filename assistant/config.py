"""Settings: environment over ``.env`` over default. Read once, in ``wiring.py``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting there is; the README's table is made from it."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    bedside_home: Path = Field(
        Path("var"), description="Folder for the database, the guideline index and model caches"
    )
    model: str = Field(
        "default",
        description="`default` (SmolLM2-135M), `local:PATH_OR_HUB_NAME`, `server:URL#NAME`, or `none` (evidence only)",
    )
    adapter: str | None = Field(
        None,
        description="Folder of a LoRA adapter for the local model, approved or not; `none` for the base alone; unset: the "
        "one chosen in the administration page",
    )
    learn_from_use: bool = Field(
        False,
        description="Lets `finetune prepare` read signed documents, edits and thumbs of this store, redacted",
    )
    model_api_key: str = Field("", description="Key for `server:` models that ask for one")
    max_new_tokens: int = Field(
        160, ge=8, le=4096, description="Longest text one model call may write, in tokens"
    )
    model_timeout_s: float = Field(
        120.0, gt=0, description="Longest time one model call may take, in seconds"
    )
    draft_budget_s: float = Field(
        20.0,
        ge=0,
        description="Time the model may spend on the prose of one draft, in seconds; then quotes stand in",
    )
    model_queue: int = Field(
        8, ge=1, description="How many requests may wait for the model before the app says busy"
    )
    model_streams: int = Field(
        8, ge=1, description="How many requests a `server:` model answers at once; the others wait in line"
    )
    model_egress: Literal["auto", "redact", "plain"] = Field(
        "auto",
        description="What a `server:` model is sent: `auto` takes identifiers out unless the host is this machine or a "
        "private address, `redact` always, `plain` never (your own server under a public name)",
    )
    embedding_model: str | None = Field(
        None, description="sentence-transformers folder or cached hub name; default MiniLM"
    )
    rerank_model: str | None = Field(
        None,
        description="Cross-encoder that orders search results anew: folder or cached hub name; default none",
    )
    database_url: str | None = Field(None, description="SQLAlchemy URL; default SQLite under BEDSIDE_HOME")
    bedside_key: SecretStr = Field(
        SecretStr(""),
        description="Master key of the database, 32 bytes in base64; several with the current one first",
    )
    bedside_key_file: Path | None = Field(
        None, description="File with the master key; made at the first start where it is missing"
    )
    chroma_url: str = Field(
        "", description="Chroma server for the guideline index, e.g. `http://chroma:8000`; default embedded"
    )
    language: Literal["en", "zh"] = Field("en", description="Language of the interface at first sight")
    country: str = Field(
        "",
        description="ISO code of the country whose emergency and crisis numbers are named; default by language",
    )
    bedside_templates: Path | None = Field(
        None, description="Folder of YAML templates that add to and replace those that come along"
    )
    hospital: str = Field("", description="Name shown on the sign-in page and in exports")
    oidc_issuer: str = Field(
        "", description="Address of the hospital's OpenID Connect provider; empty: local accounts alone"
    )
    oidc_client_id: str = Field("", description="What the provider calls Bedside")
    oidc_client_secret: str = Field("", repr=False, description="The secret that the provider gave Bedside")
    oidc_redirect_uri: str = Field(
        "", description="`https://HOST/oauth2callback`, as registered at the provider"
    )
    oidc_roles: str = Field(
        "", description="Values of the role claim and their roles: `bedside-doctors=clinician,ward-3=nurse`"
    )
    oidc_role_claim: str = Field("groups", description="Claim of the ID token that holds those values")
    oidc_username_claim: str = Field("preferred_username", description="Claim that names a new account")
    oidc_make_accounts: bool = Field(
        True, description="Make an account at the first sign-in of a hospital account"
    )
    max_question_chars: int = Field(8000, ge=100, description="Longest question accepted, in characters")
    max_upload_mb: int = Field(50, ge=1, description="Largest file accepted, in MB")
    record_read_s: float = Field(
        10.0, gt=0, description="Longest time that reading one record may take, in seconds"
    )
    guideline_read_s: float = Field(
        120.0, gt=0, description="Longest time that reading one guideline may take, in seconds"
    )
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port for Prometheus on this machine alone (127.0.0.1); 0: none"
    )
    read_memory_mb: int = Field(512, ge=256, description="Memory in which one uploaded file is read, in MB")

    retention_conversations_days: int = Field(
        0, ge=0, description="Days a conversation is kept after its last message; 0 keeps it"
    )
    retention_drafts_days: int = Field(
        0, ge=0, description="Days a document that nobody signed is kept; 0 keeps it"
    )
    retention_patients_days: int = Field(
        0, ge=0, description="Days a patient is kept after the last thing that happened; 0 keeps them"
    )
    retention_sessions_days: int = Field(90, ge=0, description="Days an ended sign-in is kept; 0 keeps it")

    @property
    def knowledge_dir(self) -> Path:
        return self.bedside_home / "knowledge"

    @property
    def model_cache_dir(self) -> Path:
        return self.bedside_home / "models"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.bedside_home / 'bedside.db').resolve()}"

    @property
    def key_file(self) -> Path:
        """The master key's file where none is named: with the user's own settings, apart from the data.

        Where the data have a place of their own (a container's volume, a server's folder) the key goes there too: a key in
        a home that the next container does not have would be the loss of every record.
        """
        if self.bedside_key_file is not None:
            return self.bedside_key_file
        beside = self.bedside_home / "keys" / "bedside.key"
        named = {"bedside_home", "database_url"} & self.model_fields_set
        if named or beside.exists():
            return beside
        settings = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(settings) / "bedside" / "bedside.key"

    @property
    def audit_anchor(self) -> Path:
        return self.bedside_home / "audit.anchor"
