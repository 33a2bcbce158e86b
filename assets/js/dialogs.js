// `data-opens="id"` opens a <dialog>; `data-closes` closes it; menus close when one looks elsewhere.
export function attachDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog?.showModal) {
        event.preventDefault();
        dialog.showModal();
      }
    }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
    if (event.target.matches("dialog")) event.target.close();
    document.querySelectorAll("details.menu-box[open], details.why-box[open]").forEach((box) => {
      if (!box.contains(event.target)) box.open = false;
    });
    const rail = document.getElementById("rail");
    const burger = event.target.closest("[data-rail]");
    if (rail && burger) {
      event.preventDefault();
      rail.classList.toggle("open");
    } else if (rail && !rail.contains(event.target)) {
      rail.classList.remove("open");
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu-box[open], details.why-box[open]").forEach((box) => {
      box.open = false;
      box.querySelector("summary").focus();
    });
    document.getElementById("rail")?.classList.remove("open");
  });
}
