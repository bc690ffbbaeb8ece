// "Are we safe?" The app's own health report answers it; here it is put into the order and the words of the page.

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
const NEXT = { recoveryPoint: "backup", lastRun: "backup", drill: "drill", verify: "verify", api: "restore", schedule: "backup", secondCopy: "backup", spare: "verify" };

/** What the page says on top: a level, a headline, a sentence, the problems with their next steps, and the checks. */
export function judge(report, site) {
  if (!report) {
    return { level: "checking", headline: "Checking…", sentence: "Asking the vault, Builder and the schedule.", problems: [], checks: [] };
  }
  const checks = report.checks.filter((check) => !check.site || check.site === site);
  const problems = checks.filter((check) => check.status !== "ok").sort((left, right) => WORST[right.status] - WORST[left.status]);
  const worst = problems[0]?.status ?? "ok";
  return { level: worst, headline: headline(worst, problems), sentence: sentence(checks), problems: problems.map(named), checks: checks.map(named) };
}

function named(check) {
  return { ...check, title: TITLES[check.name] ?? check.name, next: check.status === "ok" ? null : NEXT[check.name] ?? null };
}

function headline(worst, problems) {
  if (worst === "ok") {
    return "Yes, we are safe.";
  }
  const lost = problems.some((problem) => problem.status === "critical" && problem.name === "recoveryPoint");
  if (worst === "critical") {
    return lost ? "No. Data would be lost." : "No. Something needs you now.";
  }
  return worst === "unknown" ? "Not known: a check could not be made." : "Yes, but look soon.";
}

function sentence(checks) {
  const point = checks.find((check) => check.name === "recoveryPoint");
  return point ? capital(`${point.summary}.`) : "";
}

/** Begins with a capital, unless it begins with a name or an address. */
export const capital = (text) => (/^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text);
