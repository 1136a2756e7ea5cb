// The rank list: drag by the grip, ▲▼, or keys; neighbours may tie; a reply may be left out (a partial ranking).
import { h } from "./dom.js";

export class Rank {
  constructor(task, cards, change) {
    this.change = change;
    this.now = 0;
    this.list = h("ol", { class: "ranking", "aria-label": "Your ranking, the best first" });
    // shown: its place in the task, never changes; tied: with the one above; out: left out of the ranking
    this.entries = cards.map((card, shown) => this.entry(card, shown));
    this.live = h("p", { class: "seen-by-readers", "aria-live": "polite" });
    this.touched = false;
    this.element = h("div", {}, h("p", { class: "muted small" }, "Best first. Drag by the grip, or use the buttons or keys. Leave out what you cannot place; two are enough."), this.live);
    this.keys = [["↑ ↓", "choose a reply"], ["Alt + ↑ ↓", "move it up or down"], ["T", "a tie with the one above, or no longer"], ["X", "leave it out, or take it in again"],
      ["1 … 9", "move the chosen reply to that place"]];
    this.show();
  }
  entry(card, shown) {
    const letter = card.letter;
    const button = (sign, label, act) => h("button", { type: "button", "aria-label": `${label}: reply ${letter}`, title: label, onclick: () => { this.now = this.entries.indexOf(one); act(); } }, sign);
    const number = h("b", {});
    const grip = h("div", { class: "grip", title: "Drag", "data-grip": letter }, number, h("i", { "aria-hidden": "true" }, "⣿"));
    const tie = button("=", "Tie with the one above", () => this.tie());
    const out = button("✕", "Leave out", () => this.leave());
    const element = h("li", { "data-letter": letter, tabindex: "-1", onfocus: () => { this.now = this.entries.indexOf(one); } }, grip,
      h("div", { class: "reply" }, card.head, card.body, card.foot),
      h("div", { class: "moves" }, button("▲", "Up", () => this.move(-1)), button("▼", "Down", () => this.move(1)), tie, out));
    const one = { card, shown, letter, element, number, tie, out, tied: false, isOut: false };
    grip.addEventListener("pointerdown", (event) => this.drag(event, one));
    return one;
  }
  content() { return this.list; }
  drag(event, one) {
    event.preventDefault();
    one.element.classList.add("dragged");
    const follow = ({ clientY }) => {
      const others = this.entries.filter((other) => other !== one);
      let place = others.findIndex(({ element }) => { const box = element.getBoundingClientRect(); return clientY < box.top + box.height / 2; });
      if (place < 0) place = others.length;
      if (this.entries.indexOf(one) !== place) { others.splice(place, 0, one); this.settle(others, one); }
    };
    const end = () => {
      one.element.classList.remove("dragged");
      document.removeEventListener("pointermove", follow);
      for (const name of ["pointerup", "pointercancel"]) document.removeEventListener(name, end);
      this.changed(one);
    };
    document.addEventListener("pointermove", follow); // not on the grip: it is taken out and put back as it moves
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, end);
  }
  settle(entries, one) {
    one.tied = false; // what moves leaves its tie
    this.entries = entries;
    if (this.entries[0]) this.entries[0].tied = false;
    this.now = entries.indexOf(one);
    this.show();
  }
  to(place) {
    const one = this.entries[this.now];
    const others = this.entries.filter((other) => other !== one);
    others.splice(Math.max(0, Math.min(others.length, place)), 0, one);
    this.settle(others, one);
    this.changed(one);
  }
  move(by) { this.to(this.now + by); }
  tie() {
    const one = this.entries[this.now];
    if (this.now === 0 || one.isOut || this.entries[this.now - 1].isOut) return;
    one.tied = !one.tied;
    this.changed(one);
  }
  leave() {
    const one = this.entries[this.now];
    one.isOut = !one.isOut;
    const below = this.entries[this.now + 1];
    if (below?.tied && !one.tied) below.tied = false;
    one.tied = false;
    this.changed(one);
  }
  changed(one) {
    this.touched = true;
    this.show();
    one.element.focus({ preventScroll: true });
    one.element.scrollIntoView({ block: "nearest" });
    this.live.textContent = one.isOut ? `Reply ${one.letter} is left out` : `Reply ${one.letter}: place ${this.ranks()[one.shown]}${one.tied ? ", a tie" : ""}`;
    this.change();
  }
  show() {
    this.entries.sort((a, b) => a.isOut - b.isOut); // stable: what is left out stands below
    this.entries.forEach((one, place) => { if (place === 0 || one.isOut) one.tied = false; });
    const ranks = this.ranks();
    const elements = this.entries.map((one) => one.element);
    if (elements.some((element, place) => this.list.children[place] !== element)) this.list.replaceChildren(...elements);
    this.entries.forEach((one, place) => {
      one.number.textContent = one.isOut ? "–" : String(ranks[one.shown]);
      one.element.classList.toggle("tied", one.tied);
      one.element.classList.toggle("out", one.isOut);
      one.tie.setAttribute("aria-pressed", String(one.tied));
      one.tie.disabled = place === 0 || one.isOut;
      one.out.setAttribute("aria-pressed", String(one.isOut));
      one.element.tabIndex = place === this.now ? 0 : -1;
    });
  }
  // By shown place: 1 the best, ties share a number and the next is one more, null where left out.
  ranks() {
    const made = this.entries.map(() => null);
    let rank = 0;
    for (const one of this.entries) {
      if (one.isOut) continue;
      rank += one.tied ? 0 : 1;
      made[one.shown] = rank;
    }
    return made;
  }
  key(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by && event.altKey) this.move(by);
    else if (by) {
      this.now = Math.max(0, Math.min(this.entries.length - 1, this.now + by));
      this.show();
      this.entries[this.now].element.focus();
    } else if (/^[1-9]$/.test(event.key)) this.to(Number(event.key) - 1);
    else if (event.key.toLowerCase() === "t") this.tie();
    else if (event.key.toLowerCase() === "x") this.leave();
    else return false;
    return true;
  }
  value() { return { ranks: this.ranks() }; }
  missing() {
    if (this.entries.filter((one) => !one.isOut).length < 2) return "A ranking needs two replies or more.";
    if (this.touched) return "";
    this.touched = true;
    return "You have moved nothing. Save again if the order shown is yours.";
  }
  restore(draft) {
    const ranks = draft.ranks;
    if (!Array.isArray(ranks) || ranks.length !== this.entries.length) return;
    this.touched = true;
    this.entries.sort((a, b) => (ranks[a.shown] ?? 99) - (ranks[b.shown] ?? 99) || a.shown - b.shown);
    this.entries.forEach((one, place) => {
      one.isOut = ranks[one.shown] === null;
      one.tied = place > 0 && !one.isOut && ranks[one.shown] === ranks[this.entries[place - 1].shown];
    });
    this.show();
  }
}
