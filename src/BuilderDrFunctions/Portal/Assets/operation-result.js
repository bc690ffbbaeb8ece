// What an operation made or would make: of which set, where, what stands against it, and what was kept of before.

import { h } from "./dom.js";
import { bytes, count, fault, moment, plural } from "./format.js";
import { formerPart } from "./former.js";
import { mark } from "./marks.js";

const MODES = { Plan: "a plan; nothing was changed", Replace: "in place of what was live", Scratch: "beside what is live" };
const OUTCOMES = { Planned: MODES.Plan, Merged: "merged, and proved row by row", AlreadyMerged: "it was merged before; nothing was changed" };

/** All that the result of an ended operation says to its reader. */
export function resultPart(operation) {
  const result = operation.result;
  if (!result) {
    return null;
  }
  // A result of another version may lack what this one's has.
  const facts = (NEEDS[operation.kind]?.every((name) => result[name] !== undefined) ? FACTS[operation.kind] : ofSet)(result, operation).filter(Boolean);
  return [
    facts.length > 0 ? h("dl", { class: "facts" }, facts.map(([name, ...text]) => [h("dt", {}, name), h("dd", {}, text)])) : null,
    (result.plan?.problems ?? []).map(({ code, what, hint }) => objection(code, what, hint)),
    (result.problems ?? []).map((problem) => fault(problem)).map(({ code, what, hint }) => objection(code, what, hint)),
    formerPart(operation),
    list(result.findings ?? result.first, (finding) => finding.what ?? finding),
    list([...(result.putBack?.first ?? []), ...(result.uploaded?.first ?? [])]),
    list(result.copy?.problems, (problem) => `In the second vault: ${problem}`),
    list(result.warnings),
  ];
}

const NEEDS = { restore: ["mode", "recoveryPoint"], merge: ["outcome", "plan"], repair: ["planned", "plan"], expire: ["planned", "sets"] };

const FACTS = {
  restore: (result) => [
    ["Mode", MODES[result.mode] ?? result.mode],
    ["Set", setLink(result.label), result.sourceSite === result.site ? "" : ` of ${result.sourceSite}`],
    ["Shows Builder as of", moment(result.recoveryPoint)],
    ["Target", [`site ${result.site}`, ...(result.plan?.databases ?? []).map((database) => `database ${database.target}`)].join(", ")],
    result.plan?.parts?.length > 0 ? ["Parts", result.plan.parts.join(", ").toLowerCase()] : null,
  ],
  merge: (result) => [
    ["Mode", OUTCOMES[result.outcome] ?? result.outcome],
    ["Target", `site ${result.site}, database ${result.database}`],
    result.plan.tables.length > 0 ? ["Rows", `${count(result.plan.rows)} in ${plural(result.plan.tables.length, "table")}, ${bytes(result.plan.bytes)} on disk`] : null,
    result.backup ? ["The sources as they were", setLink(result.backup)] : null,
    result.merge ? ["Report", h("a", { href: `#merge/${result.merge.operationId}` }, result.merge.operationId)] : null,
  ],
  repair: (result, { id, site }) => [
    ["Mode", result.planned ? MODES.Plan : "what the plan named was mended"],
    ["Target", `site ${site}`],
    ["Put back out of sets", result.planned ? `${plural(result.plan.putBack, "artifact")}, ${bytes(result.plan.putBackBytes)}` : mended(result.putBack)],
    ["Uploaded through Builder's API", result.planned ? `${plural(result.plan.uploads, "artifact")}, ${bytes(result.plan.uploadBytes)}` : mended(result.uploaded)],
    result.plan.irreparable + result.plan.notStored > 0 ? ["In no set", plural(result.plan.irreparable + result.plan.notStored, "artifact")] : null,
    result.planned && result.plan.putBack + result.plan.uploads > 0 ? ["Carry it out with", h("code", {}, `builder-dr repair --apply ${id} --site ${site} --confirm ${site}`)] : null,
  ],
  expire: (result, { site }) => [
    ["Mode", result.planned ? MODES.Plan : "what expired was removed"],
    ["Target", `sets of site ${site}`],
    [result.planned ? "Would go" : "Gone", `${count(result.expired)} of ${plural(result.sets.length, "set")}, ${bytes(result.freedBytes)}`],
  ],
};

const ofSet = (result) => [result.label ? ["Set", setLink(result.label)] : null];

const setLink = (label) => h("a", { href: `#backups/${label}` }, label);

const mended = (done) => (done ? `${plural(done.done, "artifact")}, ${bytes(done.bytes)}${done.skipped > 0 ? `; ${count(done.skipped)} skipped` : ""}${done.failed > 0 ? `; ${count(done.failed)} failed` : ""}` : "–");

const objection = (code, what, hint) => h("div", { class: "problem warning" }, mark("warning"),
  h("div", {}, h("p", {}, code ? h("strong", {}, `${code} `) : null, what), hint ? h("p", { class: "next" }, h("strong", {}, "Next step: "), hint) : null));

const list = (items, say = (item) => item) => (Array.isArray(items) && items.length > 0 ? h("ul", { class: "findings" }, items.map((item) => h("li", {}, say(item)))) : null);
