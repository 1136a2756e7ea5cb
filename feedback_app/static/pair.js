// Two replies side by side: a 7-point strength with a tie in the middle, or "both bad".
import { h, kbd } from "./dom.js";

const WORDS = ["A much better", "A better", "A slightly better", "Tie", "B slightly better", "B better", "B much better"];

export class Pair {
  constructor(task, cards, change) {
    this.cards = cards;
    this.change = change;
    this.strength = null; // 3 … -3: above 0 the left reply is better, as in the database
    this.bothBad = false;
    this.points = WORDS.map((word, place) =>
      h("button", { type: "button", role: "radio", "aria-checked": "false", "data-strength": String(3 - place),
        tabindex: place === 3 ? "0" : "-1", onclick: () => this.set(3 - place) }, h("span", {}, word), kbd(String(place + 1))));
    this.bad = h("button", { type: "button", "aria-pressed": "false", "data-both-bad": "", onclick: () => this.setBad() }, "Both bad", kbd("B"));
    this.element = h("div", { class: "stack" },
      h("div", { class: "under" }, h("h2", { id: "scale-title" }, "Which reply is better?"), this.bad),
      h("div", { class: "scale", role: "radiogroup", "aria-labelledby": "scale-title" }, ...this.points));
    this.keys = [["1 … 7", "from “A much better” over “a tie” (4) to “B much better”"], ["← →", "one step towards A or B"], ["B", "both bad: neither may be sent"]];
  }
  content() { return h("div", { class: "replies" }, ...this.cards.map((card) => card.element)); }
  set(strength) { this.strength = strength; this.bothBad = false; this.show(); this.change(); }
  setBad() { this.bothBad = !this.bothBad; this.strength = null; this.show(); this.change(); }
  show() {
    for (const point of this.points) {
      const on = Number(point.dataset.strength) === this.strength;
      point.setAttribute("aria-checked", String(on));
      point.tabIndex = on || (this.strength === null && point.dataset.strength === "0") ? 0 : -1;
    }
    this.bad.setAttribute("aria-pressed", String(this.bothBad));
    const ahead = Math.sign(this.strength ?? 0);
    this.cards[0].element.classList.toggle("ahead", ahead > 0);
    this.cards[1].element.classList.toggle("ahead", ahead < 0);
  }
  key(event) {
    if (/^[1-7]$/.test(event.key)) this.set(4 - Number(event.key));
    else if (event.key === "ArrowLeft") this.set(Math.min(3, (this.strength ?? 0) + 1));
    else if (event.key === "ArrowRight") this.set(Math.max(-3, (this.strength ?? 0) - 1));
    else if (event.key.toLowerCase() === "b") this.setBad();
    else return false;
    return true;
  }
  value() { return this.bothBad ? { both_bad: true } : { strength: this.strength }; }
  missing() { return this.bothBad || this.strength !== null ? "" : "Choose how the two compare first: keys 1 to 7, or B."; }
  restore(draft) {
    this.bothBad = draft.both_bad === true;
    this.strength = Number.isInteger(draft.strength) && Math.abs(draft.strength) <= 3 ? draft.strength : null;
    if (this.bothBad) this.strength = null;
    this.show();
  }
}
