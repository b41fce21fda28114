"""The look: colours for light and dark, cards, the navy sidebar. Refuses to know what is drawn.

Colours are CSS ``light-dark()`` pairs, so both themes come from one place and shadow roots inherit them. Text on every
ground reaches WCAG 2.2 AA (4.5 : 1), held by ``tests/ui/test_theme.py``.
"""

from __future__ import annotations

import streamlit as st

# name: (light, dark)
COLOURS: dict[str, tuple[str, str]] = {
    "page": ("#f6f8fa", "#0f161c"),
    "card": ("#ffffff", "#18222b"),
    "line": ("#dfe6ec", "#2c3a46"),
    "text": ("#16212b", "#e4eaef"),
    "soft": ("#526170", "#a3b3c0"),
    "link": ("#14517b", "#8cc8f2"),
    "accent": ("#1b5e8c", "#6db3e3"),
    "bubble": ("#e3eff8", "#1c3a50"),
    "chosen": ("#e8f3fd", "#17324a"),
    "mark": ("#fff0a3", "#665200"),
    "mark-text": ("#16212b", "#fff7d6"),
    "ok": ("#166534", "#8fdcae"),
    "ok-ground": ("#e0f3e7", "#143524"),
    "ok-bar": ("#2f9e5f", "#3fae71"),
    "guide-bar": ("#2c7fb8", "#4f9fd6"),
    "rule-bar": ("#7a8896", "#8595a3"),
    "amber": ("#7c4a03", "#f5cd86"),
    "amber-ground": ("#fdf0d3", "#3b2c10"),
    "amber-bar": ("#d9921a", "#d9a441"),
    "red": ("#991b1b", "#ffb3ae"),
    "red-ground": ("#fde8e8", "#431c1d"),
    "red-bar": ("#c53030", "#e0625d"),
    "grey": ("#3d4a56", "#c3ced8"),
    "grey-ground": ("#ebeff3", "#273440"),
}
PAIRS = (
    ("text", "page"),
    ("text", "card"),
    ("soft", "page"),
    ("soft", "card"),
    ("link", "card"),
    ("text", "bubble"),
    ("text", "chosen"),
    ("link", "chosen"),
    ("mark-text", "mark"),
    ("ok", "ok-ground"),
    ("amber", "amber-ground"),
    ("red", "red-ground"),
    ("grey", "grey-ground"),
)
"""Text on ground, as drawn: each pair is readable in both themes."""


def _variables() -> str:
    return "".join(f"--bd-{name}: light-dark({light}, {dark});" for name, (light, dark) in COLOURS.items())


