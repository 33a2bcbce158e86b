// A passkey button is shown only where the browser knows passkeys; the ceremony itself is allauth's own script.
export function attachPasskeys() {
  if (window.PublicKeyCredential) return;
  document.querySelectorAll("[data-passkey]").forEach((element) => (element.hidden = true));
}
