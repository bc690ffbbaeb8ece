// "Are we safe?" The app's own health report answers it; here it is put into the order and the words of the page.

import { clock, day } from "./format.js";

const WORST = { ok: 0, warning: 1, unknown: 2, critical: 3 };

const TITLES = {
  recoveryPoint: "Recovery point",
  lastRun: "Last backup",
  drill: "Last drill",
  verify: "Last verification",
  api: "Builder's API",
  mustRestart: "Owed restart",
  schedule: "Schedule",
  vault: "Vault",
  secondCopy: "Second vault",
  spare: "Spare",
  settings: "Settings",
};

// What a problem is best answered with, where the page can do it.
const NEXT = { recoveryPoint: "backup", lastRun: "backup", drill: "drill", verify: "verify", schedule: "backup", secondCopy: "backup", spare: "verify" };

/**
 * What the page says on top: a level, a headline, a sentence, the problems with their next steps, and the checks.
 * `silence`: who has not told how it is, and since when; what is good by an older report may be so no more.
 */
export function judge(report, site, silence = null) {
  if (silence) {
    return unheard(report ? judge(report, site) : { problems: [], checks: [] }, silence);
  }
  if (!report) {
    return { level: "checking", headline: "Checking…", sentence: "Asking the vault, Builder and the schedule.", problems: [], checks: [] };
  }
  const checks = report.checks.filter((check) => !check.site || check.site === site);
  const problems = checks.filter((check) => check.status !== "ok")
    .sort((left, right) => WORST[right.status] - WORST[left.status] || isAboutData(right) - isAboutData(left));
  const worst = problems[0]?.status ?? "ok";
  return { level: worst, headline: headline(worst, problems), sentence: sentence(problems[0] ?? checks.find(isAboutData)), problems: problems.map(named), checks: checks.map(named) };
}

function unheard({ problems, checks }, { who, since }) {
  return {
    level: "unknown", headline: since ? `Not known: ${who} not answered since ${clock(since)} UTC.` : `Not known: ${who} not answered.`,
    sentence: since ? `What stands below was so then, on ${day(since)}.` : "",
    problems, checks: checks.map((check) => (check.status === "ok" ? { ...check, status: "unknown" } : check)),
  };
}

const isAboutData = (check) => check.name === "recoveryPoint";

function named(check) {
  return { ...check, title: TITLES[check.name] ?? check.name, next: nextOf(check) };
}

function nextOf(check) {
  // Where a check could not be made, what it asks does not answer anybody.
  if (check.status === "ok" || check.status === "unknown") {
    return null;
  }
  // The set after an incomplete one is as incomplete, until the bucket is mended.
  if (/\bDR9011\b/.test(`${check.code} ${check.summary}`)) {
    return null;
  }
  return check.code === "DR9014" ? "verify" : NEXT[check.name] ?? null;
}

function headline(worst, problems) {
  if (worst === "ok") {
    return "Yes, we are safe.";
  }
  const lost = problems.some((problem) => problem.status === "critical" && isAboutData(problem));
  if (worst === "critical") {
    return lost ? "No. Data would be lost." : "No. Something needs you now.";
  }
  return worst === "unknown" ? "Not known: a check could not be made." : "Yes, but look soon.";
}

const sentence = (check) => (check ? capital(`${check.summary.replace(/\.$/, "")}.`) : "");

/** Begins with a capital, unless it begins with a name or an address. */
export const capital = (text) => (/^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text);
