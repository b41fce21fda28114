// One element of the page; its text enters through textContent alone. Put in front of every component (`mounted`).
const el = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
};
