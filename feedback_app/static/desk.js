// The desk: shows the task that the server hands out, keeps a draft there, and sends the answer.
// The page holds no identity and decides nothing: what comes next is the server's to say.
import { ask, SignedOut, Away } from "./net.js";
import { h, kbd, known, text, Reply, showRaw, typing } from "./dom.js";
import { Draft, enter, entered } from "./draft.js";
import { Pair } from "./pair.js";
import { Rank } from "./rank.js";
import { Rubric } from "./rubric.js";

const KINDS = { pair: Pair, rank: Rank, rubric: Rubric };
const TITLES = { pair: "Compare two replies", rank: "Rank the replies", rubric: "Score the replies" };

class Desk extends HTMLElement {
  connectedCallback() {
    this.at = (name) => this.querySelector(`[data-part="${name}"]`);
    this.raw = false;
    this.busy = false;
    this.draft = new Draft(this);
    this.project = new URLSearchParams(location.search).get("project");
    this.kind = new URLSearchParams(location.search).get("kind");
    this.onkey = (event) => this.key(event);
    document.addEventListener("keydown", this.onkey);
    this.onleave = () => this.draft.flush(true);
    window.addEventListener("pagehide", this.onleave);
    this.wire();
    this.load(() => ask("desk", this.place()));
  }
  disconnectedCallback() {
    document.removeEventListener("keydown", this.onkey);
    window.removeEventListener("pagehide", this.onleave);
  }
  place() { return { project: this.project, kind: this.kind }; }
  wire() {
    const on = (name, act) => this.at(name).addEventListener("click", act);
    on("save", () => this.save());
    on("skip", () => this.open("skip"));
    on("flag", () => this.open("flag"));
    on("undo", () => this.undo());
    on("guide", () => this.open("guidelines"));
    on("keys", () => this.open("help"));
    on("rawall", () => this.toggleRaw());
    this.at("comment").addEventListener("input", () => this.changed());
    for (const close of this.querySelectorAll("[data-close]")) close.addEventListener("click", () => close.closest("dialog").close());
    this.at("skip-form").addEventListener("submit", (event) => { event.preventDefault(); this.skip(); });
    this.at("flag-form").addEventListener("submit", (event) => { event.preventDefault(); this.flag(); });
    this.at("edit-form").addEventListener("submit", (event) => { event.preventDefault(); this.edit(); });
  }

  // One call at a time; what goes wrong is said, and what was entered stays.
  async load(call, done) {
    if (this.busy) return;
    this.busy = true;
    this.say("");
    try {
      const said = await call();
      this.show(said);
      if (done) this.say(done(said));
    } catch (error) {
      this.draft.keep();
      if (error instanceof SignedOut) this.say("");
      else if (error instanceof Away) this.say(`${error.message} Nothing is lost: press Enter or “Save” again in a moment.`, true);
      else this.say(error.message, true);
    } finally {
      this.busy = false;
    }
  }
  say(message, wrong = false) {
    const place = this.at("said");
    place.textContent = message;
    place.style.color = wrong ? "var(--bad)" : "";
  }

