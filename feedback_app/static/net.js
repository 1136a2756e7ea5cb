// Asking the server. Nothing it says is kept in the browser but in memory.
export class SignedOut extends Error {}
export class Away extends Error {}
export class Refusal extends Error {}

export async function ask(action, body = {}, { keepalive = false } = {}) {
  const before = banner();
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
  before?.remove();
  if (response.status >= 500) throw new Away("The server has a problem.");
  const said = await response.json();
  if (!response.ok) throw new Refusal([said.error, said.allowed && `Allowed: ${said.allowed}`, said.do].filter(Boolean).join(". "));
  return said;
}

// A banner that cannot be missed, on every page; Gradio itself shows nothing when a session has run out. Where there are
// drafts one signs in here and comes back to them; elsewhere in another tab, with what was entered still in view.
export function signedOut() {
  if (banner()) return;
  const made = document.createElement("div");
  made.className = "at";
  made.dataset.signedOut = "";
  const drafts = document.querySelector("attune-desk, attune-chat, attune-adjudicate");
  const kept = drafts ? "What you entered is kept."
    : "Copy what you entered: after signing in the page begins anew."; // Gradio reconnects
  const link = `/signin?next=${encodeURIComponent(location.pathname + location.search)}`;
  made.innerHTML = `<div class="banner" role="alert"><strong>You are signed out.</strong>
    <span>Nothing was saved just now. ${kept}</span><a data-signin>Sign in again${drafts ? "" : " in a new tab"}</a></div>`;
  made.querySelector("[data-signin]").href = link;
  if (!drafts) made.querySelector("[data-signin]").target = "_blank";
  (document.querySelector(".at.page") ?? document.querySelector(".owner") ?? document.body).prepend(made);
  document.dispatchEvent(new Event("attune:signedout"));
}

// The one in view. Only what was asked while it stood there, and is answered, takes it away: an answer may be late.
function banner() { return document.querySelector("[data-signed-out]"); }

const fetched = window.fetch;
window.fetch = async (...given) => {
  const before = banner();
  const response = await fetched(...given);
  if (String(given[0]?.url ?? given[0]).includes("/gradio_api/")) {
    if (response.status === 401) signedOut();
    else if (response.ok) before?.remove();
  }
  return response;
};
