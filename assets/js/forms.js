// Forms that apply themselves, ask before they act, and are sent once.
export function attachForms() {
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-applies]");
    if (form && event.target.name) form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asks = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (asks && !window.confirm(asks)) {
      event.preventDefault();
      return;
    }
    if (form.matches("form[data-applies]")) dropEmpty(form);
    if (form.method === "post" && !form.hasAttribute("hx-post")) sendOnce(event);
  });
  // Back must not find a form that is still switched off.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
    document.querySelectorAll("[data-was-empty]").forEach((field) => {
      field.disabled = false;
      delete field.dataset.wasEmpty;
    });
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    navigator.clipboard?.writeText(document.getElementById(button.dataset.copies).textContent.trim());
    button.classList.add("btn-done");
  });
}

// The address of a filtered list names only what was chosen.
function dropEmpty(form) {
  for (const field of form.elements) {
    if (field.name && !field.value && !field.disabled) {
      field.disabled = true;
      field.dataset.wasEmpty = "1";
    }
  }
}

function sendOnce(event) {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "1";
}