  show(said) {
    this.draft.stop();
    this.data = said;
    this.project = said.project;
    this.task = said.task;
    this.at("loading").hidden = true;
    this.at("work").hidden = !said.task;
    this.at("empty").hidden = Boolean(said.task);
    document.dispatchEvent(new CustomEvent("attune:project", { detail: said }));
    if (said.progress) this.progress(said.progress);
    if (said.guidelines) this.guide(said);
    if (said.task) this.begin(said.task);
    else this.nothing(said);
  }
  progress({ done, today, quota }) {
    const share = quota ? Math.min(1, done / quota) : 0;
    this.at("standing").replaceChildren(
      h("span", { "data-done": String(done) }, quota ? `${done} of ${quota} done` : `${done} done`),
      ...(quota ? [h("span", { class: "track", role: "progressbar", "aria-valuenow": String(done), "aria-valuemin": "0", "aria-valuemax": String(quota), "aria-label": "Your quota" },
        h("i", { style: `width:${share * 100}%` }))] : []), h("span", { class: "hide-small" }, `${today} today`));
  }
  guide({ guidelines, rubric }) {
    const place = this.at("guidelines-text");
    place.innerHTML = guidelines.version ? guidelines.html : "<p>No guidelines have been written yet. Prefer the reply you would rather have sent to the customer.</p>";
    this.at("rubric-text").replaceChildren(...rubric.dimensions.flatMap((one) =>
      [h("dt", {}, one.label), h("dd", { class: "muted small" }, one.low || one.high ? `1 ${one.low} – 5 ${one.high}` : "")]));
    this.at("versions").textContent = `Guidelines version ${guidelines.version}, rubric version ${rubric.version}`;
  }
  nothing({ progress, project }) {
    const [title, what] = !project ? ["No project yet", "An owner makes one, or brings in replies to rate."]
      : progress.quota && progress.done >= progress.quota ? ["Your quota is done", "Thank you. There is nothing more for you to do here."]
      : ["Nothing to rate right now", "All replies have their ratings, or are with other reviewers. Look in again later."];
    this.at("empty-title").textContent = title;
    this.at("empty-text").textContent = what;
    this.at("empty-keys").hidden = !progress?.done;
  }
  begin(task) {
    const change = () => this.changed();
    this.cards = task.replies.map((reply) => new Reply(reply, task.rubric.flags, { change, edit: (card) => this.startEdit(card) }));
    this.asked = new KINDS[task.kind](task, this.cards, change);
    this.at("title").textContent = TITLES[task.kind];
    this.at("revision").hidden = task.revision < 2;
    this.at("revision").textContent = `You are changing your last answer (it becomes revision ${task.revision}; the earlier one is kept).`;
    this.at("turns").replaceChildren(...task.turns.map((turn) =>
      h("div", { class: `turn ${turn.role === "assistant" ? "assistant" : "user"}` }, h("span", { class: "who" }, turn.role === "assistant" ? "Bot" : "Customer"), text(turn))));
    const facts = known(task);
    this.at("facts").replaceChildren(...facts);
    this.at("facts-card").hidden = !facts.length;
    this.at("facts-card").firstElementChild.open = innerWidth > 640;
    this.at("context").classList.toggle("alone", !facts.length);
    this.at("replies").replaceChildren(this.asked.content());
    this.at("asked").replaceChildren(this.asked.element);
    this.at("comment").value = "";
    this.keysHelp();
    enter(this.draft.of(task), this.asked, this.cards, this.at("comment"));
    showRaw(this, this.raw);
    for (const card of this.cards) card.toggleRaw(this.raw);
    this.shownAt = performance.now();
    this.dataset.assignment = String(task.assignment);
    this.dataset.kind = task.kind;
    if (!typing(document.activeElement)) this.at("title").focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }

  answer() { return entered(this.asked, this.cards, this.at("comment")); }
  changed() {
    this.say("");
    this.draft.changed();
  }

