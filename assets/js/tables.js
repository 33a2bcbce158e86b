// Keyboard and bulk choice of every list: j, k, enter, x, shift-click; nothing here loads data.
const rowsOf = (table) => [...table.querySelectorAll("tbody tr[data-row]")];
const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, dialog[open], [contenteditable]");

function move(table, step) {
  const rows = rowsOf(table);
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("here"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, now + step))];
  rows[now]?.classList.remove("here");
  next.classList.add("here");
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("a[href]")?.focus({ preventScroll: true });
}

function refresh(table) {
  const bar = table.closest("form")?.querySelector("[data-bulk]");
  if (!bar) return;
  const chosen = table.querySelectorAll('input[name="id"]:checked').length;
  bar.hidden = chosen === 0;
  bar.querySelector("[data-chosen]").textContent = chosen.toLocaleString(document.documentElement.lang);
  const all = table.querySelector("[data-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === rowsOf(table).length;
    all.indeterminate = chosen > 0 && !all.checked;
  }
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const table = document.querySelector("table[data-list]");
  if (!table) return;
  const row = table.querySelector("tr.here");
  if (event.key === "j") move(table, 1);
  else if (event.key === "k") move(table, -1);
  else if (event.key === "x" && row) row.querySelector('input[name="id"]')?.click();
  else if (event.key === "Enter" && row && event.target === document.body) row.querySelector("a[href]")?.click();
  else return;
  event.preventDefault();
}

let last = null;

function onClick(event) {
  const box = event.target.closest('input[name="id"]');
  if (box && event.shiftKey && last && last !== box) {
    const boxes = [...box.closest("table").querySelectorAll('input[name="id"]')];
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach((one) => (one.checked = box.checked));
  }
  if (box) last = box;
}

export function attachTables() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("change", (event) => {
    const table = event.target.closest("table[data-list]");
    if (!table) return;
    if (event.target.matches("[data-all]")) {
      table.querySelectorAll('input[name="id"]').forEach((box) => (box.checked = event.target.checked));
    }
    refresh(table);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-unpick]")) return;
    document.querySelectorAll('table[data-list] input[name="id"]:checked').forEach((box) => (box.checked = false));
    document.querySelectorAll("table[data-list]").forEach(refresh);
  });
}
