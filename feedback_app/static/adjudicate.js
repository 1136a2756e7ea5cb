// Conflicts, one by one: all ratings in view, and a decision that stands for them in exports.
import { ask, SignedOut } from "./net.js";
import { h, kbd, known, text, Reply, showRaw, typing } from "./dom.js";
import { Draft, enter, entered } from "./draft.js";
import { Pair } from "./pair.js";
import { Rank } from "./rank.js";
import { Rubric } from "./rubric.js";

const KINDS = { pair: Pair, rank: Rank, rubric: Rubric };
const NAMES = { pair: "Pair", rank: "Ranking", rubric: "Scores" };

// An answer in words.
function worded(answer) {
  if (answer.both_bad) return "both bad";
  if (Number.isInteger(answer.strength)) return answer.strength === 0 ? "a tie" : `${answer.strength > 0 ? "A" : "B"} better by ${Math.abs(answer.strength)}`;
  if (Array.isArray(answer.ranks)) {
    const letter = (place) => String.fromCharCode(65 + place);
    const groups = [...new Set(answer.ranks.filter((rank) => rank !== null))].sort((a, b) => a - b);
    const order = groups.map((rank) => answer.ranks.flatMap((one, place) => (one === rank ? [letter(place)] : [])).join(" = "));
    const out = answer.ranks.flatMap((one, place) => (one === null ? [letter(place)] : []));
    return order.join(" > ") + (out.length ? ` (without ${out.join(", ")})` : "");
  }
  if (answer.scores) return Object.entries(answer.scores).map(([letter, scores]) => `${letter}: ${Object.entries(scores).map(([key, score]) => `${key} ${score}`).join(", ")}`).join("; ");
  return "no longer there";
}

