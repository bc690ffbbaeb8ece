// The first view: are we safe, what is wrong and what to do about it, what runs, and the last 90 days.

import { startBackup, startDrill, startVerify } from "./actions.js";
import { calendar } from "./calendar.js";
import { h } from "./dom.js";
import { age, time } from "./format.js";
import { mark } from "./marks.js";
import { historyItem, runningCard } from "./operation-card.js";
import { capital, judge } from "./safety.js";
import { empty, now, silence, state } from "./store.js";

const TILES = ["recoveryPoint", "lastRun", "drill", "verify"];

export function overviewView() {
  const verdict = judge(state.health, state.site, silence());
  return [
    h("section", { class: `verdict ${verdict.level}`, "aria-labelledby": "verdict", "aria-live": "polite" },
      h("div", { class: "headline" }, mark(verdict.level, 40),
        h("div", {}, h("p", { class: "question" }, `Is ${state.site} safe?`), h("h1", { id: "verdict" }, verdict.headline), h("p", { class: "sentence" }, verdict.sentence))),
      h("div", { class: "row actions" },
        h("button", { type: "button", class: "primary", disabled: state.active.some((operation) => operation.kind === "backup"), onclick: startBackup }, "Back up now"),
        h("button", { type: "button", onclick: startDrill }, "Run a drill"),
        h("a", { class: "button urgent", href: "#restore" }, "Restore…"))),
    problems(verdict),
    h("section", { class: "tiles", "aria-label": "Safety at a glance" }, TILES.map((name) => tile(name, verdict))),
    h("section", { "aria-labelledby": "running" },
      h("h2", { id: "running" }, "Running now"),
      state.active.length > 0 ? state.active.map(runningCard) : h("p", { class: "dim empty" }, empty("active", "Nothing is running."))),
    h("div", { class: "pair" },
      h("section", { "aria-labelledby": "days" }, h("h2", { id: "days" }, "The last 90 days"), calendar(state.sets, state.recent, now(), state.read.sets)),
      h("section", { "aria-labelledby": "others" },
        h("h2", { id: "others" }, "All checks"),
        h("ul", { class: "checks" }, verdict.checks.map((check) => h("li", {}, mark(check.status), h("strong", {}, check.title), h("span", {}, capital(check.summary))))))),
    h("section", { "aria-labelledby": "latest" },
      h("h2", { id: "latest" }, "Latest operations"),
      state.recent.slice(0, 5).map(historyItem),
      h("p", {}, h("a", { href: "#operations" }, "All operations"))),
  ];
}

function problems(verdict) {
  if (verdict.problems.length === 0) {
    return null;
  }
  return h("section", { "aria-labelledby": "problems" },
    h("h2", { id: "problems" }, verdict.problems.length === 1 ? "One open problem" : `${verdict.problems.length} open problems`),
    verdict.problems.map((problem) => h("article", { class: `problem ${problem.status}`, "data-key": `problem-${problem.name}` },
      mark(problem.status),
      h("div", {},
        h("h3", {}, problem.title, problem.code ? h("span", { class: "code" }, problem.code) : null),
        h("p", {}, capital(problem.summary)),
        problem.hint ? h("p", { class: "next" }, h("strong", {}, "Next step: "), problem.hint) : null),
      nextStep(problem))));
}

function nextStep(problem) {
  const newest = state.sets[0]?.label;
  switch (problem.next) {
    case "backup":
      return h("button", { type: "button", onclick: startBackup }, "Back up now");
    case "drill":
      return h("button", { type: "button", onclick: startDrill }, "Run a drill");
    case "verify":
      return newest ? h("button", { type: "button", onclick: () => startVerify(newest) }, "Verify the newest set") : null;
    default:
      return null;
  }
}

function tile(name, verdict) {
  const check = verdict.checks.find((candidate) => candidate.name === name);
  const titles = { recoveryPoint: "Recovery point", lastRun: "Last backup", drill: "Last drill", verify: "Last verification" };
  const seconds = check?.at ? (now() - Date.parse(check.at)) / 1000 : null;
  const share = seconds !== null && check.limitSeconds ? Math.min(100, (100 * seconds) / check.limitSeconds) : null;
  // What has not happened yet, and need not have, is neither good nor bad.
  const level = check ? (check.status === "ok" && !check.at ? "unknown" : check.status) : "checking";
  return h("div", { class: `tile ${level}`, "data-key": name },
    h("h3", {}, mark(level), titles[name]),
    h("p", { class: "figure" }, seconds === null ? (check ? "none yet" : "…") : `${age(seconds)} ago`),
    h("p", { class: "dim" }, check?.at ? time(check.at) : " "),
    share === null
      ? h("p", { class: "dim limit" }, " ")
      : h("p", { class: "dim limit" },
        h("meter", { min: "0", max: "100", value: String(share), high: "80", low: "60", optimum: "0", "aria-label": `${titles[name]}: ${Math.round(share)} % of its limit` }),
        ` limit ${age(check.limitSeconds)}`));
}
