// Shows one source with its place marked and scrolled into view inside its own box. Text through textContent alone.
const el = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".source");
  const json = JSON.stringify(data);
  if (root.drawnFrom === json) return;
  root.drawnFrom = json;
  root.replaceChildren();
  root.setAttribute("role", "region");
  root.setAttribute("aria-label", data.cap);

  const top = el("div", "top");
  top.append(el("p", "cap", data.cap));
  if (data.close) {
    const close = el("button", "close", "✕");
    close.type = "button";
    close.setAttribute("aria-label", data.close);
    close.onclick = () => setTriggerValue("close", true);
    top.append(close);
  }
  root.append(top);
  if (data.title) root.append(el("h4", "", data.title));
  if (data.chips.length) {
    const chips = el("div", "chips");
    chips.append(...data.chips.map((c) => el("span", `chip ${c.tone}`, c.text)));
    root.append(chips);
  }
  const text = el("div", `text${data.whole ? " whole" : ""}${data.tall ? " tall" : ""}`);
  text.tabIndex = 0;
  const plain = (words) => {
    // a heading of a guideline's text is shown as one; the characters cited are never touched
    if (!data.headings) return [document.createTextNode(words)];
    return words.split(/(?<=\n)/).map((line) => {
      const found = /^#{1,6} (.*\n?)$/.exec(line);
      return found ? el("span", "heading", found[1]) : document.createTextNode(line);
    });
  };
  for (const part of data.parts) {
    if (part.mark) text.append(el("mark", "", part.text));
    else text.append(...plain(part.text));
  }
  root.append(text);
  if (data.table) {
    const table = el("table");
    data.table.forEach((row, i) => {
      const line = el("tr");
      row.forEach((cell) => { const c = el(i ? "td" : "th"); c.append(cell.mark ? el("mark", "", cell.text) : cell.text); line.append(c); });
      table.append(line);
    });
    root.append(table);
  }
  const foot = el("div", "foot");
  if (data.open) {
    const open = el("button", "", data.open);
    open.type = "button";
    open.onclick = () => setTriggerValue("open", true);
    foot.append(open);
  }
  if (data.cite) {
    const copy = el("button", "", data.copy);
    copy.type = "button";
    copy.onclick = async () => {
      try { await navigator.clipboard.writeText(data.cite); copy.textContent = data.copied; }
      catch { copy.textContent = data.copy_failed; }
      setTimeout(() => { copy.textContent = data.copy; }, 2000);
    };
    foot.append(copy);
  }
  if (foot.children.length) root.append(foot);

  const place = text.querySelector("mark");
  if (place) requestAnimationFrame(() => {
    const room = text.clientHeight;
    text.scrollTop = place.offsetTop - text.offsetTop - Math.max(0, (room - place.offsetHeight) / 3);
  });
}
