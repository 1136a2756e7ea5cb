// Live chat: one message, two blind replies, one vote; then the next turn.
import { ask, SignedOut } from "./net.js";
import { h, kbd, text, Reply, showRaw, typing } from "./dom.js";
import { Draft, enter, entered } from "./draft.js";
import { Pair } from "./pair.js";

const WORDS = "attune-unsent"; // sessionStorage: a message that could not be sent

class Chat extends HTMLElement {
  connectedCallback() {
    this.at = (name) => this.querySelector(`[data-part="${name}"]`);
    this.busy = false;
    this.draft = new Draft(this);
    const place = new URLSearchParams(location.search);
    this.place = { project: place.get("project"), conversation: place.get("conversation"), assignment: place.has("assignment") ? Number(place.get("assignment")) : null };
    this.onkey = (event) => this.key(event);
    document.addEventListener("keydown", this.onkey);
    this.onleave = () => this.draft.flush(true);
    window.addEventListener("pagehide", this.onleave);
    this.at("comment").addEventListener("input", () => this.changed());
    this.at("saying").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.at("vote").addEventListener("click", () => this.vote());
    this.at("new").addEventListener("click", () => this.begin());
    this.at("keys").addEventListener("click", () => this.at("help").showModal());
    this.at("rawall").addEventListener("click", () => this.toggleRaw());
    for (const close of this.querySelectorAll("[data-close]")) close.addEventListener("click", () => close.closest("dialog").close());
    this.run(() => ask("chat/resume", this.place), (said) => {
      this.place.project = said.project;
      this.ready = said.ready;
      document.dispatchEvent(new CustomEvent("attune:project", { detail: said }));
      this.at("unready").hidden = said.ready;
      this.at("words").value = sessionStorage.getItem(WORDS) ?? "";
    });
  }
  disconnectedCallback() {
    document.removeEventListener("keydown", this.onkey);
    window.removeEventListener("pagehide", this.onleave);
  }

  async run(call, then, waiting = "") {
    if (this.busy) return;
    this.busy = true;
    this.say(waiting);
    try {
      const said = await call();
      if (then) then(said);
      this.say(said.saved ? "Vote saved." : "");
      this.show(said);
    } catch (error) {
      this.draft.keep();
      if (this.at("words").value) sessionStorage.setItem(WORDS, this.at("words").value);
      this.say(error instanceof SignedOut ? "" : error.message, true);
    } finally {
      this.busy = false;
    }
  }
  say(message, wrong = false) {
    this.at("said").textContent = message;
    this.at("said").style.color = wrong ? "var(--bad)" : "";
  }
  show({ turns, task }) {
    this.draft.stop();
    this.task = task;
    this.place.assignment = task?.assignment ?? null;
    const query = new URLSearchParams(Object.entries(this.place).filter(([, value]) => value != null));
    history.replaceState(null, "", `?${query}`);
    this.at("turns").replaceChildren(...turns.map((turn) =>
      h("div", { class: `turn ${turn.role}` }, h("span", { class: "who" }, turn.role === "user" ? "You" : "The reply you went on with"), text(turn))));
    this.at("chat-card").hidden = !turns.length;
    this.at("voting").hidden = !task;
    this.at("saying").hidden = Boolean(task) || !this.ready;
    this.at("replies").replaceChildren();
    if (task) {
      const cards = task.replies.map((reply) => new Reply(reply, task.rubric.flags, { change: () => this.changed(), edit: () => {} }));
      for (const card of cards) card.head.lastElementChild.remove(); // replies of a live chat are not edited
      this.cards = cards;
      this.asked = new Pair(task, cards, () => this.changed());
      this.at("replies").replaceChildren(this.asked.content());
      this.at("asked").replaceChildren(this.asked.element);
      this.at("comment").value = "";
      this.at("help-keys").replaceChildren(...[...this.asked.keys, ["Enter", "vote"], ["C", "comment"], ["M", "write a message"], ["R", "raw text"], ["N", "new chat"], ["?", "these keys"]]
        .flatMap(([keys, what]) => [h("dt", {}, kbd(keys)), h("dd", {}, what)]));
      enter(this.draft.of(task), this.asked, cards, this.at("comment"));
      this.shownAt = performance.now();
      this.dataset.assignment = String(task.assignment);
      this.at("title").focus({ preventScroll: true });
    } else if (this.ready) this.at("words").focus();
  }
  begin() {
    this.place.conversation = null;
    this.place.assignment = null;
    this.at("words").value = "";
    sessionStorage.removeItem(WORDS);
    this.show({ turns: [], task: null });
  }
  send() {
    const words = this.at("words").value.trim();
    if (!words) return;
    const { project, conversation } = this.place;
    this.run(() => ask("chat/say", { project, conversation, text: words }), (said) => {
      this.place.conversation = said.conversation;
      this.at("words").value = "";
      sessionStorage.removeItem(WORDS);
    }, "Both models are writing …");
  }
  vote() {
    if (!this.task) return;
    const missing = this.asked.missing();
    if (missing) return this.say(missing, true);
    this.draft.stop();
    const body = { conversation: this.place.conversation, assignment: this.task.assignment, revision: this.task.revision,
      answer: this.answer(), seconds: (performance.now() - this.shownAt) / 1000 };
    this.run(() => ask("chat/vote", body), () => this.draft.forget());
  }
  answer() { return entered(this.asked, this.cards, this.at("comment")); }
  changed() {
    this.say("");
    this.draft.changed();
  }
  toggleRaw() {
    this.raw = !this.raw;
    this.at("rawall").setAttribute("aria-pressed", String(this.raw));
    showRaw(this, this.raw);
    for (const card of this.cards ?? []) card.toggleRaw(this.raw);
  }
  key(event) {
    if (this.querySelector("dialog[open]")) return;
    const send = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (send) { event.preventDefault(); return this.task ? this.vote() : this.send(); }
    if (typing(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.closest?.("button, a") && !event.target.closest("[role=radio]")) return;
    const does = { Enter: () => this.vote(), c: () => this.task && this.at("comment").focus(), m: () => !this.task && this.at("words").focus(),
      n: () => this.begin(), r: () => this.toggleRaw(), "?": () => this.at("help").showModal() }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (does) { does(); event.preventDefault(); }
    else if (this.task && this.asked.key(event)) event.preventDefault();
  }
}
customElements.define("attune-chat", Chat);
