// Asking the server. Nothing it says is kept in the browser but in memory.
export class SignedOut extends Error {}
export class Away extends Error {}
export class Refusal extends Error {}

export async function ask(action, body = {}, { keepalive = false } = {}) {
  let response;
  try {
    response = await fetch(`/api/${action}`, {
      method: "POST", keepalive, credentials: "same-origin",
      headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    throw new Away("The server cannot be reached.");
  }
  if (response.status === 401) {
    signedOut();
    throw new SignedOut("You are signed out.");
  }
  signedIn();
  if (response.status >= 500) throw new Away("The server has a problem.");
  const said = await response.json();
  if (!response.ok) throw new Refusal([said.error, said.allowed && `Allowed: ${said.allowed}`, said.do].filter(Boolean).join(". "));
  return said;
}

// A banner that cannot be missed, on every page; Gradio itself shows nothing when a session has run out. Where there are
// drafts one signs in here and comes back to them; elsewhere in another tab, with what was entered still in view.
export function signedOut() {
  if (document.querySelector("[data-signed-out]")) return;
  const banner = document.createElement("div");
  banner.className = "at";
  banner.dataset.signedOut = "";
  const drafts = document.querySelector("attune-desk, attune-chat, attune-adjudicate");
  const kept = drafts ? "What you entered is kept."
    : "Copy what you entered: after signing in the page begins anew."; // Gradio reconnects
  const link = `/signin?next=${encodeURIComponent(location.pathname + location.search)}`;
  banner.innerHTML = `<div class="banner" role="alert"><strong>You are signed out.</strong>
    <span>Nothing was saved just now. ${kept}</span><a data-signin>Sign in again${drafts ? "" : " in a new tab"}</a></div>`;
  banner.querySelector("[data-signin]").href = link;
  if (!drafts) banner.querySelector("[data-signin]").target = "_blank";
  (document.querySelector(".at.page") ?? document.querySelector(".owner") ?? document.body).prepend(banner);
  document.dispatchEvent(new Event("attune:signedout"));
}

function signedIn() { document.querySelector("[data-signed-out]")?.remove(); }

const fetched = window.fetch;
window.fetch = async (...given) => {
  const response = await fetched(...given);
  if (String(given[0]?.url ?? given[0]).includes("/gradio_api/")) {
    if (response.status === 401) signedOut();
    else if (response.ok) signedIn();
  }
  return response;
};
