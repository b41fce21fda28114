"""Pictures of the four times of day, drawn once for page, print view, PDF and Word: sunrise, sun, sunset, moon.

Owns the drawing. Refuses to know which medicine is taken when.
"""

from __future__ import annotations

import base64
import io
import math
from functools import cache

from PIL import Image, ImageDraw

from assistant.domain.medicine_row import DayTime

SIZE_PX = 96
_SCALE = 4
_INK, _SUN, _GLOW, _SKY, _EMPTY = "#16212b", "#f4b400", "#f08a24", "#2c4a6e", "#ffffff"


@cache
def picture(time: DayTime, *, on: bool = True) -> bytes:
    """PNG of ``SIZE_PX`` squared; ``on`` False is an empty frame to be ticked by hand."""
    side = SIZE_PX * _SCALE
    image = Image.new("RGB", (side, side), _EMPTY)
    pen = ImageDraw.Draw(image)
    if on:
        {
            DayTime.MORNING: _low_sun,
            DayTime.NOON: _high_sun,
            DayTime.EVENING: _setting_sun,
            DayTime.BEDTIME: _moon,
        }[time](pen, side)
    width = side // 32
    pen.rounded_rectangle(
        (width, width, side - width, side - width),
        side // 10,
        outline=_INK if on else "#9aa7b2",
        width=width,
    )
    out = io.BytesIO()
    image.resize((SIZE_PX, SIZE_PX), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


def picture_uri(time: DayTime, *, on: bool = True) -> str:
    """The picture as a ``data:`` address for markup."""
    return "data:image/png;base64," + base64.b64encode(picture(time, on=on)).decode()


def _sun(pen: ImageDraw.ImageDraw, side: int, y: float, colour: str, rays: range) -> None:
    x, r = side / 2, side * 0.17
    for i in rays:
        angle = math.radians(i * 45)
        near, far = r * 1.3, r * 1.85
        ends = [(x + math.cos(angle) * d, y - math.sin(angle) * d) for d in (near, far)]
        pen.line(ends, fill=colour, width=side // 24)
    pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def _high_sun(pen: ImageDraw.ImageDraw, side: int) -> None:
    _sun(pen, side, side * 0.5, _SUN, range(8))


def _low_sun(pen: ImageDraw.ImageDraw, side: int) -> None:
    _sun(pen, side, side * 0.66, _SUN, range(5))
    _ground(pen, side)
    _arrow(pen, side, up=True)


def _setting_sun(pen: ImageDraw.ImageDraw, side: int) -> None:
    _sun(pen, side, side * 0.66, _GLOW, range(5))
    _ground(pen, side)
    _arrow(pen, side, up=False)


def _ground(pen: ImageDraw.ImageDraw, side: int) -> None:
    pen.rectangle((0, side * 0.67, side, side), fill=_EMPTY)
    pen.line((side * 0.12, side * 0.67, side * 0.88, side * 0.67), fill=_INK, width=side // 28)


def _arrow(pen: ImageDraw.ImageDraw, side: int, *, up: bool) -> None:
    """Up for the sun that rises, down for the one that sets: told apart without colour."""
    top, low, x, w = side * 0.73, side * 0.9, side / 2, side * 0.08
    tip, foot = (top, low) if up else (low, top)
    turn = w if up else -w
    pen.line((x, tip, x, foot), fill=_INK, width=side // 28)
    pen.line((x - w, tip + turn, x, tip, x + w, tip + turn), fill=_INK, width=side // 28)


def _moon(pen: ImageDraw.ImageDraw, side: int) -> None:
    pen.rounded_rectangle((0, 0, side, side), side // 10, fill=_SKY)
    r, x, y = side * 0.28, side * 0.47, side * 0.5
    pen.ellipse((x - r, y - r, x + r, y + r), fill="#f7e9b0")
    pen.ellipse((x - r * 0.35, y - r * 1.15, x + r * 1.55, y + r * 0.75), fill=_SKY)
    for sx, sy in ((0.75, 0.28), (0.82, 0.6), (0.62, 0.8)):
        d = side * 0.022
        pen.ellipse((side * sx - d, side * sy - d, side * sx + d, side * sy + d), fill="#f7e9b0")
