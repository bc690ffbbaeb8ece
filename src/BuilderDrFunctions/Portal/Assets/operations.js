// What runs and what ran.

import { h } from "./dom.js";
import { kindName, day } from "./format.js";
import { historyItem, isRunning, runningCard } from "./operation-card.js";
import { changed, empty, loadMoreOperations, state } from "./store.js";

const SHOWN = 40;
let kind = "";
let shown = SHOWN;

export function operationsView() {
  const kinds = [...new Set(state.recent.map((operation) => operation.kind))].sort();
  const ended = state.recent.filter((operation) => !isRunning(operation) && (kind === "" || operation.kind === kind));
  return [
    h("h1", {}, "Operations"),
    h("section", { "aria-labelledby": "running" },
      h("h2", { id: "running" }, "Running now"),
      state.active.length > 0 ? state.active.map(runningCard) : h("p", { class: "dim empty" }, empty("active", "Nothing is running."))),
    h("section", { "aria-labelledby": "ended" },
      h("div", { class: "row" },
        h("h2", { id: "ended" }, "Ended"),
        h("span", { class: "grow" }),
        h("label", { for: "kind" }, "Show"),
        h("select", { id: "kind", value: kind, onchange: (event) => { kind = event.target.value; changed(); } },
          h("option", { value: "" }, "every kind"),
          kinds.map((name) => h("option", { value: name, selected: name === kind }, kindName(name))))),
      ended.length > 0 ? ended.slice(0, shown).map(historyItem) : h("p", { class: "dim empty" }, empty("recent", "None in this time.")),
      h("div", { class: "row" },
        h("span", { class: "dim" }, `${Math.min(shown, ended.length)} of ${ended.length} since ${day(state.since)}`),
        ended.length > shown ? h("button", { type: "button", onclick: () => { shown += SHOWN; changed(); } }, "Show more")
          : h("button", { type: "button", onclick: loadMoreOperations }, "Two weeks more"))),
  ];
}
