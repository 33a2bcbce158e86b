// `?` shows the keys, `/` goes to the search of the page, `g` then a letter goes to a page of the rail.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
let waiting = false;

export function attachKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (waiting) {
      waiting = false;
      document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    if (event.key === "?") document.getElementById("keys")?.showModal();
    else if (event.key === "/") focusSearch(event);
    else if (event.key === "g") {
      waiting = true;
      setTimeout(() => (waiting = false), 1200);
    }
  });
}

function focusSearch(event) {
  const field = document.querySelector(".filters input[type=search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}
