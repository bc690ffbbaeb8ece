// What the page knows, and how it keeps knowing it: one state, refreshed as often as what is going on deserves.

import { contact, get, operations, query } from "./api.js";

const DAY = 86_400_000;
const SHOWN_DAYS = 90;
const PAGE = 100;
const PAGES = 12;
const PATIENCE = 400;

/** Milliseconds without an answer after which nothing answers any more: longer than from one look to the next. */
export const QUIET = 14_000;

const unread = () => ({ sets: false, drills: false, active: false, recent: false });

export const state = {
  ready: false,
  read: unread(),
  sites: [],
  site: null,
  vault: "",
  price: { pricePerGbMonth: null, currency: "EUR" },
  skew: 0,
  sets: [],
  damaged: [],
  older: null,
  drills: [],
  active: [],
  recent: [],
  since: null,
  health: null,
  isHealthLost: false,
  notice: null,
  problem: null,
};

const listeners = new Set();
const samples = new Map();

/** Calls back after every change. */
export function subscribe(listener) {
  listeners.add(listener);
}

export function changed() {
  for (const listener of listeners) {
    listener(state);
  }
}

/** Now, by the app's clock. */
export const now = () => Date.now() + state.skew;

/** Since when nothing tells how it is, and who does not; null while something does. What was seen before may not be so any more. */
export function silence() {
  if (contact.isLost || Date.now() - contact.at > QUIET) {
    return { who: "the app has", since: new Date(contact.at + state.skew).toISOString() };
  }
  return state.isHealthLost ? { who: "its checks have", since: state.health?.checkedAt ?? null } : null;
}

/** What stands in the place of an empty list: that it is empty is known only once the site was asked. */
export const empty = (part, text) => (state.read[part] ? text : "Reading…");

/** Begins to show a site: everything it has, most urgent first. */
export async function open(site) {
  if (!state.ready) {
    const answer = await get("sites");
    state.sites = answer.sites.map((entry) => entry.name);
    state.vault = answer.vault;
    state.price = answer.storage;
    state.skew = Date.parse(answer.now) - Date.now();
  }
  state.site = state.sites.includes(site) ? site : state.sites[0];
  Object.assign(state, { sets: [], damaged: [], older: null, drills: [], active: [], recent: [], health: null, isHealthLost: false, read: unread(), since: new Date(now() - 14 * DAY).toISOString() });
  behind = true;
  if (state.ready) {
    changed();
  }
  const opened = state.site;
  // A quick answer about health is waited for, so that the page does not grow under the reader's eyes.
  const health = Promise.race([loadHealth(), new Promise((resolve) => { setTimeout(resolve, PATIENCE); })]);
  await Promise.all([loadSets(), loadDrills(), loadActive(), loadRecent(), health]);
  if (state.site !== opened) {
    return;
  }
  behind = false;
  state.ready = true;
  state.problem = null;
  changed();
  void loadEarlier();
}

// With Builder down a check may take its whole time limit: nothing waits for it, no two are asked for at once, and what has
// happened since a question was put is asked for once more.
let asking = null;
let askAgain = false;

function loadHealth() {
  askAgain = asking !== null;
  asking ??= askHealth().finally(() => {
    asking = null;
    if (askAgain) {
      void loadHealth();
    }
  });
  return asking;
}

async function askHealth() {
  try {
    state.health = await get("health?report=true");
    state.isHealthLost = false;
  } catch (problem) {
    state.isHealthLost = true;
    state.problem = problem;
  }
  changed();
}

// An answer that comes when another site is shown already is of no use.
async function loadSets() {
  const site = state.site;
  const page = await get(query("backups", { site, top: PAGE }));
  if (state.site !== site) {
    return;
  }
  // Sets of this page's span that are gone were expired; older ones stay as they were loaded.
  const older = (set) => page.before && set.label < page.before;
  const rest = state.sets.filter(older);
  state.sets = [...page.backups, ...rest];
  state.damaged = [...page.damaged, ...state.damaged.filter(older)];
  if (rest.length === 0) {
    state.older = page.before ?? null;
  }
  state.read.sets = true;
}

