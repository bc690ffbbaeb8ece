// Speaks to the documented HTTP API (docs/api.md), with the operator's key.

const KEY = "builder-dr.key";
const KEYLESS = "builder-dr.keyless";
const ROOT = new URL("../../", import.meta.url);

/** What the API refuses, as the problem it answers with. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? `the app answered with status ${status}`);
    this.status = status;
    this.code = body?.code ?? null;
    this.hint = body?.hint ?? null;
    this.field = body?.field ?? null;
    // Without a number of the app's own it may be a proxy's word, or nobody's.
    this.isSilence = body?.isSilence ?? (status >= 500 && this.code === null);
  }
}

/** When the app last answered, whatever it said, by the browser's clock; and whether what was asked since then got no answer. */
export const contact = { at: Date.now(), isLost: false };

/** Whether there is reason to try: a key was typed, or none was needed the last time. */
export const session = {
  get isOpen() {
    return sessionStorage.getItem(KEY) !== null || localStorage.getItem(KEYLESS) === "1";
  },
  open(key) {
    if (key) {
      sessionStorage.setItem(KEY, key);
      localStorage.removeItem(KEYLESS);
    } else {
      sessionStorage.removeItem(KEY);
      localStorage.setItem(KEYLESS, "1");
    }
  },
  close() {
    sessionStorage.removeItem(KEY);
    localStorage.removeItem(KEYLESS);
  },
};

async function send(method, path, body) {
  const begunAt = Date.now();
  try {
    const content = await exchange(method, path, body);
    Object.assign(contact, { at: Date.now(), isLost: false });
    return content;
  } catch (problem) {
    if (!problem.isSilence) {
      Object.assign(contact, { at: Date.now(), isLost: false });
    } else if (contact.at <= begunAt) {
      contact.isLost = true;
    }
    throw problem;
  }
}

async function exchange(method, path, body) {
  const headers = { Accept: "application/json" };
  const key = sessionStorage.getItem(KEY);
  if (key) {
    headers["x-functions-key"] = key;
  }
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(new URL(path, ROOT), {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store", signal: AbortSignal.timeout(60_000),
    });
  } catch (error) {
    throw new Problem(0, {
      detail: error.name === "TimeoutError" ? "the app did not answer within a minute" : "the app cannot be reached",
      hint: "see that it runs and that this browser may reach it; the page tries again by itself", isSilence: true,
    });
  }
  const text = await answer.text();
  let content = null;
  try {
    content = text ? JSON.parse(text) : null;
  } catch {
    throw new Problem(answer.status, { detail: "the answer is not JSON", hint: "a proxy in between may have answered; see its log", isSilence: true });
  }
  if (!answer.ok) {
    throw new Problem(answer.status, content);
  }
  return content;
}

export const get = (path) => send("GET", path);
export const post = (path, body = {}) => send("POST", path, body);
export const remove = (path) => send("DELETE", path);

/** A path with its query; what is null or empty is left out. */
export function query(path, parameters) {
  const filled = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return filled.length === 0 ? path : `${path}?${new URLSearchParams(filled)}`;
}

/** All operations begun in a span of time, newest first; the store lists by id, so all pages of the span are read. */
export async function operations(parameters) {
  const found = [];
  let continuation = null;
  for (let page = 0; page < 20; page++) {
    const answer = await get(query("operations", { top: 200, ...parameters, continuation }));
    found.push(...answer.operations);
    continuation = answer.continuation;
    if (!continuation) {
      break;
    }
  }
  return found.sort((left, right) => right.createdAt.localeCompare(left.createdAt));
}
