// The merges that an installation from before August 2018 needs: analysis first, then the confirmation, then the report.

import { act } from "./actions.js";
import { get, post, query } from "./api.js";
import { h } from "./dom.js";
import { bytes, count, duration, plural, time } from "./format.js";
import { mark } from "./marks.js";
import { reportPart } from "./merge-report.js";
import { failure, isRunning, runningCard } from "./operation-card.js";
import { changed, find, state } from "./store.js";
import { argument } from "./views.js";

const KEEP = 15_000;
const KINDS = {
  builder_originsrv: "Shards of builder_originsrv",
  builder_sessionsrv: "Shards of builder_sessionsrv",
  builder_jobsrv: "Shards of builder_jobsrv",
  databases: "Both databases into builder",
};

const merge = { site: null, at: 0, kind: "builder_originsrv", id: null, typed: "", ended: null, done: [] };

export function mergeView() {
  if (merge.site !== state.site) {
    Object.assign(merge, { site: state.site, at: 0, id: null, typed: "", done: [] });
  }
  if (Date.now() - merge.at > KEEP) {
    void load();
  }
  const operation = merge.id ? find(merge.id) : null;
  if (operation && !isRunning(operation) && merge.ended !== operation.id) {
    merge.ended = operation.id;
    void load();
  }
  return [
    h("h1", {}, "Merge"),
    h("p", {}, "Builders from before August 2018 keep their data in 128 shards and three databases. They are merged in two steps: the shards of each database, then the databases into one. ",
      "Everything is read and compared first; a merge that cannot be proved changes nothing."),
    argument() ? reportPart(argument()) : null,
    chooser(),
    merge.id && (!operation || isRunning(operation)) ? h("section", {}, operation ? runningCard(operation) : h("p", { class: "dim" }, "About to begin…")) : null,
    operation && !isRunning(operation) ? outcome(operation) : null,
    h("section", { "aria-labelledby": "merges" }, h("h2", { id: "merges" }, "Merges done"),
      merge.done.length === 0 ? h("p", { class: "empty" }, "None on this site.") : h("ul", { class: "checks" }, merge.done.map((done) =>
        h("li", {}, mark("ok"), h("a", { href: `#merge/${done.operationId}` }, time(done.endedAt)),
          h("span", {}, `${plural(done.rows, "row")} of ${plural(done.tables, "table")} into ${done.database} in ${duration(done.seconds)}`))))),
  ];
}

async function load() {
  merge.at = Date.now();
  try {
    merge.done = (await get(query("merges", { site: merge.site }))).merges;
  } catch (problem) {
    state.problem = problem;
  }
  changed();
}

function chooser() {
  return h("form", { class: "card", onsubmit: (event) => { event.preventDefault(); void start("plan"); } },
    h("div", { class: "field" }, h("label", { for: "merge-kind" }, "What"),
      h("select", { id: "merge-kind", onchange: (event) => { Object.assign(merge, { kind: event.target.value, id: null, typed: "" }); changed(); } },
        Object.entries(KINDS).map(([kind, name]) => h("option", { value: kind, selected: kind === merge.kind }, name)))),
    h("div", { class: "row" }, h("button", { type: "submit", class: "primary" }, "Analyze"), h("span", { class: "dim" }, "changes nothing")));
}

async function start(mode) {
  const body = { site: state.site, mode, ...(mode === "migrate" ? { confirm: merge.typed } : {}) };
  const answer = await act(mode === "plan" ? "Analysis" : "Merge", () => (merge.kind === "databases"
    ? post("merges/databases", body)
    : post("merges/shards", { ...body, database: merge.kind })));
  if (answer) {
    Object.assign(merge, { id: answer.id, typed: "", at: 0 });
    changed();
  }
}

function outcome(operation) {
  if (operation.state !== "succeeded") {
    return h("section", { class: "card" }, h("h2", {}, mark("critical", 24), " It did not succeed"), failure(operation), h("p", { class: "dim" }, "Nothing was merged."));
  }
  const { outcome: came, plan, merge: done } = operation.result;
  if (came !== "Planned") {
    return h("section", { class: "card" }, h("h2", {}, mark("ok", 24), came === "Merged" ? " Merged, and proved row by row" : " It was merged before; nothing was changed"),
      done ? h("p", {}, `${plural(done.rows, "row")} of ${plural(done.tables, "table")} in ${duration(done.seconds)}. `, h("a", { href: `#merge/${done.operationId}` }, "The report")) : null);
  }
  const blocked = plan.problems.length > 0;
  return [analysis(plan, blocked), blocked || plan.isMerged ? null : confirmation()];
}

function analysis(plan, blocked) {
  return h("section", { class: "card", "aria-labelledby": "analysis" },
    h("h2", { id: "analysis" }, mark(blocked ? "critical" : "ok", 24), blocked ? ` ${plural(plan.problems.length, "problem")} in the way` : plan.isMerged ? " Merged already" : " Nothing stands against it"),
    h("p", {}, `${plural(plan.tables.reduce((sum, table) => sum + table.rows, 0), "row")} in ${plural(plan.tables.length, "table")}, ${bytes(plan.bytes)} on disk, into ${plan.database}.`),
    plan.problems.map((problem) => h("article", { class: "problem critical" }, mark("critical"),
      h("div", {}, h("p", {}, h("strong", {}, `${problem.code} `), problem.what), h("p", { class: "next" }, h("strong", {}, "Next step: "), problem.hint)))),
    plan.notes.length > 0 ? h("ul", { class: "findings" }, plan.notes.map((note) => h("li", {}, note))) : null,
    plan.tables.length > 0 ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Tables to be merged" }, h("table", {}, h("caption", { class: "unseen" }, "Tables, in the order they are merged"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Table"), h("th", { scope: "col" }, "From"), h("th", { scope: "col", class: "number" }, "Rows"), h("th", { scope: "col", class: "number" }, "Shards with rows"))),
      h("tbody", {}, plan.tables.map((table) => h("tr", {}, h("td", {}, table.table), h("td", {}, table.source), h("td", { class: "number" }, count(table.rows)), h("td", { class: "number" }, table.shards > 0 ? count(table.shards) : "")))))) : null);
}

function confirmation() {
  const sure = merge.typed === state.site;
  return h("form", { class: "card grave", onsubmit: (event) => { event.preventDefault(); if (sure) { void start("migrate"); } } },
    h("h2", {}, KINDS[merge.kind]),
    h("p", {}, "A backup is taken first, unless a young one holds the databases as they are. Builder should not be in use meanwhile."),
    h("div", { class: "field" }, h("label", { for: "merge-typed" }, "Type the site's name, ", h("code", {}, state.site), ", to confirm"),
      h("input", { id: "merge-typed", autocomplete: "off", autocapitalize: "off", spellcheck: "false", value: merge.typed, oninput: (event) => { merge.typed = event.target.value; changed(); } })),
    h("div", { class: "row end" }, h("button", { type: "submit", class: "danger", disabled: !sure }, "Merge")));
}
