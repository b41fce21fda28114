from __future__ import annotations

from typing import Any

import pytest

from assistant.errors import AccessDenied, BadInput
from assistant.store import Action, Outcome, Role, own_uploads


def test_a_collection_is_changed_by_its_keeper_alone_and_each_try_is_a_row(hospital: Any) -> None:
    ada, eve = hospital.person("ada"), hospital.person("eve", Role.NURSE)
    auditor = hospital.person("olga", Role.AUDITOR)
    collections = hospital.store.collections
    ward = collections.make(ada, "  Ward 3 \n protocols ")
    assert ward.name == "Ward 3 protocols"
    assert collections.all(eve) == (ward,)
    collections.allow(ada, Action.ADD, ward.id)
    collections.allow(ada, Action.REMOVE, own_uploads(ada.user_id), "cap-2019")
    for other in (ward.id, own_uploads(ada.user_id), "starter", "library", "c-unknown"):
        with pytest.raises(AccessDenied, match="another user's"):
            collections.allow(eve, Action.REMOVE, other, "cap-2019")
    rows = hospital.store.audit.search(auditor, object_kind="guideline")
    assert [(r.user_id, r.action, r.object_id, r.outcome) for r in reversed(rows)][:3] == [
        (ada.user_id, "add", ward.id, "ok"),
        (ada.user_id, "remove", "cap-2019", "ok"),
        (eve.user_id, "remove", "cap-2019", "denied"),
    ]
    assert len([r for r in rows if r.outcome == Outcome.DENIED]) == 5


@pytest.mark.parametrize("role", [Role.EDUCATOR, Role.PATIENT, Role.AUDITOR, Role.ADMIN])
def test_who_may_not_add_guidelines_makes_no_collection_and_changes_none(hospital: Any, role: Role) -> None:
    other = hospital.person("other", role)
    with pytest.raises(AccessDenied):
        hospital.store.collections.make(other, "Mine")
    with pytest.raises(AccessDenied):
        hospital.store.collections.allow(other, Action.ADD, own_uploads(other.user_id))


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "ward 3"])
def test_a_name_that_is_empty_long_or_taken_is_refused(hospital: Any, name: str) -> None:
    ada = hospital.person("ada")
    hospital.store.collections.make(ada, "Ward 3")
    with pytest.raises(BadInput, match="Choose another"):
        hospital.store.collections.make(ada, name)


def test_a_conversation_asks_its_own_choice_else_its_users_and_both_outlive_a_restart(hospital: Any) -> None:
    ada = hospital.person("ada")
    talk = hospital.store.conversations.start(ada)
    assert hospital.store.collections.scope(ada, talk.id) == ()
    hospital.store.collections.set_scope(ada, ["starter", "starter", "c-1"])
    assert hospital.store.collections.scope(ada, talk.id) == ("starter", "c-1")
    hospital.store.collections.set_scope(ada, ["c-2"], talk.id)
    hospital.store.close()
    reopened = hospital.open().collections
    assert reopened.scope(ada) == ("starter", "c-1")
    assert reopened.scope(ada, talk.id) == ("c-2",)
    reopened.set_scope(ada, [], talk.id)
    assert reopened.scope(ada, talk.id) == (), "all, whatever the user's own choice is"


def test_nobody_reads_or_sets_the_choice_of_anothers_conversation(hospital: Any) -> None:
    ada, eve = hospital.person("ada"), hospital.person("eve")
    talk = hospital.store.conversations.start(ada)
    with pytest.raises(AccessDenied):
        hospital.store.collections.scope(eve, talk.id)
    with pytest.raises(AccessDenied):
        hospital.store.collections.set_scope(eve, ["c-1"], talk.id)
    assert hospital.store.collections.scope(ada, talk.id) == ()
