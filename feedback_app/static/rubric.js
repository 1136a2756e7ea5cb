// Each reply scored from 1 to 5 on each dimension of the rubric.
import { h } from "./dom.js";

export class Rubric {
  constructor(task, cards, change) {
    this.cards = cards;
    this.change = change;
    this.now = 0;
    this.scores = Object.fromEntries(cards.map((card) => [card.letter, {}]));
    this.lines = cards.flatMap((card) => task.rubric.dimensions.map((dimension) => this.line(card, dimension)));
    this.element = h("p", { class: "muted small" }, "Score every dimension of every reply: keys 1 to 5 set the underlined one and go on to the next.");
    this.keys = [["1 … 5", "score the underlined dimension, and go to the next"], ["↑ ↓", "the dimension before or after"]];
    this.show();
  }
  line(card, dimension) {
    const buttons = [1, 2, 3, 4, 5].map((score) =>
      h("button", { type: "button", role: "radio", "aria-checked": "false", "data-score": String(score),
        "aria-label": `${dimension.label} of reply ${card.letter}: ${score} of 5`,
        onclick: () => { this.now = this.lines.indexOf(line); this.set(line, score); } }, String(score)));
    const ends = dimension.low || dimension.high ? `1 ${dimension.low} – 5 ${dimension.high}` : "";
    const element = h("fieldset", { class: "dimension", role: "radiogroup", "aria-label": `${dimension.label} of reply ${card.letter}`, "data-dimension": dimension.key },
      h("legend", {}, h("b", {}, dimension.label), h("span", {}, ends)), h("div", {}, ...buttons));
    card.foot.before(element);
    const line = { letter: card.letter, key: dimension.key, element, buttons };
    return line;
  }
  content() { return h("div", { class: "replies" }, ...this.cards.map((card) => card.element)); }
  set(line, score) {
    this.scores[line.letter][line.key] = score;
    this.now = Math.min(this.lines.indexOf(line) + 1, this.lines.length - 1);
    this.show();
    this.change();
  }
  show() {
    this.lines.forEach((line, place) => {
      line.element.classList.toggle("now", place === this.now);
      const chosen = this.scores[line.letter][line.key];
      for (const button of line.buttons) button.setAttribute("aria-checked", String(Number(button.dataset.score) === chosen));
    });
  }
  step(by) {
    this.now = Math.max(0, Math.min(this.lines.length - 1, this.now + by));
    this.show();
    this.lines[this.now].element.scrollIntoView({ block: "nearest" });
  }
  key(event) {
    if (/^[1-5]$/.test(event.key)) this.set(this.lines[this.now], Number(event.key));
    else if (event.key === "ArrowUp") this.step(-1);
    else if (event.key === "ArrowDown") this.step(1);
    else return false;
    return true;
  }
  value() { return { scores: this.scores }; }
  missing() {
    const open = this.lines.filter((line) => !(line.key in this.scores[line.letter]));
    return open.length ? `${open.length} of ${this.lines.length} scores are still open.` : "";
  }
  restore(draft) {
    for (const line of this.lines) {
      const score = draft.scores?.[line.letter]?.[line.key];
      if (Number.isInteger(score) && score >= 1 && score <= 5) this.scores[line.letter][line.key] = score;
    }
    const open = this.lines.findIndex((line) => !(line.key in this.scores[line.letter]));
    this.now = open < 0 ? 0 : open;
    this.show();
  }
}