class Adjudicate extends HTMLElement {
  connectedCallback() {
    this.at = (name) => this.querySelector(`[data-part="${name}"]`);
    this.draft = new Draft(this, "adjudicate/draft", "task");
    const place = new URLSearchParams(location.search);
    this.project = place.get("project");
    this.onkey = (event) => this.key(event);
    document.addEventListener("keydown", this.onkey);
    this.onleave = () => this.draft.flush(true);
    window.addEventListener("pagehide", this.onleave);
    this.at("comment").addEventListener("input", () => this.changed());
    this.at("back").addEventListener("click", () => this.list());
    this.at("save").addEventListener("click", () => this.decide());
    this.at("keys").addEventListener("click", () => this.at("help").showModal());
    this.at("decided").addEventListener("change", () => this.list());
    this.at("rawall").addEventListener("click", () => this.toggleRaw());
    for (const close of this.querySelectorAll("[data-close]")) close.addEventListener("click", () => close.closest("dialog").close());
    if (place.has("task")) this.open(Number(place.get("task"))).then(() => this.task ?? this.list());
    else this.list();
  }
  disconnectedCallback() {
    document.removeEventListener("keydown", this.onkey);
    window.removeEventListener("pagehide", this.onleave);
  }
  place() { return { project: this.project, decided: this.at("decided").checked }; }
  async run(action, body, then) {
    if (this.busy) return;
    this.busy = true;
    this.say("");
    try { then(await ask(`adjudicate/${action}`, { ...this.place(), ...body })); }
    catch (error) {
      this.draft.keep();
      this.say(error instanceof SignedOut ? "" : error.message, true);
    }
    finally { this.busy = false; }
  }
  say(message, wrong = false) {
    this.at("said").textContent = message;
    this.at("said").style.color = wrong ? "var(--bad)" : "";
  }
  list() { this.draft.flush().then(() => this.run("conflicts", {}, (said) => this.showList(said))); }
  // The address names what is in view, so that a reload, or a sign-in, comes back to it.
  went() {
    const place = Object.entries({ project: this.project, task: this.task?.task }).filter(([, value]) => value != null);
    history.replaceState(null, "", `?${new URLSearchParams(place)}`);
  }
  showList(said) {
    this.draft.stop();
    this.project = said.project;
    this.task = null;
    this.went();
    document.dispatchEvent(new CustomEvent("attune:project", { detail: said }));
    this.at("title").textContent = "Conflicts";
    this.at("case").hidden = true;
    const none = h("p", { class: "card muted" }, "The raters agree: there is nothing to decide.");
    const rows = said.conflicts.map((one) => h("li", { class: "card row" },
      h("div", { class: "grow" }, h("h2", {}, one.prompt || "(no question)"),
        h("p", { class: "muted small" }, `${NAMES[one.kind]}, ${one.raters} ratings, apart by ${one.spread}${one.decided ? ", decided" : ""}`)),
      h("button", { type: "button", class: one.decided ? "" : "primary", "data-task": String(one.task), "aria-label": `Look at: ${one.prompt}`, onclick: () => this.open(one.task) }, "Look")));
    const flags = said.flags.map((one) => h("li", { class: "card row" },
      h("div", { class: "grow" }, h("h2", {}, `${one.reason} · ${one.reviewer}`), h("p", {}, one.note), h("p", { class: "muted small" }, one.reply || one.prompt)),
      h("button", { type: "button", onclick: () => this.open(one.task) }, "Look"),
      h("button", { type: "button", "aria-label": `Dealt with: ${one.reason}`, onclick: () => this.run("resolve", { flag: one.id }, (said) => this.showList(said)) }, "Dealt with")));
    this.at("list").hidden = false;
    this.at("list").replaceChildren(rows.length ? h("ul", { class: "stack", style: "padding:0;list-style:none" }, ...rows) : none,
      ...(flags.length ? [h("h1", {}, "Flags"), h("ul", { class: "stack", style: "padding:0;list-style:none" }, ...flags)] : []));
  }
  open(task) { return this.run("case", { task }, (said) => this.show(said)); }
  show({ case: task, project, projects }) {
    this.draft.stop();
    Object.assign(this, { task, project });
    this.went();
    document.dispatchEvent(new CustomEvent("attune:project", { detail: { project, projects } }));
    this.at("list").hidden = true;
    this.at("case").hidden = false;
    this.at("title").textContent = `${NAMES[task.kind]}: decide`;
    this.cards = task.replies.map((reply) => new Reply(reply, task.rubric.flags, { change: () => this.changed(), edit: () => {} }));
    for (const card of this.cards) card.head.lastElementChild.remove(); // edits are the reviewers'
    this.asked = new KINDS[task.kind](task, this.cards, () => this.changed());
    this.at("turns").replaceChildren(...task.turns.map((turn) =>
      h("div", { class: `turn ${turn.role === "assistant" ? "assistant" : "user"}` }, h("span", { class: "who" }, turn.role === "assistant" ? "Bot" : "Customer"), text(turn))));
    this.at("facts").replaceChildren(...known(task));
    this.at("facts-card").hidden = !task.context.length && !task.facts.length;
    this.at("replies").replaceChildren(this.asked.content());
    this.at("opinions").replaceChildren(...task.opinions.map((one) => h("div", {}, h("strong", {}, one.reviewer), ` ${worded(one.answer)}${one.decision ? " (the decision)" : ""}`,
      one.comment ? h("div", { class: "muted small" }, one.comment) : null)));
    this.at("asked").replaceChildren(this.asked.element);
    this.at("comment").value = "";
    enter(this.draft.of(task), this.asked, this.cards, this.at("comment"));
    this.at("help-keys").replaceChildren(...[...this.asked.keys, ["Enter", "decide"], ["C", "why"], ["R", "raw text"], ["Esc", "all conflicts"], ["?", "these keys"]]
      .flatMap(([keys, what]) => [h("dt", {}, kbd(keys)), h("dd", {}, what)]));
    this.at("title").focus({ preventScroll: true });
  }
  answer() { return entered(this.asked, this.cards, this.at("comment")); }
  changed() {
    this.say("");
    this.draft.changed();
  }
  decide() {
    if (!this.task || this.busy) return;
    const missing = this.asked.missing();
    if (missing) return this.say(missing, true);
    this.draft.stop();
    this.run("decide", { task: this.task.task, answer: this.answer() }, (said) => {
      this.draft.forget();
      this.showList(said);
      this.say("Decided. In exports this stands for all the raters.");
    });
  }
  toggleRaw() {
    this.raw = !this.raw;
    this.at("rawall").setAttribute("aria-pressed", String(this.raw));
    showRaw(this.at("case"), this.raw);
    for (const card of this.cards ?? []) card.toggleRaw(this.raw);
  }
  key(event) {
    if (this.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); return this.decide(); }
    if (typing(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && event.target.closest?.("button, a") && !event.target.closest("[role=radio], li")) return;
    const does = { "?": () => this.at("help").showModal(), ...(this.task && { Enter: () => this.decide(), Escape: () => this.list(), c: () => this.at("comment").focus(), r: () => this.toggleRaw() }) }[event.key];
    if (does && !event.altKey) { does(); event.preventDefault(); }
    else if (this.task && this.asked.key(event)) event.preventDefault();
  }
}
customElements.define("attune-adjudicate", Adjudicate);
