from __future__ import annotations

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from assistant.errors import AccessDenied, BadInput
from assistant.store import Action, Outcome, Role, SessionEnded, SignInRefused, WeakPassword
from assistant.store.passwords import Passwords, check_password, first_password


def wrong(hospital: Any, username: str) -> str:
    with pytest.raises(SignInRefused) as refused:
        hospital.store.users.sign_in(username, "not the password at all")
    return str(refused.value)


def test_a_first_password_opens_nothing_but_the_change_of_password(hospital: Any) -> None:
    users = hospital.store.users
    first = dict(users.ensure_first_accounts())["clinician"]
    session = users.sign_in("clinician", first)
    assert session.must_change_password
    with pytest.raises(AccessDenied, match="password of your own"):
        hospital.store.patients.visible_to(session.actor)
    changed = users.change_password(session.token, first, "a quiet harbour at dawn")
    assert hospital.store.patients.visible_to(changed.actor) == ()
    with pytest.raises(SignInRefused):
        users.sign_in("clinician", first)


def test_first_passwords_wait_in_a_file_for_their_owner_alone_until_each_is_changed(hospital: Any) -> None:
    users = hospital.store.users
    made = users.ensure_first_accounts()
    file = hospital.anchor.with_name("first-password.txt")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert users.ensure_first_accounts() == made
    for username, first in made:
        token = users.sign_in(username, first).token
        users.change_password(token, first, f"nine green lanterns {username[:2]}")
    assert not file.exists()
    assert users.ensure_first_accounts() == ()


def test_first_accounts_are_made_once_when_two_start_together(hospital: Any) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: hospital.store.users.ensure_first_accounts(), range(4)))
    assert len(set(answers)) == 1
    for username, password in answers[0]:
        hospital.store.users.sign_in(username, password)


def test_names_are_the_same_however_they_are_typed(hospital: Any) -> None:
    hospital.person("ada")
    assert hospital.store.users.sign_in(" ＡＤＡ ", hospital.password("ada")).actor.username == "ada"
    with pytest.raises(BadInput, match="already an account"):
        hospital.person("Ada")


def test_a_session_ends_when_idle_and_not_before(hospital: Any) -> None:
    hospital.person("ada")
    token = hospital.store.users.sign_in("ada", hospital.password("ada")).token
    for _ in range(4):
        hospital.clock.forward(minutes=14)
        assert hospital.store.users.session(token).username == "ada"
    hospital.clock.forward(minutes=15, seconds=1)
    with pytest.raises(SessionEnded):
        hospital.store.users.session(token)
    hospital.clock.forward(minutes=-15)
    with pytest.raises(SessionEnded):
        hospital.store.users.session(token)


def test_a_session_ends_after_twelve_hours_however_busy(hospital: Any) -> None:
    hospital.person("ada")
    token = hospital.store.users.sign_in("ada", hospital.password("ada")).token
    for _ in range(72):
        hospital.clock.forward(minutes=10)
        hospital.store.users.session(token)
    hospital.clock.forward(minutes=1)
    with pytest.raises(SessionEnded):
        hospital.store.users.session(token)


@pytest.mark.parametrize("how", ["sign out", "disable", "reset", "forge"])
def test_a_session_ends_when_someone_ends_it(hospital: Any, how: str) -> None:
    users = hospital.store.users
    admin, ada = hospital.person("root", Role.ADMIN), hospital.person("ada")
    token = users.sign_in("ada", hospital.password("ada")).token
    other = users.sign_in("root", hospital.password("root")).token
    if how == "sign out":
        users.sign_out(token)
    elif how == "disable":
        users.disable(admin, ada.user_id)
    elif how == "reset":
        users.reset_password(admin, ada.user_id)
    else:
        token = token[:-2] + ("aa" if token[-2:] != "aa" else "bb")
    with pytest.raises(SessionEnded):
        users.session(token)
    assert users.session(other).username == "root"


def test_a_disabled_account_can_do_nothing_more_even_in_the_middle_of_a_page(hospital: Any) -> None:
    admin, ada = hospital.person("root", Role.ADMIN), hospital.person("ada")
    patient = hospital.patient()
    assert hospital.store.patients.source(ada, patient)
    hospital.store.users.disable(admin, ada.user_id)
    with pytest.raises(SessionEnded):
        hospital.store.patients.source(ada, patient)
    with pytest.raises(AccessDenied, match="not active"):
        hospital.store.patients.source(replace(ada, session=""), patient)
    assert wrong(hospital, "ada") == "The name or the password is not right."
    hospital.store.users.enable(admin, ada.user_id)
    with pytest.raises(SessionEnded):
        hospital.store.patients.source(ada, patient)
    again = hospital.store.users.sign_in("ada", hospital.password("ada")).actor
    assert hospital.store.patients.source(again, patient)


