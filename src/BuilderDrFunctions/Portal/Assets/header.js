// The strip on top: where we are, where to go, and the way to a restore, which is never further than one step.

import { h, s } from "./dom.js";
import { changed, state } from "./store.js";
import { nextTheme, theme } from "./theme.js";

export function header(view, { views, changeSite, signOut }) {
  return [
    h("div", { class: "bar" },
      h("a", { class: "brand", href: "#overview", "aria-label": "Builder DR, overview" }, shield(), h("span", {}, "Builder DR")),
      state.sites.length > 1
        ? h("label", { class: "site" }, h("span", { class: "unseen" }, "Site"),
          h("select", { id: "site", value: state.site, onchange: (event) => changeSite(event.target.value) },
            state.sites.map((site) => h("option", { value: site, selected: site === state.site }, site))))
        : h("span", { class: "site" }, state.site),
      h("span", { class: "grow" }),
      h("button", { class: "quiet", type: "button", onclick: () => { nextTheme(); changed(); } }, h("span", {}, "Theme", h("span", { class: "wide" }, `: ${theme()}`))),
      h("button", { class: "quiet", type: "button", onclick: signOut }, "Sign out")),
    h("nav", { "aria-label": "Views" },
      h("ul", {}, views.map((entry) => h("li", {},
        h("a", { href: `#${entry.name}`, class: entry.name === "restore" ? "urgent" : null, "aria-current": entry === view ? "page" : null },
          entry.title, entry.name === "operations" && state.active.length > 0 ? h("span", { class: "badge" }, String(state.active.length), h("span", { class: "unseen" }, " running")) : null))))),
  ];
}

function shield() {
  return s("svg", { viewBox: "0 0 32 32", "aria-hidden": "true", width: "24", height: "24" },
    s("path", { class: "shield", d: "M16 2 4 6.5v9C4 23 9 28 16 30c7-2 12-7 12-14.5v-9z" }),
    s("path", { class: "tick", d: "m10 16 4.5 4.5L22.5 12" }));
}
