// The bar on top of every page: where one is, who one is, theme, sign-out.
import { ask } from "./net.js";
import { h } from "./dom.js";

const PAGES = [["rate", "Rate", "reviewer"], ["chat", "Live chat", "reviewer"], ["adjudicate", "Adjudicate", "adjudicator"], ["dashboard", "Dashboard", "adjudicator"], ["owner", "Manage", "admin"]];
const RANK = { reviewer: 0, adjudicator: 1, admin: 2 };

class Bar extends HTMLElement {
  async connectedCallback() {
    const here = location.pathname.split("/")[1];
    const nav = h("nav", { "aria-label": "Pages" });
    const who = h("span", { class: "muted small hide-small", "data-who": "" });
    this.select = h("select", { "aria-label": "Project", hidden: true, onchange: () => { location.search = `?project=${encodeURIComponent(this.select.value)}`; } });
    const out = h("form", { method: "post", action: "/signout" }, h("button", { class: "quiet" }, "Sign out"));
    this.replaceChildren(h("div", {}, h("a", { class: "brand", href: "/" }, "Attune"), nav, h("span", { class: "grow" }), this.select, who,
      h("button", { type: "button", class: "quiet", "aria-label": "Light or dark", title: "Light or dark", onclick: theme }, "◐"), out));
    document.addEventListener("attune:project", ({ detail }) => this.projects(detail.projects ?? [], detail.project));
    const me = await ask("me").catch(() => null);
    if (!me) return;
    who.textContent = me.name;
    nav.replaceChildren(...PAGES.filter(([, , role]) => RANK[me.role] >= RANK[role]).map(([path, label]) =>
      h("a", { href: `/${path}/`, "aria-current": path === here ? "page" : null }, label)));
    nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  projects(names, chosen) {
    this.select.hidden = names.length < 2;
    this.select.replaceChildren(...names.map((name) => h("option", { value: name, selected: name === chosen }, name)));
  }
}

function theme() {
  const dark = document.body.classList.toggle("dark");
  localStorage.setItem("attune-theme", dark ? "dark" : "light");
}
customElements.define("attune-bar", Bar);