def test_tokens_and_passwords_are_not_in_the_database_file(sqlite_hospital: Any, tmp_path: Any) -> None:
    hospital = sqlite_hospital
    hospital.person("ada")
    token = hospital.store.users.sign_in("ada", hospital.password("ada")).token
    raw = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert token.encode() not in raw
    assert hospital.password("ada").encode() not in raw
    assert b"$argon2id$" in raw


def test_a_known_and_an_unknown_name_are_answered_alike_try_by_try(hospital: Any) -> None:
    hospital.person("ada")
    for _ in range(12):
        assert wrong(hospital, "ada") == wrong(hospital, "nobody")
        hospital.clock.forward(seconds=3)


def test_an_unknown_name_costs_as_much_work_as_a_known_one() -> None:
    passwords = Passwords()
    kept = passwords.hash("a quiet harbour at dawn")

    def seconds(stored: str | None) -> float:
        best = 9.0
        for _ in range(4):
            started = time.perf_counter()
            assert not passwords.verify("something else entirely", stored)
            best = min(best, time.perf_counter() - started)
        return best

    assert 0.5 < seconds(None) / seconds(kept) < 2


def test_a_thousand_guesses_in_a_day_reach_the_password_hash_about_a_hundred_times(hospital: Any) -> None:
    hospital.person("ada")
    looked_at = sum(
        "not right" in wrong(hospital, "ada") for _ in range(1000) if not hospital.clock.forward(seconds=86.4)
    )
    assert 90 <= looked_at <= 110


def test_guesses_sent_at_once_are_not_all_looked_at(hospital: Any) -> None:
    hospital.person("ada")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: wrong(hospital, "ada"), range(32)))
    assert sum("not right" in answer for answer in answers) == 3


def test_two_slips_of_the_keyboard_cost_nothing_and_success_clears_them(hospital: Any) -> None:
    hospital.person("ada")
    for _ in range(5):
        wrong(hospital, "ada")
        wrong(hospital, "ada")
        assert hospital.store.users.sign_in("ada", hospital.password("ada")).actor.username == "ada"


def test_the_right_password_waits_too_and_then_works(hospital: Any) -> None:
    hospital.person("ada")
    for _ in range(3):
        wrong(hospital, "ada")
    hospital.clock.forward(milliseconds=500)
    with pytest.raises(SignInRefused, match="Wait 2 seconds"):
        hospital.store.users.sign_in("ada", hospital.password("ada"))
    hospital.clock.forward(seconds=2)
    assert hospital.store.users.sign_in("ada", hospital.password("ada"))


def test_a_failed_sign_in_is_audited_without_the_words_typed(hospital: Any) -> None:
    auditor = hospital.person("eve", Role.AUDITOR)
    wrong(hospital, "my secret password by mistake")
    row = hospital.store.audit.search(auditor, action=Action.SIGN_IN, outcome=Outcome.DENIED)[0]
    assert "secret" not in repr(row)


WEAK = [
    "short and weak",
    "passwordpassword",
    "Password12345678",
    "aaaaaaaaaaaaaaaaaaaa",
    "123456789012345",
    "qwertyuiopasdfghjkl",
    "abcabcabcabcabcabc",
    "correcthorsebatterystaple",
    "ada lovelace password",
    "Welcome to bedside!!1",
]
STRONG = [
    "grey herons wade 3",
    "a quiet harbour at dawn",
    "x7!kP0q@vN2#mL9",
    "今天天气很好我们去公园散步看花吧",
    "8203 lantern 5517",
]


def refusal(password: str) -> str:
    """What the password of Ada Lovelace is refused with; empty where it is taken."""
    try:
        check_password(password, username="ada", name="Ada Lovelace")
    except WeakPassword as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("password", WEAK)
def test_a_short_or_common_password_is_refused(password: str) -> None:
    assert "choose" in refusal(password) or "add" in refusal(password)


@pytest.mark.parametrize("password", STRONG)
def test_a_long_uncommon_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert refusal(password) == ""


def test_first_passwords_differ_and_pass_the_rules() -> None:
    import secrets

    made = {first_password(secrets.token_bytes) for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_password(password, username="clinician", name="Demo Clinician")


def test_only_an_administrator_makes_accounts(hospital: Any) -> None:
    ada, admin = hospital.person("ada"), hospital.person("root", Role.ADMIN)
    with pytest.raises(AccessDenied):
        hospital.store.users.add(ada, "mallory", "Mallory", Role.ADMIN)
    hospital.store.users.add(admin, "grace", "Grace", Role.NURSE)
    assert [a.username for a in hospital.store.users.everyone(admin)] == ["ada", "grace", "root"]
