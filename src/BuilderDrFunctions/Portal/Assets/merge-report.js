// What a merge did, table by table, with the digests that prove it.

import { get } from "./api.js";
import { h } from "./dom.js";
import { count, duration, plural, time } from "./format.js";
import { mark } from "./marks.js";
import { changed } from "./store.js";

const loaded = { id: null, report: null, problem: null };

export function reportPart(id) {
  if (loaded.id !== id) {
    void load(id);
  }
  const report = loaded.report;
  return h("section", { class: "card", "aria-labelledby": "report" },
    h("div", { class: "row" }, h("h2", { id: "report" }, "Report"), h("span", { class: "grow" }), h("a", { class: "button quiet", href: "#merge" }, "Close")),
    loaded.problem ? h("p", { class: "bad" }, `${loaded.problem.message}. ${loaded.problem.hint ?? ""}`) : null,
    report ? body(report) : h("p", { class: "dim" }, "Reading…"));
}

async function load(id) {
  Object.assign(loaded, { id, report: null, problem: null });
  try {
    loaded.report = await get(`merges/${encodeURIComponent(id)}`);
  } catch (problem) {
    loaded.problem = problem;
  }
  changed();
}

function body(report) {
  const differ = report.tables.filter((table) => table.digest !== table.sourceDigest);
  return [
    h("p", {}, mark(differ.length === 0 ? "ok" : "critical"), ` ${plural(report.rows, "row")} of ${plural(report.tables.length, "table")} into ${report.database}, `,
      differ.length === 0 ? "every table the same on both sides." : `${plural(differ.length, "table")} differ.`),
    h("dl", { class: "facts" },
      h("dt", {}, "Ended"), h("dd", {}, time(report.endedAt)),
      h("dt", {}, "Took"), h("dd", {}, `${duration(report.seconds)}: ${report.stages.map((stage) => `${stage.name} ${duration(stage.seconds)}`).join(", ")}`),
      report.backup ? [h("dt", {}, "The sources as they were"), h("dd", {}, h("a", { href: `#backups/${report.backup}` }, report.backup))] : null),
    report.decisions.length > 0 ? h("ul", { class: "findings" }, report.decisions.map((decision) => h("li", {}, decision))) : null,
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Merged tables" }, h("table", {}, h("caption", { class: "unseen" }, "Merged tables"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Table"), h("th", { scope: "col" }, "From"), h("th", { scope: "col", class: "number" }, "Rows"), h("th", { scope: "col" }, "Digest of both sides"), h("th", { scope: "col", class: "number" }, "Took"))),
      h("tbody", {}, report.tables.map((table) => h("tr", {}, h("td", {}, table.table), h("td", {}, table.source), h("td", { class: "number" }, count(table.rows)),
        h("td", { class: "id" }, table.digest === table.sourceDigest ? table.digest : `${table.sourceDigest} ≠ ${table.digest}`), h("td", { class: "number" }, duration(table.seconds))))))),
    h("p", { class: "id" }, report.operationId),
  ];
}
