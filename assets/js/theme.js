// Light, dark, or as the system says. The server reads the cookie, so the first paint is already right.
const YEAR = 31536000;

function current() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function attachTheme() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-theme-switch]")) return;
    event.preventDefault();
    const next = current() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${next}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
    document.dispatchEvent(new CustomEvent("theme:changed"));
  });
}
