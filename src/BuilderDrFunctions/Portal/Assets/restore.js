// The way back, in four steps: choose, look at the plan, confirm by the site's name, watch. Nothing is changed before the third.

import { act } from "./actions.js";
import { get, post } from "./api.js";
import { h } from "./dom.js";
import { failure, isRunning, runningCard } from "./operation-card.js";
import { chooseStep } from "./restore-choose.js";
import { planStep } from "./restore-plan.js";
import { resultStep } from "./restore-result.js";
import { changed, find, state } from "./store.js";
import { argument } from "./views.js";

const KEPT = "builder-dr.restore";
const EMPTY = {
  pick: "latest", label: "", asOf: "", source: "", mode: "replace", parts: ["database", "artifacts", "keys"],
  force: false, acceptLosses: false, overwriteKeys: false, plan: null, run: null, typed: "",
};

let wizard = { ...EMPTY, site: null, ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") };
const fetched = new Map();

export function restoreView() {
  const label = argument();
  if (wizard.site !== state.site) {
    wizard = { ...EMPTY, site: state.site };
  }
  if (label && wizard.label !== label && !wizard.plan) {
    Object.assign(wizard, { pick: "label", label });
  }
  const plan = seen(wizard.plan);
  const run = seen(wizard.run);
  const at = wizard.run ? 4 : wizard.plan ? (plan?.state === "succeeded" && plan.result.plan.problems.length === 0 ? 3 : 2) : 1;
  return [
    h("h1", {}, "Restore"),
    h("p", {}, "First a plan, which changes nothing. A replacement is restored beside what is live, proved by fingerprint, and only then put in its place; the former database is kept."),
    h("ol", { class: "stages", "aria-label": "Steps of a restore" }, ["Choose", "Plan", "Confirm", "Restore"].map((name, index) =>
      h("li", { class: index + 1 < at ? "done" : index + 1 === at ? "now" : "coming", "aria-current": index + 1 === at ? "step" : null }, h("span", {}, String(index + 1)), name))),
    at === 1 ? chooseStep(wizard, { set, makePlan }) : null,
    wizard.plan && !wizard.run ? planPart(plan) : null,
    wizard.run ? runPart(run) : null,
  ];
}

function planPart(plan) {
  if (!plan || isRunning(plan)) {
    return h("section", { "aria-labelledby": "planning" }, h("h2", { id: "planning" }, "Making the plan"), plan ? runningCard(plan) : h("p", { class: "dim" }, "About to begin…"));
  }
  return plan.state === "succeeded"
    ? planStep(wizard, plan, { set, begin, again: makePlan, restart })
    : h("section", {}, h("h2", {}, "The plan could not be made"), failure(plan), h("button", { type: "button", onclick: restart }, "Choose again"));
}

function runPart(run) {
  return !run || isRunning(run)
    ? h("section", { "aria-labelledby": "restoring" }, h("h2", { id: "restoring" }, wizard.mode === "replace" ? `Restoring ${state.site}` : "Restoring beside"),
      run ? runningCard(run) : h("p", { class: "dim" }, "About to begin…"))
    : resultStep(wizard, run, { restart });
}

// What began before the page was opened, or ended between two looks, is asked for by itself.
function seen(id) {
  if (!id) {
    return null;
  }
  const operation = find(id) ?? fetched.get(id);
  if (!operation && !fetched.has(id)) {
    fetched.set(id, null);
    get(`operations/${id}`).then((answer) => { fetched.set(id, answer); changed(); }, () => fetched.delete(id));
  }
  return operation ?? null;
}

function set(changes) {
  Object.assign(wizard, changes);
  sessionStorage.setItem(KEPT, JSON.stringify(wizard));
  changed();
}

function restart() {
  wizard = { ...EMPTY, site: state.site };
  set({});
  location.hash = "#restore";
}

function request(mode) {
  return {
    site: state.site,
    source: wizard.source && wizard.source !== state.site ? wizard.source : undefined,
    backup: wizard.pick === "latest" ? "latest" : wizard.pick === "label" ? wizard.label : { asOf: endOf(wizard.asOf) },
    // all of them: whatever the set has and the site can take
    parts: wizard.parts.length < 3 ? wizard.parts : undefined,
    mode,
    overwriteKeys: wizard.overwriteKeys,
    acceptLosses: wizard.acceptLosses,
  };
}

// A moment is shown without its fractions: the second that is typed is meant to its end, or the set that shows it would be too late.
const endOf = (typed) => `${typed.length === "2026-11-22T02:00".length ? `${typed}:00` : typed.slice(0, 19)}.9999999Z`;

async function makePlan() {
  set({ plan: null, run: null, typed: "" });
  const answer = await act("Plan of a restore", () => post("restores", request("plan")));
  if (answer) {
    set({ plan: answer.id, label: answer.subject ?? wizard.label });
  }
}

async function begin() {
  // The set that was planned, not whatever is newest by now.
  const body = { ...request(wizard.mode), backup: wizard.label, ...(wizard.mode === "replace" ? { confirm: wizard.typed, force: wizard.force } : {}) };
  const answer = await act("Restore", () => post("restores", body));
  if (answer) {
    set({ run: answer.id });
  }
}
