// Which sets go, which stay, and why: the plan first, then the removal.

import { act } from "./actions.js";
import { post } from "./api.js";
import { ask, field } from "./dialogs.js";
import { h } from "./dom.js";
import { bytes, plural, time } from "./format.js";
import { mark } from "./marks.js";
import { failure, isRunning, runningCard } from "./operation-card.js";
import { changed, find, state } from "./store.js";

const expiry = { site: null, id: null, planned: true };

export function expiryPart() {
  if (expiry.site !== state.site) {
    Object.assign(expiry, { site: state.site, id: null });
  }
  const operation = expiry.id ? find(expiry.id) : null;
  return h("section", { "aria-labelledby": "expiry" },
    h("div", { class: "row" }, h("h2", { id: "expiry" }, "Expiry"), h("span", { class: "grow" }), h("button", { type: "button", onclick: () => start(true) }, "What would expire?")),
    h("p", { class: "dim" }, "Sets expire behind every scheduled backup, by the rules of the settings; held sets never do."),
    expiry.id && (!operation || isRunning(operation)) ? (operation ? runningCard(operation) : h("p", { class: "dim" }, "About to begin…")) : null,
    operation && !isRunning(operation) ? (operation.state === "succeeded" ? outcome(operation.result) : failure(operation)) : null);
}

async function start(plan) {
  const answer = await act(plan ? "Plan of an expiry" : "Expiry", () => post("expire", { site: state.site, plan }));
  if (answer) {
    Object.assign(expiry, { id: answer.id, planned: plan });
    changed();
  }
}

async function remove(sets) {
  const answer = await ask({
    title: "Remove the expired sets",
    text: [`${plural(sets.length, "set")} and the artifacts that no other set needs go for good. What goes is decided anew by the same rules; a set that is held by then stays.`],
    fields: [field("expire-typed", `Type the site's name, ${state.site}, to confirm`, h("input", { id: "expire-typed", name: "typed", autocomplete: "off", spellcheck: "false" }))],
    confirm: "Remove them", danger: true, valid: (values) => values.typed === state.site,
  });
  return answer && start(false);
}

function outcome(result) {
  const going = result.sets.filter((set) => set.expires);
  return h("div", { class: "card" },
    h("p", {}, mark("ok"), result.planned
      ? ` ${plural(going.length, "set")} of ${result.sets.length} would expire${going.length > 0 ? ":" : "."}`
      : ` ${plural(result.expired, "set")} removed, ${bytes(result.freedBytes)} freed.`),
    result.problems?.length > 0 ? h("ul", { class: "findings" }, result.problems.map((problem) => h("li", {}, problem.what ?? problem))) : null,
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Sets and what becomes of them" }, h("table", {}, h("caption", { class: "unseen" }, "Sets and what becomes of them"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Set"), h("th", { scope: "col" }, "Of"), h("th", { scope: "col" }, "Becomes"), h("th", { scope: "col" }, "Why"))),
      h("tbody", {}, [...going, ...result.sets.filter((set) => !set.expires)].map((set) => h("tr", {}, h("td", {}, set.label), h("td", {}, time(set.at)),
        h("td", {}, h("span", { class: `word ${set.expires ? "warning" : "ok"}` }, set.expires ? (result.planned ? "would go" : "gone") : "stays")), h("td", {}, set.reasons.join("; "))))))),
    result.planned && going.length > 0 ? h("div", { class: "row end" }, h("button", { type: "button", class: "danger", onclick: () => remove(going) }, "Remove them now…")) : null);
}