  // ---- what a reviewer does
  save() {
    if (!this.task || this.busy) return;
    const missing = this.asked.missing();
    if (missing) return this.say(missing, true);
    this.draft.stop();
    const { assignment, revision } = this.task;
    const body = { ...this.place(), assignment, revision, answer: this.answer(), seconds: (performance.now() - this.shownAt) / 1000 };
    this.load(() => ask("submit", body), ({ saved }) => {
      this.draft.forget();
      return saved.already ? "This one was saved already." : saved.revision > 1 ? `Saved as revision ${saved.revision}.` : "Saved. U brings it back.";
    });
  }
  undo() { if (this.project) this.load(() => this.draft.flush().then(() => ask("undo", this.place())), ({ undone }) => (undone ? "" : "There is nothing to undo.")); }
  skip() {
    const form = new FormData(this.at("skip-form"));
    const reason = form.get("reason") === "other" && form.get("words").trim() ? form.get("words").trim() : form.get("reason");
    if (!reason) return;
    this.querySelector("dialog[open]")?.close();
    this.load(() => ask("skip", { ...this.place(), assignment: this.task.assignment, reason }), () => "Skipped; another reviewer gets it.");
  }
  async flag() {
    const form = new FormData(this.at("flag-form"));
    if (!form.get("reason")) return;
    this.querySelector("dialog[open]")?.close();
    try {
      await ask("flag", { assignment: this.task.assignment, reason: form.get("reason"), note: form.get("note") });
      this.say("Flagged for the owner. You can still rate it.");
    } catch (error) { this.say(error.message, true); }
  }
  startEdit(card) {
    this.editing = card;
    this.at("edit-title").textContent = `Reply ${card.letter}: how should it read?`;
    this.at("edit-text").value = card.edited ?? card.source;
    this.at("edit-said").textContent = "";
    this.open("edit");
    this.at("edit-text").focus();
  }
  async edit() {
    const card = this.editing, words = this.at("edit-text").value;
    try {
      await ask("edit", { assignment: this.task.assignment, letter: card.letter, text: words });
      card.edited = words;
      this.at("edit").close();
      this.say(`Your wording of reply ${card.letter} is saved. Now rate the replies as they are.`);
    } catch (error) { this.at("edit-said").textContent = error.message; }
  }
  toggleRaw() {
    this.raw = !this.raw;
    this.at("rawall").setAttribute("aria-pressed", String(this.raw));
    showRaw(this.at("work"), this.raw);
    for (const card of this.cards ?? []) card.toggleRaw(this.raw);
  }
  open(name) {
    if (!this.task && ["skip", "flag", "edit"].includes(name)) return;
    if (name === "skip" || name === "flag") {
      const reasons = name === "skip" ? this.data.skip_reasons : [...this.task.rubric.flags, ...this.data.skip_reasons.filter((one) => one.key === "broken")];
      this.at(`${name}-reasons`).replaceChildren(...reasons.map(({ key, label }, place) =>
        h("label", { class: "row" }, h("input", { type: "radio", name: "reason", value: key, required: true }), label, kbd(String(place + 1)))));
    }
    const dialog = this.at(name === "skip" ? "skip-dialog" : name === "flag" ? "flag-dialog" : name);
    dialog.showModal();
    dialog.querySelector("input[type=radio]")?.focus();
  }

  // ---- keys
  keysHelp() {
    const rows = [...this.asked.keys, ["Enter", "save, and on to the next"], ["C", "comment (Esc leaves it)"], ["E / Shift+E", "edit reply A (the chosen one) / reply B"],
      ["R", "raw text of everything, and back"], ["U", "undo: the last rating again"], ["S", "skip, with a reason"], ["F", "flag for the owner"], ["G", "guidelines and rubric"],
      ["?", "these keys"], ["Ctrl + Enter", "save from within a text field"]];
    this.at("help-keys").replaceChildren(...rows.flatMap(([keys, what]) => [h("dt", {}, kbd(keys)), h("dd", {}, what)]));
  }
  key(event) {
    const dialog = this.querySelector("dialog[open]");
    const send = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (dialog) {
      if (send) dialog.querySelector("form")?.requestSubmit();
      const reason = /^[1-9]$/.test(event.key) && !this.writing(event) && dialog.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
      if (reason) { reason.checked = true; reason.focus(); event.preventDefault(); }
      return;
    }
    if (send) { event.preventDefault(); return this.save(); }
    if (this.writing(event)) { if (event.key === "Escape") event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.repeat && event.key === "Enter") return;
    if (event.key === "Enter" && event.target.closest?.("button, a, summary")) {
      if (!event.target.closest("[role=radio], [data-reply], li")) return; // Enter presses other buttons
    }
    if (this.command(event) || (this.task && this.asked.key(event))) event.preventDefault();
  }
  writing({ target }) { return typing(target) && target.type !== "radio"; }
  command(event) {
    const does = {
      Enter: () => this.save(), c: () => this.at("comment").focus(), r: () => this.toggleRaw(), u: () => this.undo(), s: () => this.open("skip"),
      f: () => this.open("flag"), g: () => this.open("guidelines"), "?": () => this.open("help"),
      e: () => this.cards && this.startEdit(event.shiftKey ? this.cards[1] ?? this.cards[0] : this.asked.entries?.[this.asked.now]?.card ?? this.cards[0]),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does || event.altKey) return false;
    does();
    return true;
  }
}
customElements.define("attune-desk", Desk);
