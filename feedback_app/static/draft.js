// What was entered so far: sent to the server half a second after a change, and kept in this tab where that fails.
import { ask, SignedOut } from "./net.js";

const KEPT = "attune-unsaved"; // sessionStorage: an answer that could not be sent; one's own words only

export class Draft {
  // page: the element, with `task`, `asked`, `answer()` and `say()`. action: what keeps its drafts; id: the field of a
  // task that says which it is.
  constructor(page, action = "draft", id = "assignment") {
    Object.assign(this, { page, action, id });
    this.timer = null;
    this.round = 0; // one that is under way when another begins, or its answer is sent, says nothing any more
  }
  name(task) { return `${this.action} ${task[this.id]}`; }
  changed() {
    delete this.page.dataset.draft; // "kept" again once it is
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), 500);
  }
  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.round += 1;
  }
  async flush(leaving = false) {
    const { page } = this;
    if (!this.timer || !page.task) return;
    this.stop();
    const { task } = page, { round } = this;
    try {
      await ask(this.action, { [this.id]: task[this.id], revision: task.revision, draft: page.answer() }, { keepalive: leaving });
      if (round === this.round && !this.timer) {
        page.dataset.draft = "kept";
        this.forget();
      }
    } catch (error) {
      if (round !== this.round) return;
      this.keep();
      if (!(error instanceof SignedOut)) page.say("The draft is not saved yet: " + error.message, true);
    }
  }
  keep() {
    const { page } = this;
    if (page.task && page.asked) sessionStorage.setItem(KEPT, JSON.stringify({ of: this.name(page.task), answer: page.answer() }));
  }
  // What a task begins with: its draft, or what could not be sent, which is sent now; of another task it is forgotten.
  of(task) {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (kept?.of === this.name(task)) {
      this.changed();
      return kept.answer;
    }
    this.forget();
    return task.draft;
  }
  forget() { sessionStorage.removeItem(KEPT); }
}

// An answer on the page: what is asked, the comment, and each reply's flags.
export function entered(asked, cards, comment) {
  const flags = Object.fromEntries(cards.filter((card) => card.flags.size).map((card) => [card.letter, [...card.flags]]));
  return { ...asked.value(), flags, comment: comment.value };
}

export function enter(draft, asked, cards, comment) {
  if (!draft || typeof draft !== "object") return;
  asked.restore(draft);
  comment.value = typeof draft.comment === "string" ? draft.comment : "";
  for (const card of cards) for (const flag of draft.flags?.[card.letter] ?? []) card.toggle(flag, true);
}