/** The sets of the last 90 days, page by page, so that the calendar and the charts are whole. */
async function loadEarlier() {
  const site = state.site;
  // Labels begin with their time, and sort by it.
  const limit = new Date(now() - SHOWN_DAYS * DAY).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  for (let page = 1; page < PAGES && state.older && state.site === site && state.older > limit; page++) {
    await loadOlder();
  }
}

/** One more page of older sets. */
export async function loadOlder() {
  const { site, older } = state;
  const page = await get(query("backups", { site, top: 250, before: older }));
  if (state.site === site && state.older === older) {
    state.sets = [...state.sets, ...page.backups];
    state.damaged = [...state.damaged, ...page.damaged];
    state.older = page.before ?? null;
    changed();
  }
}

async function loadDrills() {
  const site = state.site;
  const { drills } = await get(query("drills", { site, top: 60 }));
  if (state.site === site) {
    state.drills = drills;
    state.read.drills = true;
  }
}

async function loadActive() {
  const found = await operations({ state: "active" });
  state.active = found.filter((operation) => operation.site === state.site);
  state.read.active = true;
  for (const operation of state.active) {
    sample(operation);
  }
}

async function loadRecent() {
  const found = await operations({ since: state.since });
  state.recent = found.filter((operation) => operation.site === state.site);
  state.read.recent = true;
}

/** The operations of two more weeks. */
export async function loadMoreOperations() {
  state.since = new Date(Date.parse(state.since) - 14 * DAY).toISOString();
  await loadRecent();
  changed();
}

// How fast it goes is told by two looks at the same step, smoothed, so that one slow second does not scare anybody.
function sample(operation) {
  const progress = operation.progress;
  const key = `${operation.id} ${operation.phase} ${progress?.step ?? ""}`;
  const before = samples.get(operation.id);
  if (!progress) {
    samples.delete(operation.id);
    return;
  }
  const seen = { key, at: Date.parse(operation.updatedAt), bytes: progress.bytes, objects: progress.objects, rate: null, objectRate: null };
  if (before?.key === key) {
    const seconds = (seen.at - before.at) / 1000;
    if (seconds < 0.5) {
      return;
    }
    seen.rate = smooth(before.rate, (seen.bytes - before.bytes) / seconds);
    seen.objectRate = smooth(before.objectRate, (seen.objects - before.objects) / seconds);
  }
  samples.set(operation.id, seen);
}

const smooth = (before, latest) => (before === null ? latest : before * 0.6 + latest * 0.4);

/** Bytes and objects a second and the seconds left of the step under way; null where unknown. */
export function pace(operation) {
  const seen = samples.get(operation.id);
  const progress = operation.progress;
  if (!seen || !progress) {
    return { rate: null, objectRate: null, left: null };
  }
  let left = null;
  if (progress.totalBytes && seen.rate > 0) {
    left = (progress.totalBytes - progress.bytes) / seen.rate;
  } else if (progress.totalObjects && seen.objectRate > 0) {
    left = (progress.totalObjects - progress.objects) / seen.objectRate;
  }
  return { rate: seen.rate > 0 ? seen.rate : null, objectRate: seen.objectRate > 0 ? seen.objectRate : null, left };
}

// Something has changed and could not be looked at yet.
let behind = false;

/** Looks at what runs; when something has ended or begun, at everything it may have changed. */
export async function refresh({ all = false } = {}) {
  const before = state.active.map((operation) => operation.id);
  await loadActive();
  const running = new Set(state.active.map((operation) => operation.id));
  const moved = before.length !== running.size || before.some((id) => !running.has(id));
  if (all || moved || behind) {
    behind = true;
    void loadHealth();
    const { site, read } = state;
    const isFirst = !read.sets;
    await Promise.all([loadSets(), loadDrills(), loadRecent()]);
    if (state.site !== site) {
      return;
    }
    behind = false;
    if (isFirst) {
      void loadEarlier();
    }
  }
  state.problem = null;
  changed();
}

/** The operation as it was last seen, whether it runs or has ended. */
export const find = (id) => state.active.find((operation) => operation.id === id) ?? state.recent.find((operation) => operation.id === id);
