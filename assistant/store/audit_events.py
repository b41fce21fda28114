"""Audit rows as FHIR R4 AuditEvent resources, for the hospital's audit repository (after IHE BALP's patterns).

Owns the coding of actions. Identifiers only, as in the rows; each event carries its row's number and hash, so that what
was exported can be held against the chain later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assistant.store.audit import Action, AuditRow, Outcome

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_REST = "http://hl7.org/fhir/restful-interaction"
_OURS = "urn:bedside:action"
_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_OBJECT = "http://terminology.hl7.org/CodeSystem/audit-entity-type"

_AUTHENTICATION = {"system": _DCM, "code": "110114", "display": "User Authentication"}
_SECURITY_ALERT = {"system": _DCM, "code": "110113", "display": "Security Alert"}
_EXPORT = {"system": _DCM, "code": "110106", "display": "Export"}
_LOG_USED = {"system": _DCM, "code": "110101", "display": "Audit Log Used"}
_REST_TYPE = {"system": _TYPES, "code": "rest", "display": "Restful Operation"}
_TYPE = {
    Action.SIGN_IN: _AUTHENTICATION,
    Action.SIGN_OUT: _AUTHENTICATION,
    Action.CHANGE_PASSWORD: _SECURITY_ALERT,
    Action.SHARE: _SECURITY_ALERT,
    Action.UNSHARE: _SECURITY_ALERT,
    Action.DISABLE: _SECURITY_ALERT,
    Action.ENABLE: _SECURITY_ALERT,
    Action.BREAK_GLASS: _SECURITY_ALERT,
    Action.REVIEW: _SECURITY_ALERT,
    Action.EXPORT: _EXPORT,
    Action.VERIFY: _LOG_USED,
}
_SUBTYPE = {
    Action.SIGN_IN: {"system": _DCM, "code": "110122", "display": "Login"},
    Action.SIGN_OUT: {"system": _DCM, "code": "110123", "display": "Logout"},
    Action.BREAK_GLASS: {"system": _DCM, "code": "110127", "display": "Emergency Override Started"},
    Action.READ: {"system": _REST, "code": "read", "display": "read"},
    Action.LIST: {"system": _REST, "code": "search", "display": "search"},
    Action.ADD: {"system": _REST, "code": "create", "display": "create"},
    Action.EDIT: {"system": _REST, "code": "update", "display": "update"},
    Action.REMOVE: {"system": _REST, "code": "delete", "display": "delete"},
}
_CREATES = {Action.ADD, Action.ASK, Action.SIGN, Action.RATE, Action.SHARE, Action.BREAK_GLASS}
_READS = {Action.READ, Action.LIST, Action.EXPORT}
_UPDATES = {Action.EDIT, Action.CHANGE_PASSWORD, Action.ENABLE, Action.DISABLE, Action.REVIEW}
_DELETES = {Action.REMOVE, Action.UNSHARE}
_SUCCESS, _MINOR_FAILURE = "0", "4"


def audit_event(row: AuditRow) -> dict[str, Any]:
    """One row as an AuditEvent. A row of an action that a newer Bedside wrote keeps its own code alone."""
    action = Action(row.action) if row.action in set(Action) else None
    subtype = [{"system": _OURS, "code": row.action}]
    if action in _SUBTYPE:
        subtype.insert(0, _SUBTYPE[action])
    return {
        "resourceType": "AuditEvent",
        "id": f"audit-{row.seq}",
        "type": _LOG_USED
        if row.object_kind == "audit"
        else _TYPE.get(action, _REST_TYPE)
        if action
        else _REST_TYPE,
        "subtype": subtype,
        "action": _letter(action),
        "recorded": row.time,
        "outcome": _MINOR_FAILURE if row.outcome == Outcome.DENIED else _SUCCESS,
        "outcomeDesc": row.outcome,
        "agent": [
            {
                "who": {"identifier": {"system": "urn:bedside:user", "value": row.user_id or "unknown"}},
                "requestor": True,
            }
        ],
        "source": {
            "observer": {"display": "Bedside"},
            "type": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                    "code": "4",
                    "display": "Application Server",
                }
            ],
        },
        "entity": list(_entities(row)),
    }


def bundle(rows: Iterable[AuditRow]) -> dict[str, Any]:
    """A collection Bundle, in the order of the rows."""
    events = (audit_event(row) for row in rows)
    entries = [{"fullUrl": f"urn:bedside:audit:{e['id']}", "resource": e} for e in events]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _letter(action: Action | None) -> str:
    for letter, actions in (("C", _CREATES), ("R", _READS), ("U", _UPDATES), ("D", _DELETES)):
        if action in actions:
            return letter
    return "E"


def _entities(row: AuditRow) -> Iterable[dict[str, Any]]:
    if row.patient_id:
        yield {
            "what": {"identifier": {"system": "urn:bedside:patient", "value": row.patient_id}},
            "type": {"system": _OBJECT, "code": "1", "display": "Person"},
            "role": {
                "system": "http://terminology.hl7.org/CodeSystem/object-role",
                "code": "1",
                "display": "Patient",
            },
        }
    about: dict[str, Any] = {
        "type": {"system": _OBJECT, "code": "2", "display": "System Object"},
        "name": row.object_kind,
        "detail": [
            {"type": "audit-row", "valueString": str(row.seq)},
            {"type": "audit-hash", "valueString": row.hash},
            {"type": "audit-previous", "valueString": row.previous},
        ],
    }
    if row.object_id:
        about["what"] = {"identifier": {"system": f"urn:bedside:{row.object_kind}", "value": row.object_id}}
    yield about
