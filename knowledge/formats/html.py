"""HTML: the words a reader sees; scripts, menus and forms stay out."""

from __future__ import annotations

import re
from pathlib import Path

from knowledge.chunking import markdown_headings
from knowledge.formats.document import LoadedDocument, document_of, table_lines
from knowledge.front_matter import checked


def read_html(path: Path, content: bytes) -> LoadedDocument:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(content, "html.parser")
    for tag in soup(["script", "style", "noscript", "nav", "template", "svg", "iframe", "form"]):
        tag.decompose()
    named = soup.title.get_text(" ", strip=True) if soup.title else ""
    language = str(soup.html.get("lang") or "")[:2].lower() if soup.html else ""
    lines: list[str] = []
    for tag in soup.find_all(
        ["h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "table", "pre", "blockquote", "dt", "dd"]
    ):
        if tag.find_parent("table") or (tag.name == "p" and tag.find_parent(["li", "blockquote"])):
            continue
        if tag.name == "table":
            rows = [
                [c.get_text(" ", strip=True) for c in row.find_all(["td", "th"])]
                for row in tag.find_all("tr")
            ]
            lines.append(table_lines(rows))
        elif words := " ".join(tag.get_text(" ", strip=True).split()):
            mark = "#" * int(tag.name[1]) + " " if tag.name[0] == "h" else "- " if tag.name == "li" else ""
            lines.append(mark + words)
    text = "\n\n".join(line for line in lines if line) or soup.get_text("\n", strip=True)
    head = checked({"language": language if re.fullmatch("[a-z]{2}", language) else ""}, path.name)
    return document_of(path, text, head, markdown_headings(text), title=named)
