// Draws blocks of an answer or a document. Text enters the page through textContent alone: nothing said by a model,
// a guideline, a record or a user can become markup. Blocks that did not change stay, so that focus and open folds stay.
const el = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sheet");
  const words = data.words;
  root.classList.toggle("large", Boolean(data.large));
  root.lang = data.language;

  // The place a mark stands for, while the pointer or the focus rests on it.
  const unpeek = () => { const shown = root.querySelector(".peek"); if (shown) shown.remove(); };
  const peek = (button, m) => {
    unpeek();
    const card = el("div", "peek");
    card.setAttribute("role", "tooltip");
    const text = el("div", "place");
    text.append(document.createTextNode(m.before || ""), el("mark", "", m.quote), document.createTextNode(m.after || ""));
    card.append(el("div", "cap", `${m.mark} · ${m.title}`), text);
    root.append(card);
    const box = root.getBoundingClientRect(), at = button.getBoundingClientRect();
    card.style.left = `${Math.max(0, Math.min(at.left - box.left, box.width - card.offsetWidth))}px`;
    const below = at.bottom - box.top + 4, above = at.top - box.top - card.offsetHeight - 4;
    card.style.top = `${at.bottom + card.offsetHeight + 8 > window.innerHeight && above > 0 ? above : below}px`;
  };

  const mark = (m) => {
    const button = el("button", "mark", m.mark);
    button.type = "button";
    if (m.quote) {
      button.onmouseenter = () => peek(button, m);
      button.onfocus = () => { if (button.matches(":focus-visible")) peek(button, m); };
      button.onmouseleave = button.onblur = unpeek;
      button.onkeydown = (event) => { if (event.key === "Escape") unpeek(); };
    } else button.title = m.title;
    button.setAttribute("aria-label", `${words.source} ${m.mark}: ${m.title}`);
    button.setAttribute("aria-pressed", String(m.mark === data.chosen));
    button.onclick = () => setTriggerValue("cite", m.mark);
    return button;
  };
  const chip = (c) => el("span", `chip ${c.tone}${c.busy ? " busy" : ""}`, c.text);

  const editor = (id, text, rows, more = {}) => {
    const box = el("div", "editor");
    const area = el("textarea");
    area.value = text;
    area.rows = rows;
    area.setAttribute("aria-label", more.label || words.edit);
    if (more.label) area.placeholder = more.label;
    const row = el("div", "row");
    const save = el("button", "solid", more.save || words.save);
    const cancel = el("button", "plain", words.cancel);
    const hint = el("span", "notice", more.hint ?? words.edit_hint);
    save.type = cancel.type = "button";
    const send = (to) => { setTriggerValue("save", { id: to, text: area.value, token: Math.random() }); save.disabled = true; setTimeout(() => { save.disabled = false; }, 3000); };
    let sections = null;
    if (more.sections) {
      sections = el("select");
      sections.setAttribute("aria-label", words.section);
      for (const [key, title] of more.sections) { const one = el("option", "", title); one.value = key; one.selected = key === more.section; sections.append(one); }
      row.append(sections);
    }
    save.onclick = () => send(sections ? `${id}:${sections.value}` : id);
    cancel.onclick = () => box.restore();
    area.onkeydown = (event) => {
      if (event.key === "Escape") cancel.click();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save.click();
    };
    row.append(save);
    if (more.all) {
      const all = el("button", "plain", more.all_label);
      all.type = "button";
      all.onclick = () => send(more.all);
      row.append(all);
    }
    row.append(cancel, hint);
    box.append(area, row);
    return box;
  };
  const opens = (name, label, place, make) => {
    const button = el("button", name, label);
    button.type = "button";
    button.onclick = () => {
      if (place.querySelector(".editor")) return;
      const box = make();
      box.restore = () => { box.remove(); button.focus(); };
      place.append(box);
      box.querySelector("textarea").focus();
    };
    return button;
  };
  const pencil = (id, text, place, label) => {
    const button = el("button", "quiet edit", label || words.edit);
    button.type = "button";
    button.onclick = () => {
      const box = editor(id, text, 3);
      const shown = place.tagName === "TR" ? el("tr") : box;
      if (place.tagName === "TR") { const cell = el("td"); cell.colSpan = 9; cell.append(box); shown.append(cell); }
      box.restore = () => { if (place.classList.contains("head")) shown.remove(); else shown.replaceWith(place); button.focus(); };
      if (place.classList.contains("head")) place.after(shown); else place.replaceWith(shown);
      box.querySelector("textarea").focus();
    };
    return button;
  };

  const draw = {
    bubble: (b) => el("div", "bubble", b.text),
    chips: (b) => { const node = el("div", "chips"); node.append(...b.items.map(chip)); return node; },
    alert: (b) => {
      const node = el("div", `alert ${b.tone}`);
      if (b.tone === "red") node.setAttribute("role", "alert");
      const title = el("strong", "", b.title);
      node.append(title, document.createTextNode(" " + b.text), ...b.marks.map(mark));
      if (b.small) node.append(el("span", "small", b.small));
      return node;
    },
    head: (b) => {
      const node = el("div", "head");
      node.append(el("h3", "", b.text));
      if (b.chip) node.append(chip(b.chip));
      if (b.add) node.append(pencil(b.add, "", node, words.add));
      return node;
    },
    subhead: (b) => el("h4", "subhead", b.text),
    line: (b) => {
      const node = el("div", `line ${b.tone}${b.marks.some((m) => m.mark === data.chosen) ? " chosen" : ""}`);
      const said = el("div", "said");
      said.append(el("span", "gone", b.label + ": "), document.createTextNode(b.text));
      if (b.why) said.append(" ", el("span", "why", "— " + b.why));
      said.append(...b.marks.map(mark));
      node.append(said);
      if (b.edit) node.append(pencil(b.edit, b.text, node));
      return node;
    },
    missing: (b) => el("div", "missing", b.text),
    medicines: (b) => {
      const table = el("table"), body = el("tbody"), top = el("tr");
      for (const title of b.titles) { const cell = el("th", "", title); cell.scope = "col"; top.append(cell); }
      const head = el("thead");
      head.append(top);
      const middle = b.titles.length - 2;
      if (middle > 2) table.className = "compared";
      for (const r of b.rows) {
        const row = el("tr", r.marks.some((m) => m.mark === data.chosen) ? "chosen" : "");
        if (r.at) row.dataset.at = r.at;
        const change = el("td"), last = el("td");
        change.append(chip(r.change));
        last.append(...r.marks.map(mark));
        if (r.edit) last.prepend(pencil(r.edit, r.text, row));
        let cells = [];
        if (r.cells && r.cells.length) cells = r.cells.map((text, i) => el("td", i ? "" : "name", text || "–"));
        else if (r.cells && middle > 2) { const whole = el("td", "", r.text); whole.colSpan = middle; cells = [whole]; }
        else cells = [el("td", "", r.medicine), ...(middle > 1 ? [el("td", "", r.note)] : [])];
        row.append(change, ...cells, last);
        body.append(row);
      }
      table.append(head, body);
      return table;
    },
    withheld: (b) => {
      const node = el("div", "withheld", b.text);
      node.append(el("span", "why", b.why));
      if (b.take) node.append(opens("quiet take", words.take, node, () => editor(b.take, b.plain, 3, { label: words.take, save: words.take, hint: words.take_hint, sections: b.sections, section: b.section })));
      return node;
    },
    point: (b) => {
      const node = el("div", `point ${b.tone}`);
      const said = el("div", "said");
      const sign = el("span", "sign", { done: "✓", todo: "○", stop: "●" }[b.tone]);
      sign.setAttribute("aria-hidden", "true");
      said.append(sign, document.createTextNode(" " + b.text));
      if (b.why) said.append(el("span", "why", b.why));
      const row = el("span", "acts");
      if (b.at) { const go = el("button", "quiet", words.show); go.type = "button"; go.onclick = () => setTriggerValue("go", b.at); row.append(go); }
      if (b.settle) row.append(opens("quiet settle", words.settle, node, () => editor(b.settle, "", 2, { label: words.reason, hint: "", all: b.all, all_label: b.all_label })));
      said.append(row);
      node.append(said);
      return node;
    },
    diff: (b) => {
      const node = el("div", "diff");
      for (const p of b.parts) {
        if (p.mark === "same") { node.append(document.createTextNode(p.text)); continue; }
        const piece = el(p.mark === "added" ? "ins" : "del", "", p.text);
        piece.prepend(el("span", "gone", `${p.label}: `));
        node.append(piece);
      }
      return node;
    },
    notice: (b) => el("div", "notice", b.text),
    fold: (b) => {
      const node = el("details");
      node.open = Boolean(b.open);
      node.append(el("summary", "", b.title), ...b.items.map((item) => draw[item.kind](item)));
      return node;
    },
    foot: (b) => {
      const node = el("div", "foot");
      if (b.text) node.append(el("span", "", b.text));
      if (b.copy) {
        const button = el("button", "quiet", words.copy);
        button.type = "button";
        button.onclick = async () => {
          try { await navigator.clipboard.writeText(b.copy); button.textContent = words.copied; }
          catch { button.textContent = words.copy_failed; }
          setTimeout(() => { button.textContent = words.copy; }, 2000);
        };
        node.append(button);
      }
      if (b.rate) {
        node.append(el("span", "", words.helpful));
        for (const [value, sign, label] of [["up", "▲", words.yes], ["down", "▼", words.no]]) {
          const button = el("button", "quiet", sign);
          button.type = "button";
          button.setAttribute("aria-label", `${words.helpful} ${label}`);
          button.setAttribute("aria-pressed", String(b.rated === value));
          button.onclick = () => setTriggerValue("rate", value);
          node.append(button);
        }
      }
      return node;
    },
  };

  unpeek();
  const wanted = data.blocks.map((b) => {
    const marks = (b.marks || (b.rows || []).flatMap((r) => r.marks) || []).map((m) => m.mark);
    return JSON.stringify([b, marks.includes(data.chosen) ? data.chosen : null]);
  });
  wanted.forEach((json, i) => {
    const now = root.children[i];
    if (now && now.drawnFrom === json) return;
    const block = data.blocks[i];
    const node = draw[block.kind](block);
    if (block.at && block.kind !== "point") node.dataset.at = block.at;
    const wrapped = el("div");
    wrapped.append(node);
    wrapped.drawnFrom = json;
    const open = now && now.querySelector("details[open]");
    if (open && node.tagName === "DETAILS") node.open = true;
    if (now) now.replaceWith(wrapped); else root.append(wrapped);
  });
  while (root.children.length > wanted.length) root.lastElementChild.remove();

  if (data.jump && root.jumped !== data.jump.token) {
    root.jumped = data.jump.token;
    const there = root.querySelector(`[data-at="${CSS.escape(data.jump.at)}"]`);
    if (there) {
      there.scrollIntoView({ block: "center" });
      there.classList.add("there");
      setTimeout(() => there.classList.remove("there"), 2600);
    }
  }
  if (data.follow && !root.followed) {
    root.followed = true;
    const host = root.getRootNode().host || root;
    const box = host.closest(".st-key-thread");
    if (box) requestAnimationFrame(() => {
      box.scrollTop += host.getBoundingClientRect().top - box.getBoundingClientRect().top - 4;
    });
  }
}
