"""A page of a PDF as a picture, with the lines cited marked on it.

Runs in the child process of ``apart``: a PDF may be hostile, and what draws it is written in C. Refuses to know the library.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from knowledge.apart import Apart, LimitReached, Limits

DRAWING_LIMITS = Limits(seconds=15.0, memory_mb=768, answer_mb=24)
WIDEST_PX = 1400
SHORTEST_LINE = 6
MARK = (255, 226, 77, 110)


def page_image(path: Path, page: int, lines: Sequence[str] = ()) -> tuple[bytes, int] | None:
    """Page ``page`` (from 1) as PNG, and how many of ``lines`` were found on it and marked.

    None where the page cannot be drawn in the time and memory allowed.
    """
    asked = {"path": str(path.absolute()), "page": page, "lines": list(lines)}
    with Apart("knowledge.page_image:draw_here", DRAWING_LIMITS) as child:
        try:
            for answer in child.answers(json.dumps(asked).encode()):
                found = json.loads(answer)
                return base64.b64decode(found["png"]), int(found["marked"])
        except LimitReached:
            return None
    return None


def draw_here(payload: bytes) -> Iterator[bytes]:
    """What the child does; nothing comes back where the page cannot be drawn."""
    import pypdfium2

    asked = json.loads(payload)
    try:
        document = pypdfium2.PdfDocument(Path(asked["path"]).read_bytes())
        if not 1 <= asked["page"] <= len(document):
            return
        page = document[asked["page"] - 1]
        scale = min(
            2.0, WIDEST_PX / max(1.0, page.get_width()), WIDEST_PX * 1.6 / max(1.0, page.get_height())
        )
        picture = page.render(scale=scale).to_pil().convert("RGBA")
        boxes, marked = _boxes(page, asked["lines"])
        image = _with_marks(picture, [_on_picture(box, scale, picture.height) for box in boxes])
        held = io.BytesIO()
        image.convert("RGB").save(held, "PNG", optimize=False)
        yield json.dumps({"png": base64.b64encode(held.getvalue()).decode(), "marked": marked}).encode()
    except MemoryError:
        raise
    except (pypdfium2.PdfiumError, ValueError, OSError):
        return


def _boxes(page: Any, lines: Sequence[str]) -> tuple[list[tuple[float, float, float, float]], int]:
    text = page.get_textpage()
    boxes: list[tuple[float, float, float, float]] = []
    marked = 0
    for line in lines:
        words = line.strip().strip("|").strip()
        if len(words) < SHORTEST_LINE:
            continue
        place = text.search(words).get_next()
        if place is None:
            continue
        marked += 1
        boxes += [text.get_rect(i) for i in range(text.count_rects(*place))]
    return boxes, marked


def _on_picture(
    box: tuple[float, float, float, float], scale: float, height: int
) -> tuple[float, float, float, float]:
    left, bottom, right, top = box
    return left * scale - 2, height - top * scale - 2, right * scale + 2, height - bottom * scale + 2


def _with_marks(picture: Any, boxes: Sequence[tuple[float, float, float, float]]) -> Any:
    from PIL import Image, ImageDraw

    if not boxes:
        return picture
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for box in boxes:
        pen.rectangle(box, fill=MARK)
    return Image.alpha_composite(picture, layer)
