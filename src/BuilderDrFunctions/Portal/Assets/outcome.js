// What came of an operation, in a word and a colour. A plan is not what it plans, and what stands against it is no success.

import { plural } from "./format.js";

const LEVELS = { succeeded: "ok", failed: "critical", canceled: "warning", canceling: "warning", suspended: "warning", running: "running", pending: "running" };
const DONE = { Replace: "replaced", Scratch: "restored beside", Merged: "merged", AlreadyMerged: "merged before" };

/** Whether nothing was to be changed. */
export const isPlan = (result) => result?.planned === true || result?.mode === "Plan" || result?.outcome === "Planned";

/** How an operation is, for colour and sign; a result that says that something is wrong makes a run that did its work a bad one. */
export function levelOf({ result, state }) {
  if (isPlan(result)) {
    return objections(result) > 0 || troubleOf(result) ? "warning" : "planned";
  }
  return troubleOf(result) ? "critical" : LEVELS[state] ?? "unknown";
}

/** "succeeded", or what its result says. */
export function outcomeOf({ result, state }) {
  if (isPlan(result)) {
    const count = objections(result);
    return count > 0 ? `planned: ${plural(count, "problem")} ${count === 1 ? "stands" : "stand"} against it` : troubleOf(result) ? `planned, ${troubleOf(result)}` : "planned";
  }
  return troubleOf(result) ?? (result?.passed ? "passed" : DONE[result?.mode ?? result?.outcome] ?? state);
}

const objections = (result) => result.plan?.problems?.length ?? 0;

const troubleOf = (result) => (result?.passed === false ? "found damage" : result?.complete === false ? "incomplete"
  : result?.problems?.length > 0 || result?.putBack?.failed > 0 || result?.uploaded?.failed > 0 ? "with problems"
  : result?.copy?.problems?.length > 0 ? "with problems in the second vault" : null);
