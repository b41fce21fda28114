// A guideline to read: contents, text with the cited characters marked, copy as reference, link to the place.
// Text through textContent alone.
const el = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
};

const runs = (node, parts) => {
  parts.forEach((part) => node.append(part.mark ? el("mark", "", part.text) : document.createTextNode(part.text)));
  return node;
};

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".reader");
  const json = JSON.stringify(data);
  if (root.drawnFrom === json) return;
  root.drawnFrom = json;
  root.replaceChildren();

  const bar = el("div", "bar");
  const copied = (label, make) => {
    const button = el("button", "act", label);
    button.type = "button";
    button.onclick = async () => {
      try { await navigator.clipboard.writeText(make()); button.textContent = data.words.copied; }
      catch { button.textContent = data.words.copy_failed; }
      setTimeout(() => { button.textContent = label; }, 2000);
    };
    return button;
  };
  bar.append(copied(data.words.copy_reference, () => data.reference));
  bar.append(copied(data.words.copy_link, () => new URL(data.link, location.href).href));
  root.append(bar);
  const reference = el("p", "reference", data.reference);
  root.append(reference);

  const split = el("div", data.contents.length ? "split" : "");
  const text = el("div", "text");
  text.tabIndex = 0;
  text.setAttribute("role", "document");
  text.setAttribute("aria-label", data.title);
  const places = new Map();
  const scrollTo = (node) => {
    const inside = text.scrollHeight > text.clientHeight + 2;
    if (inside) text.scrollTop = node.offsetTop - text.offsetTop - 24;
    else node.scrollIntoView({ block: "start" });
  };
  let list = null;
  let grid = null;
  data.blocks.forEach((block) => {
    let node;
    if (block.kind !== "item") list = null;
    if (block.kind !== "row") grid = null;
    if (block.kind === "heading") {
      node = runs(el(`h${Math.min(6, block.level + 1)}`), block.runs);
      node.tabIndex = -1;
      text.append(node);
    } else if (block.kind === "item") {
      if (!list) { list = el("ul"); text.append(list); }
      node = runs(el("li"), block.runs);
      list.append(node);
    } else if (block.kind === "row") {
      if (!grid) { grid = el("table"); const box = el("div", "wide"); box.tabIndex = 0; box.append(grid); text.append(box); }
      node = el("tr");
      const tag = grid.children.length ? "td" : "th";
      block.cells.forEach((cell) => node.append(runs(el(tag), cell)));
      grid.append(node);
    } else {
      node = runs(el("p"), block.runs);
      text.append(node);
    }
    places.set(block.at, node);
  });

  if (data.contents.length) {
    const nav = el("details", "contents");
    nav.open = !window.matchMedia("(max-width: 1000px)").matches;
    nav.append(el("summary", "", data.words.contents));
    const menu = el("nav");
    menu.setAttribute("aria-label", data.words.contents);
    data.contents.forEach((entry) => {
      const button = el("button", `entry l${Math.min(4, entry.level)}`, entry.title + (entry.page ? ` · ${entry.page}` : ""));
      button.type = "button";
      button.onclick = () => {
        const node = places.get(entry.at);
        if (!node) return;
        scrollTo(node);
        node.tabIndex = -1;
        node.focus({ preventScroll: true });
      };
      menu.append(button);
    });
    nav.append(menu);
    split.append(nav);
  }
  split.append(text);
  root.append(split);

  const place = text.querySelector("mark");
  if (place) requestAnimationFrame(() => {
    if (text.scrollHeight > text.clientHeight + 2) text.scrollTop = place.offsetTop - text.offsetTop - text.clientHeight / 3;
    else place.scrollIntoView({ block: "center" });
  });
}
