// Alpine pieces (CSP build: attributes name properties and methods only).
export function toast() {
  return {
    shown: true,
    init() {
      if (!this.$el.hasAttribute("data-stays")) this.timer = setTimeout(() => this.hide(), 7000);
    },
    hide() {
      clearTimeout(this.timer);
      this.shown = false;
    },
  };
}

export function filedrop() {
  return {
    over: false,
    names: "",
    enter() { this.over = true; },
    leave() { this.over = false; },
    get tone() { return this.over ? "over" : ""; },
    get empty() { return !this.names; },
    pick() {
      this.over = false;
      this.names = [...this.$el.files].map((file) => `${file.name} · ${readable(file.size)}`).join(", ");
    },
  };
}

function readable(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 3);
  return `${(bytes / 1000 ** step).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${units[step]}`;
}

export function showToast(text) {
  const template = document.getElementById("toast-template");
  if (!template || !text) return;
  const piece = template.content.cloneNode(true);
  piece.querySelector("p").textContent = text;
  document.getElementById("toasts").append(piece);
}
