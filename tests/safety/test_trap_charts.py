"""Batches of charts in which an order would harm, and of sound ones, read as a ward would hand them in.

The level reached is asserted for each batch: a change that loses cases fails here, and names them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.domain.answer import Alert
from assistant.records.chart import read_chart
from assistant.safety.cross_checks import cross_check, ordered_medicines

FOLDER = Path(__file__).parent / "traps"
RANK = {"note": 0, "caution": 1, "stop": 2}
LEVELS: dict[str, tuple[float, float]] = {
    # batch: least share of traps flagged, greatest share of sound charts with a stop
    "first_batch": (0.98, 0.0),
    "second_batch": (0.97, 0.0),
    "third_batch": (0.97, 0.0),
    "fourth_batch": (0.95, 0.0),
}


def alerts_for(row: dict[str, Any]) -> tuple[Alert, ...]:
    record = read_chart(row["chart"])
    return cross_check(record, ordered_medicines(record), language=row.get("language", "en"))


def flagged(row: dict[str, Any], alerts: tuple[Alert, ...]) -> bool:
    """An alert of the kind, as grave as the case, that names the medicine."""
    about = re.compile(row["about"], re.IGNORECASE)
    return any(
        alert.kind.value == row["kind"] and RANK[alert.severity.value] >= RANK[row["least"]] and about.search(alert.text)
        for alert in alerts
    )  # fmt: skip


@cache
def batch(name: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", LEVELS)
def test_a_batch_keeps_the_share_of_traps_it_reached(name: str) -> None:
    rows = batch(name)["traps"]
    missed = [row["id"] for row in rows if not flagged(row, alerts_for(row))]
    assert len(missed) <= (1 - LEVELS[name][0]) * len(rows) + 1e-9, f"missed: {missed}"


@pytest.mark.parametrize("name", LEVELS)
def test_a_batch_keeps_false_stops_on_sound_charts_rare(name: str) -> None:
    rows = batch(name)["sound"]
    stopped = [row["id"] for row in rows if any(a.severity.value == "stop" for a in alerts_for(row))]
    assert len(stopped) <= LEVELS[name][1] * len(rows) + 1e-9, f"stopped: {stopped}"
