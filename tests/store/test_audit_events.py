from __future__ import annotations

from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from sqlalchemy import func, select

from assistant.errors import BedsideError
from assistant.store import Role, SignInRefused, operator
from assistant.store.audit_events import audit_event, bundle
from assistant.store.tables import metadata
from tests.store.attempts import ATTEMPTS, owning


def test_every_kind_of_row_is_a_valid_fhir_audit_event_and_says_what_the_row_says(
    sqlite_hospital: Any,
) -> None:
    hospital = sqlite_hospital
    ada = owning(hospital, "ada", 1)
    hospital.person("eve", Role.AUDITOR)
    with pytest.raises(SignInRefused):
        hospital.store.users.sign_in("ada", "canary not the password")
    hospital.store.documents.sign(ada.actor, ada.document, 1, sha256=ada.sha256)
    hospital.store.documents.export(ada.actor, ada.document, 1)
    rows = hospital.store.audit.export(operator())
    events = [AuditEvent.model_validate(audit_event(row)) for row in rows]
    assert len(events) == len(rows) > 8
    for row, event in zip(rows, events, strict=True):
        assert event.outcome == ("4" if row.outcome == "denied" else "0")
        assert event.agent[0].who.identifier.value == (row.user_id or "unknown")
        assert {d.valueString for d in event.entity[-1].detail} == {str(row.seq), row.hash, row.previous}
    assert "canary" not in repr(bundle(rows))


@pytest.mark.parametrize("name", sorted(ATTEMPTS))
def test_no_act_happens_where_its_row_cannot_be_written(sqlite_hospital: Any, name: str) -> None:
    hospital = sqlite_hospital
    ada = owning(hospital, "ada", 1)

    def counts() -> dict[str, int]:
        with hospital.store.database.read() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
            }

    before = counts()
    hospital.sql("CREATE TRIGGER full_up BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(BedsideError, match="Nothing was"):
        raise AssertionError(f"done without a row: {ATTEMPTS[name](hospital.store, ada.actor, ada)}")
    assert counts() == before
