"""The hospital's identity provider, from settings: rules for its claims, and the file that ``st.login`` reads.

Owns which settings go together. Streamlit and Authlib do the protocol; the session that follows is the store's own.
"""

from __future__ import annotations

import json
import os
import secrets
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.errors import ConfigurationError, StorageFailed

if TYPE_CHECKING:
    from assistant.config import Settings
    from assistant.store import IdentityRules, Role

PROVIDER = "hospital"
"""The provider's name towards ``st.login``."""


def identity_rules(settings: Settings) -> IdentityRules | None:
    """None where no provider is set. Raises ConfigurationError where the settings do not go together."""
    from assistant.store import IdentityRules

    if not settings.oidc_issuer:
        return None
    needed = {
        "OIDC_CLIENT_ID": settings.oidc_client_id,
        "OIDC_CLIENT_SECRET": settings.oidc_client_secret,
        "OIDC_REDIRECT_URI": settings.oidc_redirect_uri,
        "OIDC_ROLES": settings.oidc_roles,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise ConfigurationError(f"OIDC_ISSUER is set and {', '.join(missing)} is not; set all or none.")
    for name, address in (
        ("OIDC_ISSUER", settings.oidc_issuer),
        ("OIDC_REDIRECT_URI", settings.oidc_redirect_uri),
    ):
        _require_private(name, address)
    if not settings.oidc_redirect_uri.endswith("/oauth2callback"):
        raise ConfigurationError(
            f"OIDC_REDIRECT_URI={settings.oidc_redirect_uri}; expected the page's address with /oauth2callback at its end."
        )
    return IdentityRules(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        roles=_roles(settings.oidc_roles),
        role_claim=settings.oidc_role_claim,
        username_claim=settings.oidc_username_claim,
        make_accounts=settings.oidc_make_accounts,
    )


def write_login_file(settings: Settings) -> Path | None:
    """The secrets file for ``st.login``, readable by its owner alone; None where no provider is set.

    Its cookie secret is new at every start: a cookie of an earlier one opens nothing. ``prompt=login`` and ``max_age=0``
    ask the provider for the password each time, so that nobody comes in on a colleague's single sign-on.
    """
    if identity_rules(settings) is None:
        return None
    issuer = settings.oidc_issuer.rstrip("/")
    rows = [
        "[auth]",
        f"redirect_uri = {json.dumps(settings.oidc_redirect_uri)}",
        f"cookie_secret = {json.dumps(secrets.token_urlsafe(48))}",
        f"[auth.{PROVIDER}]",
        f"client_id = {json.dumps(settings.oidc_client_id)}",
        f"client_secret = {json.dumps(settings.oidc_client_secret)}",
        f"server_metadata_url = {json.dumps(issuer + '/.well-known/openid-configuration')}",
        'client_kwargs = { scope = "openid email profile", prompt = "login" }',
        'authorize_params = { max_age = "0" }',
    ]
    path = settings.bedside_home.resolve() / "oidc-login.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join(rows) + "\n")
    except OSError as fault:
        raise StorageFailed(
            f"The file {path} cannot be written ({fault.strerror}). Check BEDSIDE_HOME."
        ) from fault
    return path


def _roles(text: str) -> dict[str, Role]:
    """``bedside-doctors=clinician, ward-3=nurse`` → what each value of the role claim gives."""
    from assistant.store import Role

    people = {role.value: role for role in Role if role not in (Role.SYSTEM, Role.OPERATOR)}
    found: dict[str, Role] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        value, _, role = part.rpartition("=")
        if not value.strip() or role.strip() not in people:
            raise ConfigurationError(
                f"OIDC_ROLES has {part!r}; expected VALUE=ROLE with a role of {', '.join(people)}, separated by commas."
            )
        found[value.strip()] = people[role.strip()]
    return found


def _require_private(name: str, address: str) -> None:
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise ConfigurationError(f"{name}={address}; expected an https:// address: tokens travel on it.")
