// What both doors share: htmx, Alpine, and the small behaviours attached by data attributes.
import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";
import { attachDialogs } from "./dialogs.js";
import { attachForms } from "./forms.js";
import { attachLive } from "./live.js";
import { attachPasskeys } from "./passkeys.js";
import { attachTheme } from "./theme.js";
import { filedrop, showToast, toast } from "./pieces.js";

window.htmx = htmx;

function loadCharts(root) {
  const charts = root.querySelectorAll("[data-chart]:not([data-drawn])");
  if (!charts.length) return;
  import("./chart.js").then(({ draw }) => charts.forEach(draw));
}

export function start() {
  document.documentElement.classList.add("js");
  Alpine.data("toast", toast);
  Alpine.data("filedrop", filedrop);
  Alpine.start();
  attachTheme();
  attachDialogs();
  attachForms();
  attachLive();
  attachPasskeys();
  loadCharts(document);
  document.body.addEventListener("htmx:afterSettle", (event) => loadCharts(event.detail.elt.parentElement ?? document));
  document.body.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });
  for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(trouble, () => showToast(document.body.dataset.trouble));
  }
}
