"""Results over time: small charts, one analyte each, with the reference range where the record gives one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from html import escape

import altair as alt
import streamlit as st

from assistant.domain.record import Assertion, Observation, PatientRecord
from assistant.domain.stay import iso_date, sort_key
from assistant.ui import state
from assistant.ui.components.marked import draw
from assistant.ui.theme import COLOURS

AT_FIRST = 6
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-|–|—|~|to|至)\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Series:
    name: str
    unit: str
    points: tuple[Observation, ...]
    label: str
    """The name, with the unit where the record gives this analyte in more than one."""
    earlier: Observation | None = None
    """The last value before the stay, told in words so that the days of the stay have room."""
    low: float | None = None
    high: float | None = None


def tab(record: PatientRecord) -> None:
    found = series_of(record)
    if not found:
        with st.container(key="card-sheet"):
            draw(f'<p class="soft">{escape(state.t("no_trends"))}</p>')
        return
    names = [s.label for s in found]
    chosen = st.pills(
        state.t("results"),
        names,
        selection_mode="multi",
        default=names[:AT_FIRST],
        key="trend_names",
        label_visibility="collapsed",
    )
    shown = [s for s in found if s.label in chosen]
    for first in range(0, len(shown), 3):
        for column, series in zip(st.columns(3), shown[first : first + 3], strict=False):
            with column, st.container(key=f"card-trend-{names.index(series.label)}"):
                _chart(series)


def series_of(record: PatientRecord) -> list[Series]:
    """Analytes with two or more dated values in one unit; those that are ever abnormal first. Struck-out values stay out."""
    by_name: dict[tuple[str, str], list[Observation]] = {}
    for o in record.observations:
        if (
            o.number is not None
            and o.time
            and re.match(r"\d{4}-\d{2}-\d{2}", o.time)
            and o.assertion is Assertion.PRESENT
        ):
            by_name.setdefault((o.name, o.unit or ""), []).append(o)
    rows = []
    names = [name for name, _ in by_name]
    for (name, unit), values in by_name.items():
        values.sort(key=lambda o: sort_key(o.time))
        if len({o.time for o in values}) < 2:
            continue
        reference = next((m for o in values if (m := _RANGE.search(o.reference_range or ""))), None)
        label = name if names.count(name) == 1 else f"{name} ({unit or '—'})"
        values, earlier = of_the_stay(values, record)
        low, high = (float(reference[1]), float(reference[2])) if reference else (None, None)
        rows.append(Series(name, unit, tuple(values), label, earlier, low, high))
    return sorted(rows, key=lambda s: (not any(o.abnormal for o in s.points), -len(s.points)))


def of_the_stay(
    values: list[Observation], record: PatientRecord
) -> tuple[list[Observation], Observation | None]:
    """The values from the day before admission on, and the last one before; all values where fewer than two are left."""
    admitted = iso_date(record.encounter.admitted or "") if record.encounter else None
    if admitted is None:
        return values, None
    first = (admitted - timedelta(days=1)).isoformat()
    during = [o for o in values if (o.time or "") >= first]
    if len(during) < 2 or len(during) == len(values):
        return values, None
    return during, [o for o in values if o not in during][-1]


def _chart(series: Series) -> None:
    first, last = series.points[0], series.points[-1]
    unit = f" {series.unit}" if series.unit else ""
    before = ""
    if series.earlier is not None:
        before = " · " + state.t("earlier", value=series.earlier.value, day=(series.earlier.time or "")[:10])
    draw(
        f"<strong>{escape(series.name)}</strong> "
        f'<span class="soft">{escape(first.value)} → {escape(last.value)}{escape(unit + before)}</span>'
    )
    dark = st.context.theme.type == "dark"
    colour = COLOURS["accent"][dark]
    red = COLOURS["red-bar"][dark]
    rows = [
        {"time": o.time, "value": o.number, "said": f"{o.value}{unit}", "mark": "!" if o.abnormal else ""}
        for o in series.points
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X(
            "time:T", title=None, axis=alt.Axis(format="%d %b", tickCount=4, grid=False, labelOverlap=True)
        ),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=4)),
        tooltip=[
            alt.Tooltip("time:T", title=state.t("time"), format="%Y-%m-%d %H:%M"),
            alt.Tooltip("said:N", title=series.name),
        ],
    )
    line = base.mark_line(color=colour, strokeWidth=2)
    dots = base.mark_point(size=60, filled=True, opacity=1).encode(
        color=alt.condition(alt.datum.mark == "!", alt.value(red), alt.value(colour))
    )
    layers = [line, dots]
    if series.low is not None and series.high is not None:
        band = (
            alt.Chart(alt.Data(values=[{"low": series.low, "high": series.high}]))
            .mark_rect(opacity=0.12, color=COLOURS["ok-bar"][dark])
            .encode(y="low:Q", y2="high:Q")
        )
        layers = [band, *layers]
    st.altair_chart(
        alt.layer(*layers).properties(height=150).configure(background="transparent"), width="stretch"
    )
