// Rehearsals: what they found, and how long a recovery takes.

import { startDrill } from "./actions.js";
import { chart } from "./chart.js";
import { h } from "./dom.js";
import { bytes, count, duration, plural, time } from "./format.js";
import { mark } from "./marks.js";
import { runningCard } from "./operation-card.js";
import { changed, empty, state } from "./store.js";

const SHOWN = 20;
let shown = SHOWN;

export function drillsView() {
  const measured = state.drills.filter((drill) => drill.recoverySeconds > 0);
  const objective = state.drills[0]?.rtoSeconds ?? null;
  return [
    h("div", { class: "row" }, h("h1", {}, "Drills"), h("span", { class: "grow" }), h("button", { type: "button", class: "primary", onclick: startDrill }, "Run a drill")),
    h("p", {}, "A backup is worth what its restore is. A drill restores the newest set where nobody needs it, compares every table, fetches artifacts at random, tries the keys, and drops it again."),
    state.active.filter((operation) => operation.kind === "drill").map(runningCard),
    chart({
      id: "recovery", title: "Recovery time", points: measured.map((drill) => ({ at: drill.endedAt, value: drill.recoverySeconds })).reverse(),
      unit: "seconds", format: duration, broad: true, limit: objective, limitName: "objective",
    }),
    h("h2", {}, "Verdicts"),
    state.drills.length === 0 ? h("p", { class: "empty" }, empty("drills", "No drill has ended yet.")) : state.drills.slice(0, shown).map(item),
    shown < state.drills.length ? h("div", { class: "row" }, h("button", { type: "button", onclick: () => { shown += SHOWN; changed(); } }, "Show more")) : null,
  ];
}

function item(drill) {
  return h("details", { class: "item", "data-key": drill.operationId },
    h("summary", {}, mark(drill.passed ? "ok" : "critical"), h("span", { class: `word ${drill.passed ? "ok" : "critical"}` }, drill.passed ? "passed" : plural(drill.findings.length, "finding")),
      h("span", { class: "when" }, time(drill.endedAt)), h("span", { class: "dim" }, `recovery time ${duration(drill.recoverySeconds)}`)),
    h("div", { class: "inside" },
      drill.findings.length > 0 ? h("ul", { class: "findings" }, drill.findings.map((finding) => h("li", {}, finding.what))) : null,
      h("dl", { class: "facts" },
        h("dt", {}, "Set"), h("dd", {}, h("a", { href: `#backups/${drill.label}` }, drill.label)),
        h("dt", {}, "Databases"), h("dd", {}, `${plural(drill.rows, "row")} restored and proved in ${duration(drill.databaseSeconds)}`),
        h("dt", {}, "Artifacts"), h("dd", {}, `${count(drill.sampledArtifacts)} sampled (${bytes(drill.sampledBytes)}); all of them would take ${duration(drill.artifactSeconds)}`),
        h("dt", {}, "Keys"), h("dd", {}, `${plural(drill.keys, "key")} tried`),
        h("dt", {}, "Objective"), h("dd", {}, drill.rtoSeconds === null || drill.rtoSeconds === undefined ? "none set" : `${duration(drill.rtoSeconds)}, ${drill.rtoMet ? "met" : "missed"}`)),
      h("p", { class: "id" }, drill.operationId)));
}
