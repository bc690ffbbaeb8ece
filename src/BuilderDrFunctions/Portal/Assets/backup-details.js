// One set in detail: its manifest, its verdicts, and what can be done with it.

import { act, startVerify } from "./actions.js";
import { get, post, remove } from "./api.js";
import { h } from "./dom.js";
import { bytes, count, day, duration, moment, plural } from "./format.js";
import { chip, mark } from "./marks.js";
import { changed } from "./store.js";

const loaded = { label: null, at: 0, manifest: null, verdicts: [], problem: null };
const KEEP = 20_000;

export function details(label) {
  if (loaded.label !== label || Date.now() - loaded.at > KEEP) {
    void load(label);
  }
  const set = loaded.manifest;
  return h("section", { class: "card details", "data-key": `details-${label}`, "aria-labelledby": "set" },
    h("div", { class: "row" }, h("h2", { id: "set" }, label), h("span", { class: "grow" }), h("a", { class: "button quiet", href: "#backups" }, "Close")),
    loaded.problem ? h("p", { class: "bad" }, `${loaded.problem.message}. ${loaded.problem.hint ?? ""}`) : null,
    set && set.label === label ? body(set) : h("p", { class: "dim" }, "Reading the manifest…"));
}

async function change(doing, work) {
  await act(doing, work);
  await load(loaded.label);
}

async function load(label) {
  Object.assign(loaded, { label, at: Date.now(), problem: null });
  try {
    const [manifest, { verdicts }] = await Promise.all([get(`backups/${encodeURIComponent(label)}`), get(`backups/${encodeURIComponent(label)}/verdicts`)]);
    if (loaded.label === label) {
      Object.assign(loaded, { manifest, verdicts });
    }
  } catch (problem) {
    loaded.problem = problem;
  }
  changed();
}

function body(set) {
  const counts = set.artifacts.counts;
  return [
    h("div", { class: "row actions" },
      h("a", { class: "button urgent", href: `#restore/${set.label}` }, "Restore this set…"),
      h("button", { type: "button", onclick: () => startVerify(set.label) }, "Verify it"),
      set.held
        ? h("button", { type: "button", onclick: () => change("Ending the hold", () => remove(`backups/${set.label}/hold`)) }, "End the hold")
        : h("button", { type: "button", onclick: () => change("Hold", () => post(`backups/${set.label}/hold`)) }, "Hold it")),
    set.held ? h("p", {}, chip("running", "held"), " An operator has said that this set must not expire.") : null,
    h("dl", { class: "facts" },
      fact("Shows Builder as of", moment(set.recoveryPoint)),
      fact("Committed", moment(set.committedAt)),
      fact("Took", duration((Date.parse(set.committedAt) - Date.parse(set.startedAt)) / 1000)),
      fact("Builder's API", set.api.quiesced ? `down for ${duration(set.api.downSeconds)}` : `kept serving${set.api.note ? ` (${set.api.note})` : ""}`),
      set.databases.map((database) => fact(`Database ${database.name}`,
        `${plural(database.rows, "row")} in ${plural(database.tables, "table")}, ${bytes(database.storedBytes)} stored, dumped in ${duration(database.seconds)} by pg_dump ${database.toolVersion} from PostgreSQL ${database.serverVersion}`)),
      fact("Artifacts", `${count(set.artifacts.objects)}, ${bytes(set.artifacts.bytes)}; ${count(set.artifacts.fetchedObjects)} fetched by this run`),
      fact("Held against the database", tally(counts)),
      fact("Keys and configuration", set.configuration ? `${plural(set.configuration.present, "file")}, ${plural(set.configuration.keyRevisions.length, "key")} of Builder` : "not in the set")),
    set.warnings.length > 0 ? h("div", { class: "problem warning" }, mark("warning"), h("ul", { class: "findings" }, set.warnings.map((warning) => h("li", {}, warning)))) : null,
    h("h3", {}, "Verifications"),
    loaded.verdicts.length === 0
      ? h("p", { class: "dim" }, "None yet: nobody has read this set's every byte again.")
      : h("ul", { class: "checks" }, loaded.verdicts.map((verdict) => h("li", {}, mark(verdict.passed ? (verdict.copy?.problems.length > 0 ? "warning" : "ok") : "critical"),
        h("strong", {}, verdict.passed ? "passed" : plural(verdict.findings, "finding")),
        h("span", {}, `${day(verdict.endedAt)}: ${plural(verdict.files, "file")} and ${plural(verdict.objects, "artifact")}, ${bytes(verdict.fileBytes + verdict.objectBytes)} read`),
        verdict.first.length > 0 ? h("ul", { class: "findings" }, verdict.first.map((finding) => h("li", {}, finding))) : null,
        verdict.copy?.problems.length > 0 ? h("ul", { class: "findings" }, verdict.copy.problems.map((problem) => h("li", {}, `In the second vault: ${problem}`))) : null,
        verdict.warnings.length > 0 ? h("ul", { class: "findings" }, verdict.warnings.map((warning) => h("li", {}, warning))) : null))),
    h("details", {}, h("summary", {}, plural(set.files.length, "file")),
      h("ul", { class: "files" }, set.files.map((file) => h("li", {}, h("code", {}, file.path), ` ${bytes(file.bytes)} `, h("span", { class: "dim" }, `SHA-256 ${file.sha256.slice(0, 16)}…`))))),
  ];
}

const fact = (name, text) => [h("dt", {}, name), h("dd", {}, text)];

function tally(counts) {
  const kinds = [
    ["verified", "ok"], ["unlisted", "unknown"], ["unchecked", "unknown"], ["vanished", "warning"], ["mismatch", "critical"], ["missing", "critical"], ["unreadable", "critical"],
  ];
  return h("span", { class: "chips" }, kinds.filter(([name]) => counts[name] > 0).map(([name, level]) => chip(level, `${count(counts[name])} ${name}`)));
}
