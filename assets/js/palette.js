// The command palette: Ctrl-K opens it, htmx fills it, arrows choose, enter follows the link.
const entries = (palette) => [...palette.querySelectorAll("li a[href]")];

function choose(palette, index) {
  const links = entries(palette);
  if (!links.length) return;
  const at = (index + links.length) % links.length;
  links.forEach((link, i) => link.setAttribute("aria-selected", i === at));
  links[at].scrollIntoView({ block: "nearest" });
  palette.querySelector("input").setAttribute("aria-activedescendant", links[at].id);
}

const chosen = (palette) => entries(palette).findIndex((link) => link.getAttribute("aria-selected") === "true");

function open(palette) {
  if (palette.open) return;
  palette.showModal();
  const field = palette.querySelector("input");
  field.select();
  window.htmx.trigger(field, "opened");
}

// Whoever types quickly presses enter before the answer is there: then the answer is followed, not what stood before.
function follow(palette) {
  const field = palette.querySelector("input");
  const answered = palette.querySelector("[data-answers]")?.dataset.answers;
  palette.dataset.hurry = answered === field.value.trim() ? "" : "1";
  if (!palette.dataset.hurry) entries(palette)[Math.max(chosen(palette), 0)]?.click();
}

function onKey(palette, event) {
  if (event.key === "ArrowDown") choose(palette, chosen(palette) + 1);
  else if (event.key === "ArrowUp") choose(palette, chosen(palette) - 1);
  else if (event.key === "Enter") follow(palette);
  else return;
  event.preventDefault();
}

export function attachPalette() {
  const palette = document.getElementById("palette");
  if (!palette) return;
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    open(palette);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]")) return;
    event.preventDefault();
    open(palette);
  });
  palette.addEventListener("keydown", (event) => onKey(palette, event));
  palette.addEventListener("htmx:afterSettle", () => {
    choose(palette, 0);
    if (palette.dataset.hurry) follow(palette);
  });
}
