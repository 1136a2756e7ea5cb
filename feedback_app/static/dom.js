// Building elements. Text goes in as text; only what the server has rendered (`html`) goes in as markup.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

export const kbd = (key) => h("kbd", { "aria-hidden": "true" }, key);

// A text in both views; `raw(true)` on it shows what was really written.
export function text({ html, raw }) {
  const read = h("div", { class: "text", "data-view": "read" });
  read.innerHTML = html;
  const plain = h("pre", { "data-view": "raw", hidden: true, tabindex: "0", "aria-label": "Raw text" });
  plain.textContent = raw;
  return h("div", { "data-text": "" }, read, plain);
}

// What the bot was given, and what a right reply would hold.
export function known({ context, facts }) {
  const right = h("div", {}, h("p", { class: "small muted" }, "A right reply contains:"), h("ul", {}, ...facts.map((fact) => h("li", {}, fact))));
  return [...context.map((one) => h("pre", {}, one)), ...(facts.length ? [right] : [])];
}

export function showRaw(within, on) {
  for (const view of within.querySelectorAll("[data-view]")) view.hidden = (view.dataset.view === "raw") !== on;
}

export function typing(target) {
  return target instanceof HTMLElement && (target.matches("textarea, input, select") || target.isContentEditable);
}

// One reply, with its flags and buttons. The card knows nothing of what is asked about it.
export class Reply {
  constructor(reply, flags, { change, edit }) {
    this.letter = reply.letter;
    this.source = reply.text;
    this.flags = new Set();
    const name = `reply ${reply.letter}`;
    this.raw = h("button", { type: "button", "aria-pressed": "false", "aria-label": `Raw text of ${name}`, onclick: () => this.toggleRaw() }, "Raw");
    this.chips = flags.map(({ key, label }) =>
      h("button", { type: "button", "aria-pressed": "false", "data-flag": key, "aria-label": `${label}: flag ${name}`,
        onclick: () => { this.toggle(key); change(); } }, label));
    this.body = text(reply);
    this.head = h("header", {}, h("span", { class: "letter", "aria-hidden": "true" }, reply.letter),
      h("h2", { class: "grow" }, `Reply ${reply.letter}`), this.raw,
      h("button", { type: "button", "aria-label": `Edit ${name}: how should it read?`, onclick: () => edit(this) }, "Edit"));
    this.foot = h("div", { class: "flags", role: "group", "aria-label": `Flags of ${name}` }, ...this.chips);
    this.element = h("article", { class: "card reply fresh", "data-reply": reply.letter, "aria-label": `Reply ${reply.letter}` },
      this.head, this.body, this.foot);
  }
  toggleRaw(on = this.raw.getAttribute("aria-pressed") !== "true") {
    this.raw.setAttribute("aria-pressed", String(on));
    showRaw(this.body, on);
  }
  toggle(key, on = !this.flags.has(key)) {
    on ? this.flags.add(key) : this.flags.delete(key);
    for (const chip of this.chips) if (chip.dataset.flag === key) chip.setAttribute("aria-pressed", String(on));
  }
}
