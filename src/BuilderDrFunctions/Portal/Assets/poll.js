// Refreshes the page: every second and a half while something runs, else every ten; not at all while nobody looks.

import { changed, QUIET, refresh, state } from "./store.js";

const BUSY = 1_500;
const IDLE = 10_000;
const EVERYTHING = 60_000;

let timer = null;
let lastAll = 0;
let onSignedOut = () => {};

export function start(signedOut) {
  onSignedOut = signedOut;
  lastAll = Date.now();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
  plan();
}

export function stop() {
  clearTimeout(timer);
  timer = null;
}

/** Looks at once, as after something was started. */
export function soon() {
  if (timer !== null) {
    clearTimeout(timer);
    timer = setTimeout(look, 0);
  }
}

function plan() {
  // One look at a time is planned, also where one was wished for while another was under way.
  clearTimeout(timer);
  timer = setTimeout(look, state.active.length > 0 ? BUSY : IDLE);
}

async function look() {
  // What takes long may never come, and is not waited for with what was seen before.
  const late = setTimeout(changed, QUIET + 500);
  try {
    if (document.visibilityState === "visible") {
      await lookNow();
    }
  } finally {
    clearTimeout(late);
    // Whatever went wrong, even in the showing of it: the next look may be better, and a page that has stopped looking lies.
    if (timer !== null) {
      plan();
    }
  }
}

async function lookNow() {
  const all = Date.now() - lastAll > EVERYTHING;
  try {
    await refresh({ all });
    lastAll = all ? Date.now() : lastAll;
  } catch (problem) {
    if (problem.status === 401) {
      stop();
      onSignedOut();
      return;
    }
    state.problem = problem;
    changed();
  }
}
