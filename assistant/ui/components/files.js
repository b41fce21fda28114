// Asks for a file, receives its bytes over the page's own connection and hands them to the browser: no address is made
// that someone else could fetch.
let handed = new Set();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".files");
  root.replaceChildren();
  for (const kind of data.kinds) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = kind.label;
    button.title = kind.title;
    button.onclick = () => {
      button.disabled = true;
      setTimeout(() => { button.disabled = false; }, 8000);
      setTriggerValue("want", kind.kind);
    };
    root.append(button);
  }
  if (data.copy) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = data.copy_label;
    button.onclick = async () => {
      try { await navigator.clipboard.writeText(data.copy); button.textContent = data.copied; }
      catch { button.textContent = data.copy_failed; }
      setTimeout(() => { button.textContent = data.copy_label; }, 2000);
    };
    root.append(button);
  }
  const file = data.file;
  if (!file || handed.has(file.token)) return;
  handed.add(file.token);
  const raw = atob(file.base64);
  const bytes = Uint8Array.from(raw, (c) => c.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type: file.mime }));
  const link = document.createElement("a");
  link.href = address;
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
