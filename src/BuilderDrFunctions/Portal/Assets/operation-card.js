// One operation: what it is, how far it is, and what came of it.

import { cancel } from "./actions.js";
import { h } from "./dom.js";
import { bytes, count, duration, fault, kindName, time } from "./format.js";
import { mark } from "./marks.js";
import { resultPart } from "./operation-result.js";
import { levelOf, outcomeOf } from "./outcome.js";
import { now, pace } from "./store.js";

// The steps that are to come are shown as well, where they are known: a backup's "second copy" and "expire", a verification's "second vault" are not part of every one, and show when they begin.
const COURSES = {
  backup: ["preflight", "warm mirror", "stop API", "dump", "delta mirror", "start API", "inventory", "commit"],
  drill: ["choose", "restore database", "key coverage", "artifacts", "drop", "verdict"],
  verify: ["inventory", "files", "artifacts", "verdict"],
};

export const isRunning = (operation) => !["succeeded", "failed", "canceled"].includes(operation.state);

/** A running operation with its steps, its bar and its pace. */
export function runningCard(operation) {
  return h("article", { class: "card running", "data-key": operation.id, "aria-label": `${kindName(operation.kind)} under way` },
    h("div", { class: "row" },
      h("h3", {}, mark("running"), ` ${kindName(operation.kind)}`, h("span", { class: "dim" }, ` · ${operation.state === "canceling" ? "ending" : operation.phase ?? "about to begin"}`)),
      h("span", { class: "grow" }),
      h("span", { class: "dim" }, `for ${duration((now() - Date.parse(operation.createdAt)) / 1000)}`),
      h("button", { type: "button", class: "quiet", disabled: operation.state === "canceling", onclick: () => cancel(operation) }, "Cancel")),
    bar(operation),
    steps(operation),
    h("p", { class: "id" }, operation.id));
}

function bar(operation) {
  const progress = operation.progress;
  const { rate, objectRate, left } = pace(operation);
  const facts = [];
  if (progress) {
    if (progress.bytes > 0 || progress.totalBytes) {
      facts.push(progress.totalBytes ? `${bytes(progress.bytes)} of ${bytes(progress.totalBytes)}` : bytes(progress.bytes));
    }
    if (progress.objects > 0 || progress.totalObjects) {
      facts.push(progress.totalObjects ? `${count(progress.objects)} of ${count(progress.totalObjects)} objects` : `${count(progress.objects)} objects`);
    }
    if (rate) {
      facts.push(`${bytes(rate)}/s`);
    } else if (objectRate) {
      facts.push(`${count(objectRate)} objects/s`);
    }
    if (left !== null) {
      facts.push(`${duration(left)} left`);
    }
  }
  const percent = operation.percent ?? null;
  return h("div", { class: "progress" },
    h("progress", { max: "100", ...(percent === null ? {} : { value: percent }), "aria-label": `${kindName(operation.kind)}, ${operation.phase ?? "begin"}` }),
    h("p", {}, h("strong", {}, percent === null ? "" : `${percent} % `),
      progress ? h("span", {}, `${progress.step}: `) : h("span", {}, "working"), facts.join(" · ")));
}

/** The steps, begun and to come. */
export function steps(operation) {
  const begun = operation.steps.map((step) => ({
    name: step.phase,
    state: step.endedAt ? "done" : isRunning(operation) ? "now" : "broken",
    seconds: ((step.endedAt ? Date.parse(step.endedAt) : isRunning(operation) ? now() : Date.parse(operation.updatedAt)) - Date.parse(step.begunAt)) / 1000,
  }));
  const course = isRunning(operation) ? COURSES[operation.kind] ?? [] : [];
  const known = new Set(begun.map((step) => step.name));
  // A step that was left out (an API that is not stopped) is not to come any more once a later one has begun.
  const last = Math.max(-1, ...begun.map((step) => course.indexOf(step.name)));
  const coming = course.slice(last + 1).filter((name) => !known.has(name)).map((name) => ({ name, state: "coming", seconds: null }));
  return h("ol", { class: "steps", "aria-label": "Steps" }, [...begun, ...coming].map((step) =>
    h("li", { class: step.state, "aria-current": step.state === "now" ? "step" : null }, h("span", {}, step.name),
      h("span", { class: "dim" }, step.seconds === null ? "" : ` ${duration(step.seconds)}`),
      h("span", { class: "unseen" }, { done: ", done", now: ", under way", broken: ", did not end", coming: ", to come" }[step.state]))));
}

/** The cause of a failure and the next step. */
export function failure(operation) {
  if (!operation.error) {
    return null;
  }
  const { code, what, hint } = fault(operation.error);
  return h("div", { class: "fault" },
    h("p", {}, code ? h("strong", {}, `${code} `) : null, what),
    hint ? h("p", { class: "next" }, h("strong", {}, "Next step: "), hint) : null);
}

/** A line of the history, to be unfolded. */
export function historyItem(operation) {
  const seconds = (Date.parse(operation.updatedAt) - Date.parse(operation.createdAt)) / 1000;
  return h("details", { class: "item", "data-key": operation.id, name: null },
    h("summary", {}, mark(levelOf(operation)),
      h("span", { class: "kind" }, kindName(operation.kind)), h("span", { class: `word ${levelOf(operation)}` }, outcomeOf(operation)),
      h("span", { class: "when" }, time(operation.createdAt)), h("span", { class: "dim" }, isRunning(operation) ? "" : `took ${duration(seconds)}`)),
    h("div", { class: "inside" }, failure(operation), steps(operation), resultPart(operation), h("p", { class: "id" }, operation.id)));
}
