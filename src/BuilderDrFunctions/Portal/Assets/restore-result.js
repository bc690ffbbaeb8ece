// Step 4: what came of it, and what is left to do.

import { h } from "./dom.js";
import { bytes, count, duration, moment, plural } from "./format.js";
import { formerPart } from "./former.js";
import { mark } from "./marks.js";
import { failure, steps } from "./operation-card.js";
import { state } from "./store.js";

export function resultStep(wizard, run, { restart }) {
  const good = run.state === "succeeded";
  return h("section", { class: "card", "aria-labelledby": "result", "aria-live": "polite" },
    h("h2", { id: "result" }, mark(good ? "ok" : "critical", 24), good ? (wizard.mode === "replace" ? ` ${state.site} is restored` : " Restored beside") : " The restore did not succeed"),
    good ? done(wizard, run) : [failure(run), h("p", {}, "Before the swap nothing live is changed, and a swap that fails is undone; the steps below tell how far it came.")],
    steps(run),
    h("p", { class: "id" }, run.id),
    h("div", { class: "row end" }, h("button", { type: "button", onclick: restart }, "Another restore"), h("a", { class: "button primary", href: "#overview" }, "To the overview")));
}

function done(wizard, run) {
  const result = run.result;
  return [
    h("dl", { class: "facts" },
      h("dt", {}, wizard.mode === "replace" ? "Builder is as of" : "It shows Builder as of"), h("dd", {}, h("strong", {}, moment(result.recoveryPoint))),
      h("dt", {}, "Recovery time, measured"), h("dd", {}, duration(result.recoverySeconds)),
      result.apiDownSeconds > 0 ? [h("dt", {}, "API down"), h("dd", {}, duration(result.apiDownSeconds))] : null,
      result.databases.map((database) => [h("dt", {}, `Database ${database.database ?? ""}`), h("dd", {}, `${plural(database.rows, "row")}, proved by fingerprint`)]),
      result.artifacts ? [h("dt", {}, "Artifacts"), h("dd", {}, `${count(result.artifacts.copied)} copied (${bytes(result.artifacts.copiedBytes)}), ${count(result.artifacts.same)} were there`)] : null,
      result.keys ? [h("dt", {}, "Keys and configuration"), h("dd", {}, `${result.keys.written} written, ${result.keys.unchanged} unchanged, ${result.keys.kept.length} put beside in ${result.keys.beside}`)] : null),
    result.warnings.length > 0 ? h("div", { class: "problem warning" }, mark("warning"), h("ul", { class: "findings" }, result.warnings.map((warning) => h("li", {}, warning)))) : null,
    formerPart(run),
  ];
}
