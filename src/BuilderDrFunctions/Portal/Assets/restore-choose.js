// Step 1: which set, which parts of it, and where to.

import { h } from "./dom.js";
import { age, bytes, moment } from "./format.js";
import { now, state } from "./store.js";

const PARTS = {
  database: ["Databases", "every package, channel, origin and account"],
  artifacts: ["Artifacts", "those that are missing from the bucket or differ; others stay"],
  keys: ["Keys and configuration", "without Builder's keys its secrets and tokens are dead"],
};

export function chooseStep(wizard, { set, makePlan }) {
  const ready = wizard.parts.length > 0 && (wizard.pick !== "label" || wizard.label) && (wizard.pick !== "asOf" || wizard.asOf);
  return h("form", { class: "card", onsubmit: (event) => { event.preventDefault(); void makePlan(); } },
    h("div", { class: "columns" }, fieldsets(wizard, set)),
    h("div", { class: "row end" }, h("button", { type: "submit", class: "primary", disabled: !ready }, "Make a plan"), h("span", { class: "dim" }, "changes nothing")),
    h("details", {}, h("summary", {}, "Is the Builder's machine gone altogether?"),
      h("p", {}, "Install Builder anew, point this site's settings at the new machine, keep the site's name, and restore here. The new machine has keys of its own: overwrite them with the set's, or its secrets are dead. ",
        h("code", {}, "docs/restore.md"), " goes through it step by step, also without this program.")));
}

function fieldsets(wizard, set) {
  return [
    h("fieldset", {}, h("legend", {}, "Which set"), which(wizard, set)),
    h("fieldset", {}, h("legend", {}, "What of it"), Object.entries(PARTS).map(([part, [name, text]]) =>
      choice("checkbox", "parts", part, wizard.parts.includes(part), name, text, (event) =>
        set({ parts: event.target.checked ? [...wizard.parts, part] : wizard.parts.filter((other) => other !== part) })))),
    h("fieldset", {}, h("legend", {}, "Where to"),
      choice("radio", "mode", "replace", wizard.mode === "replace", `In place of what ${state.site} has now`,
        "Builder comes back as it was. Its API is down for the moment of the swap; the former database is kept.", () => set({ mode: "replace" })),
      choice("radio", "mode", "scratch", wizard.mode === "scratch", "Beside it, to look at",
        "Into a new database and below a new prefix of the bucket; what is live is left alone.", () => set({ mode: "scratch" }))),
  ];
}

function which(wizard, set) {
  const newest = state.sets[0];
  return [
    state.sites.length > 1 ? h("div", { class: "field" }, h("label", { for: "source" }, "Of which Builder"),
      h("select", { id: "source", onchange: (event) => set({ source: event.target.value, pick: "latest" }) },
        state.sites.map((site) => h("option", { value: site, selected: site === (wizard.source || state.site) }, site)))) : null,
    choice("radio", "pick", "latest", wizard.pick === "latest", "The newest",
      newest && !wizard.source ? `shows ${state.site} as of ${moment(newest.recoveryPoint)}, ${age((now() - Date.parse(newest.recoveryPoint)) / 1000)} ago` : "", () => set({ pick: "latest" })),
    choice("radio", "pick", "label", wizard.pick === "label", "This one", "", () => set({ pick: "label", label: wizard.label || newest?.label || "" })),
    h("div", { class: "field indented", hidden: wizard.pick !== "label" }, h("label", { for: "set" }, "Set"),
      h("select", { id: "set", onchange: (event) => set({ label: event.target.value }) }, options(wizard).map((entry) =>
        h("option", { value: entry.label, selected: entry.label === wizard.label },
          entry.recoveryPoint ? `${moment(entry.recoveryPoint)} · ${entry.label} · ${bytes(entry.dumpBytes)}${entry.complete ? "" : " · incomplete"}` : entry.label)))),
    choice("radio", "pick", "asOf", wizard.pick === "asOf", "As it was at a moment", "the newest set that shows nothing later", () => set({ pick: "asOf" })),
    h("div", { class: "field indented", hidden: wizard.pick !== "asOf" }, h("label", { for: "as-of" }, "Moment (UTC)"),
      h("input", { id: "as-of", type: "datetime-local", step: "1", value: wizard.asOf, oninput: (event) => set({ asOf: event.target.value }) })),
  ];
}

function options(wizard) {
  const sets = state.sets.slice(0, 200);
  return !wizard.label || sets.some((entry) => entry.label === wizard.label) ? sets : [{ label: wizard.label }, ...sets];
}

/** A radio button or a box to tick, with what it means. */
export function choice(type, name, value, checked, title, text, changed) {
  const id = `${name}-${value}`;
  return h("div", { class: "choice" },
    h("input", { type, name, id, value, checked, onchange: changed, "aria-describedby": text ? `${id}-text` : null }),
    h("label", { for: id }, title), text ? h("p", { class: "hint", id: `${id}-text` }, text) : null);
}
