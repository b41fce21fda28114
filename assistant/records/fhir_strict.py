"""Which resources of a bundle break FHIR R4, by ``fhir.resources`` (pydantic models of R4B).

Owns the question "does it validate". Refuses to change what is read: a resource that fails is still read.
"""

from __future__ import annotations

import warnings
from typing import Any

from pydantic import ValidationError

from assistant.records.fhir_json import Bundle


def nonconforming(bundle: Bundle, *, at_most: int = 5000) -> list[str]:
    """One line naming the resources that do not validate, with the first fault of each; nothing where all do."""
    faults = []
    for resource in bundle.resources[:at_most]:
        fault = fault_of(resource.kind, resource.json)
        if fault:
            faults.append(f"{resource.key} ({fault})")
    if not faults:
        return []
    more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
    return [f"Not valid FHIR R4, read as far as they go: {'; '.join(faults[:5])}{more}."]


def fault_of(kind: str, json: dict[str, Any]) -> str | None:
    """The first fault of one resource, e.g. ``status: Field required``; None where it validates."""
    from fhir.resources.R4B import get_fhir_model_class

    try:
        model = get_fhir_model_class(kind)
    except KeyError:
        return "unknown resource type"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.model_validate(json)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{where}: {first['msg']}" if where else str(first["msg"])
    return None
