// The sets: a table to compare them, and one of them in detail.

import { h } from "./dom.js";
import { details } from "./backup-details.js";
import { expiryPart } from "./expiry.js";
import { age, bytes, count, day, duration, moment, plural } from "./format.js";
import { chip, mark } from "./marks.js";
import { empty, loadOlder, now, state } from "./store.js";
import { argument } from "./views.js";

const SHOWN = 50;
let shown = SHOWN;
let shownSite = null;

export function backupsView() {
  if (shownSite !== state.site) {
    shownSite = state.site;
    shown = SHOWN;
  }
  const chosen = argument();
  const sets = state.sets.slice(0, shown);
  return [
    h("h1", {}, "Backups"),
    chosen ? details(chosen) : null,
    h("p", { class: "dim" }, `In ${state.vault}. `, state.sets.length > 0 ? `The newest recovery point is ${age((now() - Date.parse(state.sets[0].recoveryPoint)) / 1000)} old.` : ""),
    state.damaged.map((set) => h("div", { class: "problem critical", "data-key": set.label }, mark("critical"),
      h("div", {}, h("strong", {}, `Set ${set.label} cannot be used`), h("p", {}, `${set.code}: ${set.what}`), h("p", { class: "next" }, h("strong", {}, "Next step: "), set.hint)))),
    state.sets.length === 0
      ? h("p", { class: "empty" }, empty("sets", "There is no set yet. The first backup makes one."))
      : h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Backup sets" }, table(sets, chosen)),
    h("div", { class: "row" },
      h("span", { class: "dim" }, `${count(sets.length)} of ${count(state.sets.length)}${state.older ? "+" : ""} shown`),
      sets.length < state.sets.length || state.older ? h("button", { type: "button", onclick: more }, "Show more") : null),
    expiryPart(),
  ];
}

async function more() {
  shown += SHOWN;
  if (shown > state.sets.length && state.older) {
    await loadOlder();
  } else {
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}

function table(sets, chosen) {
  return h("table", { class: "sets" },
    h("caption", { class: "unseen" }, "Backup sets, newest first"),
    h("thead", {}, h("tr", {},
      ["Recovery point and set", "Verdicts", "Dump", "Artifacts", "Fetched", "Took", "API down"].map((name, index) =>
        h("th", { scope: "col", class: index > 1 ? "number" : null }, name)))),
    h("tbody", {}, sets.map((set) => h("tr", { "data-key": set.label, class: set.label === chosen ? "chosen" : null },
      h("td", {}, h("strong", {}, moment(set.recoveryPoint)), h("a", { class: "id", href: `#backups/${set.label}` }, set.label)),
      h("td", {}, chips(set)),
      h("td", { class: "number" }, bytes(set.dumpBytes)),
      h("td", { class: "number", title: `${count(set.artifacts)} artifacts` }, bytes(set.artifactBytes)),
      h("td", { class: "number" }, bytes(set.fetchedBytes)),
      h("td", { class: "number" }, duration(set.seconds)),
      h("td", { class: "number" }, set.apiDownSeconds > 0 ? duration(set.apiDownSeconds) : "none")))));
}

/** What is known of a set, in coloured words. */
export function chips(set) {
  return h("span", { class: "chips" },
    set.held ? chip("running", "held", "it does not expire") : null,
    set.complete ? chip("ok", "complete") : chip("critical", "incomplete", "a restore would lack artifacts"),
    proof(set.proof?.verified, "verified"),
    proof(set.proof?.drilled, "drilled"),
    set.hasConfiguration ? null : chip("warning", "no keys", "Builder's keys and configuration are not in the set"),
    set.warnings > 0 ? chip("warning", plural(set.warnings, "warning")) : null);
}

const proof = (found, name) => (found ? chip(found.passed ? "ok" : "critical", found.passed ? name : `${name}: ${plural(found.findings, "finding")}`, day(found.at)) : null);
