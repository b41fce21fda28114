"""Claims of a real, small OpenID Connect provider, verified with its published keys, and what they open here."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from assistant.errors import AccessDenied
from assistant.store import (
    Action,
    IdentityRules,
    Outcome,
    Role,
    SessionEnded,
    SignInRefused,
    open_store,
    operator,
)
from tests.provider import CLIENT_ID, Provider
from tests.store.conftest import QUICK

PERSON = {"sub": "s-17", "preferred_username": "Grace", "name": "Grace Example", "groups": ["doctors"]}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Provider(port) as running:
        yield running


@pytest.fixture
def joined(sqlite_hospital: Any, provider: Provider) -> Any:
    hospital = sqlite_hospital
    roles = {"doctors": Role.CLINICIAN, "ward": Role.NURSE, "it": Role.ADMIN}
    hospital.store.close()
    hospital.store = open_store(
        hospital.url,
        anchor=hospital.anchor,
        clock=hospital.clock,
        hasher=QUICK,
        identity_rules=IdentityRules(provider.issuer, CLIENT_ID, roles),
    )
    provider.person, provider.spoil = dict(PERSON), dict
    hospital.provider = provider
    return hospital


def claims(joined: Any, **changed: Any) -> dict[str, Any]:
    """What the page gets: an ID token issued now by the hospital's clock, its signature checked with published keys."""
    keys = KeySet.import_key_set(httpx.get(f"{joined.provider.issuer}/keys").json())
    now = int(joined.clock.now.timestamp())
    joined.provider.spoil = lambda found: {**found, "iat": now, "auth_time": now, **changed}
    token = joined.provider.token(nonce=f"n{now}")
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def test_a_hospital_account_becomes_a_local_one_with_the_role_of_its_group(joined: Any) -> None:
    session = joined.store.identities.sign_in(claims(joined))
    assert (session.actor.username, session.actor.role) == ("grace", Role.CLINICIAN)
    joined.clock.forward(minutes=1)
    again = joined.store.identities.sign_in(claims(joined))
    assert again.actor.user_id == session.actor.user_id
    with pytest.raises(SignInRefused, match="not right"):
        joined.store.users.sign_in("grace", "")


def test_our_limits_end_the_session_whatever_the_providers_cookie_says(joined: Any) -> None:
    given = claims(joined)
    token = joined.store.identities.sign_in(given).token
    joined.clock.forward(minutes=15, seconds=1)
    with pytest.raises(SessionEnded):
        joined.store.users.session(token)
    assert joined.store.identities.used(given)
    with pytest.raises(SignInRefused):
        joined.store.identities.sign_in(given)


def test_one_sign_in_opens_one_session(joined: Any) -> None:
    given = claims(joined)
    joined.store.identities.sign_in(given)
    with pytest.raises(SignInRefused, match="used already"):
        joined.store.identities.sign_in(given)
    joined.clock.forward(seconds=2)
    assert joined.store.identities.sign_in(claims(joined))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"iss": "https://elsewhere.example"}, "another identity provider"),
        ({"aud": "another-app"}, "not made for Bedside"),
        ({"aud": ["another-app", CLIENT_ID]}, "not made for Bedside"),
        ({"sub": ""}, "not made for Bedside"),
        ({"groups": ["gardeners"]}, "no role"),
        ({"groups": None}, "no role"),
        ({"iat": 1_700_000_000}, "is over"),
        ({"auth_time": 1_700_000_000}, "is over"),
        ({"iat": 4_000_000_000}, "is over"),
        ({"iat": "now"}, "does not say when"),
        ({"preferred_username": "two words"}, "no user name"),
    ],
)
def test_claims_that_are_not_for_us_fresh_and_in_order_open_nothing(
    joined: Any, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(SignInRefused, match=said):
        joined.store.identities.sign_in(claims(joined, **changed))
    rows = joined.store.audit.search(operator(), action=Action.SIGN_IN, outcome=Outcome.DENIED)
    assert len(rows) == 1
    assert "grace" not in repr(rows).casefold()


def test_a_name_that_a_local_account_has_is_not_taken_over_until_an_administrator_links_it(
    joined: Any,
) -> None:
    grace = joined.person("grace")
    with pytest.raises(SignInRefused, match="link the accounts"):
        joined.store.identities.sign_in(claims(joined))
    with pytest.raises(AccessDenied):
        joined.store.identities.link(grace, grace.user_id, joined.provider.issuer, "s-17")
    joined.store.identities.link(operator(), grace.user_id, joined.provider.issuer, "s-17")
    joined.clock.forward(seconds=5)
    assert joined.store.identities.sign_in(claims(joined)).actor.user_id == grace.user_id


def test_another_role_at_the_provider_holds_at_the_next_sign_in_and_ends_pages_of_the_old_one(
    joined: Any,
) -> None:
    first = joined.store.identities.sign_in(claims(joined))
    joined.clock.forward(seconds=5)
    second = joined.store.identities.sign_in(claims(joined, groups=["ward"]))
    assert second.actor.role is Role.NURSE
    with pytest.raises(SessionEnded):
        joined.store.users.session(first.token)


def test_an_account_disabled_here_stays_out_whatever_the_provider_says(joined: Any) -> None:
    session = joined.store.identities.sign_in(claims(joined))
    joined.store.users.disable(operator(), session.actor.user_id)
    joined.clock.forward(seconds=5)
    with pytest.raises(SignInRefused, match="not active"):
        joined.store.identities.sign_in(claims(joined))