_RULES = """
.stApp { color: var(--bd-text); }
[data-testid="stMainBlockContainer"] { padding: 1.1rem 1.6rem 1.2rem; max-width: 1680px; }
[data-testid="stHeader"] { background: transparent; height: 0; min-height: 0; }
[data-testid="stHeader"] [data-testid="stToolbar"] { top: .2rem; }
[data-testid="stAppDeployButton"], [data-testid="stDecoration"], [data-testid="stStatusWidget"] { display: none; }
[data-testid="stElementContainer"]:has(> [data-testid="stHtml"] > style) { display: none; }
[data-stale="true"] { opacity: 1 !important; transition: none !important; }

[class*="st-key-card-"] { background: var(--bd-card); border: 1px solid var(--bd-line); border-radius: 12px; padding: 1rem 1.15rem; }
.st-key-card-sign-in { margin-top: 9vh; box-shadow: 0 10px 40px rgb(15 42 61 / .10); padding: 1.6rem 1.7rem; }
[class*="st-key-strip"] { background: var(--bd-card); border: 1px solid var(--bd-line); border-radius: 12px; padding: .7rem 1.15rem; }
.st-key-thread { height: calc(100vh - 352px) !important; min-height: 300px; flex: none !important; overflow-y: auto; }
.st-key-thread > * { flex-shrink: 0 !important; }
.st-key-evidence { position: sticky; top: .6rem; }
.st-key-card-sheet, .st-key-card-side { max-height: calc(100vh - 176px); overflow-y: auto; }
.st-key-card-patients .stButton button { padding: .3rem .5rem; }
.st-key-card-patients .stButton button p { overflow: visible; text-overflow: clip; }
[data-testid="stTabs"] [role="tab"] p { font-size: 1rem; }
[data-testid="stTabs"] [role="tab"][aria-selected="true"] p { font-weight: 600; }
:focus-visible { outline: 3px solid var(--bd-accent) !important; outline-offset: 2px; }

.bd { font-size: 1rem; line-height: 1.5; color: var(--bd-text); overflow-wrap: anywhere; }
.bd h1 { font-size: 1.5rem; font-weight: 650; margin: 0 0 .2rem; padding: 0; letter-spacing: -.01em; }
.bd h2 { font-size: 1.12rem; font-weight: 650; margin: 0 0 .25rem; padding: 0; }
.bd h3, .bd .cap { font-size: .82rem; font-weight: 650; letter-spacing: .04em; text-transform: uppercase; color: var(--bd-soft); margin: 0; padding: 0; }
.bd p, .bd li, .bd td, .bd th { font-size: inherit; }
.bd p { margin: .15rem 0 .4rem; }
.bd p.lines { white-space: pre-line; }
.bd .soft { color: var(--bd-soft); font-size: .9rem; }
.bd .chip { display: inline-block; border-radius: 999px; padding: .08rem .62rem; font-size: .84rem; margin: .1rem .3rem .1rem 0; background: var(--bd-grey-ground); color: var(--bd-grey); }
.bd .chip.ok { background: var(--bd-ok-ground); color: var(--bd-ok); }
.bd .chip.amber { background: var(--bd-amber-ground); color: var(--bd-amber); }
.bd .chip.red { background: var(--bd-red-ground); color: var(--bd-red); font-weight: 600; }
.bd .strip { display: flex; flex-wrap: wrap; align-items: center; gap: .1rem .25rem; }
.bd .strip .name, .bd .strip .soft { margin-right: .5rem; }
.bd .strip .name { font-size: 1.22rem; font-weight: 650; }
.bd mark { background: var(--bd-mark); color: var(--bd-mark-text); border-radius: 3px; padding: 0 1px; }
.bd table { border-collapse: collapse; width: 100%; font-size: .94rem; }
.bd th { text-align: left; font-weight: 500; color: var(--bd-soft); padding: .3rem .5rem; border: 0; border-bottom: 1px solid var(--bd-line); }
.bd td { padding: .34rem .5rem; border: 0; border-bottom: 1px solid var(--bd-line); vertical-align: top; }
.bd .reading { max-width: 46rem; white-space: pre-wrap; font-size: 1.02rem; line-height: 1.62; }
.bd .box { border-radius: 10px; padding: .7rem .9rem; margin: .25rem 0 .5rem; border: 1px solid; }
.bd .box.red { background: var(--bd-red-ground); color: var(--bd-red); border-color: var(--bd-red-bar); }
.bd .box.amber { background: var(--bd-amber-ground); color: var(--bd-amber); border-color: var(--bd-amber-bar); }
.bd .box.ok { background: var(--bd-ok-ground); color: var(--bd-ok); border-color: var(--bd-ok-bar); }
.bd ul.plain { list-style: none; margin: .2rem 0 .2rem; padding: 0; }
.bd ul.plain li { margin: .12rem 0; }
.bd .todo { color: var(--bd-amber); } .bd .stop { color: var(--bd-red); } .bd .done { color: var(--bd-text); }
.bd.large { font-size: 1.28rem; line-height: 1.55; }
.bd.large h2 { font-size: 1.5rem; margin-top: .7rem; }

[data-testid="stSidebar"] { min-width: 232px; max-width: 232px; }
[data-testid="stSidebarHeader"] { height: 1.2rem; padding: .4rem .6rem 0; min-height: 0; }
[data-testid="stSidebarContent"] { padding-left: 0; padding-right: 0; }
[data-testid="stSidebarUserContent"] { padding: .2rem .9rem .8rem; }
[data-testid="stSidebarUserContent"] > div > [data-testid="stVerticalBlock"] { min-height: calc(100vh - 3.6rem); gap: .35rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-sidebar-foot) { margin-top: auto; }
.st-key-sidebar-foot { padding-top: .8rem; gap: .5rem; }
[data-testid="stSidebar"] .bd { color: #e8eff5; }
[data-testid="stSidebar"] .bd .brand { font-size: 1.35rem; font-weight: 650; color: #fff; line-height: 1.2; }
[data-testid="stSidebar"] .bd .soft { color: #9fbacb; font-size: .8rem; }
[data-testid="stSidebar"] .bd .cap { color: #9fbacb; font-size: .76rem; font-weight: 500; margin-top: .9rem; }
[data-testid="stSidebar"] [data-testid="stPageLink"] a { padding: .38rem .6rem; border-radius: 8px; }
[data-testid="stSidebar"] [data-testid="stPageLink"] a[aria-current="page"] { background: #1d4660; }
[data-testid="stSidebar"] .stButton button { border: 0; background: transparent; color: #e8eff5; text-align: left; justify-content: flex-start; padding: .3rem .6rem; min-height: 0; }
[data-testid="stSidebar"] .stButton button > div { justify-content: flex-start; text-align: left; }
[data-testid="stSidebar"] .stButton button:hover { background: #1d4660; color: #fff; }
[data-testid="stSidebar"] [class*="st-key-now-"] button { background: #1d4660; }
[data-testid="stSidebar"] .stButton button p { font-size: .92rem; line-height: 1.3; }

@media (max-width: 1000px) {
  [data-testid="stMainBlockContainer"] { padding: .8rem .9rem; }
  .st-key-thread { height: auto !important; min-height: 200px; }
  .st-key-card-sheet, .st-key-card-side { max-height: none; }
  .st-key-split > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] { flex-direction: column; }
  .st-key-split > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] { min-width: 100%; width: 100%; flex: none; }
  .st-key-evidence { position: static; }
  .st-key-card-source { position: fixed; left: .6rem; right: .6rem; bottom: .6rem; width: auto !important; z-index: 900; max-height: 46vh; overflow-y: auto; box-shadow: 0 -6px 24px rgb(0 0 0 / .28); }
  .stApp:has([data-testid="stSidebar"][data-collapsed="false"]) .st-key-card-source { left: 240px; }
  .stApp:has(.st-key-card-source) [data-testid="stMainBlockContainer"] { padding-bottom: 48vh; }
}
@media print { [data-testid="stSidebar"], [data-testid="stHeader"], .stButton, [data-testid="stChatInput"] { display: none !important; } }
"""


def dress() -> None:
    """Writes the style sheet into the page; called once a run."""
    st.html(f"<style>:root, .stApp {{ {_variables()} }}\n{_RULES}</style>")
