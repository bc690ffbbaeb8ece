// The trail: who did what, when, and how it ended; each record holds the digest of the one before.

import { get, query } from "./api.js";
import { h } from "./dom.js";
import { count, plural, time } from "./format.js";
import { mark } from "./marks.js";
import { changed, state } from "./store.js";

const KEEP = 10_000;
const trail = { site: null, at: 0, records: [], before: null, problem: null, verdict: null, verifying: false };

export function auditView() {
  if (trail.site !== state.site || Date.now() - trail.at > KEEP) {
    void load();
  }
  return [
    h("div", { class: "row" }, h("h1", {}, "Audit trail"), h("span", { class: "grow" }),
      h("button", { type: "button", disabled: trail.verifying, onclick: verify }, trail.verifying ? "Reading it again…" : "Verify the chain")),
    h("p", {}, "Every call that changed something and every run. Each record carries the digest of the one before, so a removed or changed one is found."),
    h("div", { role: "status" }, trail.verdict ? verdict(trail.verdict) : null),
    trail.problem ? h("p", { class: "bad" }, `${trail.problem.message}. ${trail.problem.hint ?? ""}`) : null,
    trail.records.length === 0
      ? h("p", { class: "empty" }, trail.at === 0 || trail.site !== state.site ? "Reading…" : "Nothing yet.")
      : h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Audit trail" }, table()),
    trail.before ? h("div", { class: "row" }, h("button", { type: "button", onclick: older }, "Show older")) : null,
  ];
}

function table() {
  return h("table", {}, h("caption", { class: "unseen" }, "Audit trail, newest first"),
    h("thead", {}, h("tr", {}, ["When", "Who", "What", "Outcome", "Operation", "No."].map((name) => h("th", { scope: "col", class: name === "No." ? "number" : null }, name)))),
    h("tbody", {}, trail.records.map((record) => h("tr", { "data-key": `audit-${record.sequence}` },
      h("td", {}, time(record.at)), h("td", {}, record.who), h("td", {}, record.what),
      h("td", {}, h("span", { class: `word ${levelOf(record)}` }, record.outcome), record.code ? h("span", { class: "dim" }, ` ${record.code}`) : null),
      h("td", { class: "id" }, record.operationId ?? ""), h("td", { class: "number dim" }, String(record.sequence))))));
}

const levelOf = (record) => (record.code || /^[45]|failed/.test(record.outcome) ? "critical" : /cancel|terminat/.test(record.outcome) ? "warning" : "ok");

function verdict(found) {
  return h("div", { class: `problem ${found.passed ? "ok" : "critical"}` }, mark(found.passed ? "ok" : "critical"),
    h("div", {}, h("p", {}, found.passed ? `The chain is whole: ${plural(found.records, "record")}, the last is number ${count(found.head.sequence)}.` : `${plural(found.findingCount, "finding")} in ${plural(found.records, "record")}.`),
      found.findings.length > 0 ? h("ul", { class: "findings" }, found.findings.map((finding) => h("li", {}, finding))) : null));
}

async function load() {
  const other = trail.site !== state.site;
  Object.assign(trail, { site: state.site, at: Date.now() }, other ? { records: [], before: null, verdict: null } : {});
  await ask(async () => {
    const page = await get(query("audit", { site: trail.site, top: 50 }));
    const last = page.records.at(-1)?.sequence ?? 0;
    const known = trail.records.filter((record) => record.sequence < last);
    Object.assign(trail, { records: [...page.records, ...known], before: known.length > 0 ? trail.before : page.before ?? null });
  });
}

const older = () => ask(async () => {
  const page = await get(query("audit", { site: trail.site, top: 100, before: trail.before }));
  Object.assign(trail, { records: [...trail.records, ...page.records], before: page.before ?? null });
});

async function verify() {
  trail.verifying = true;
  changed();
  await ask(async () => { trail.verdict = await get("audit/verify"); });
  trail.verifying = false;
  changed();
}

async function ask(work) {
  try {
    await work();
    trail.problem = null;
  } catch (problem) {
    trail.problem = problem;
  }
  changed();
}
