// Numbers and times in an operator's words.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** 1398101333 → "1.3 GiB": in the units of the command line. */
export function bytes(value) {
  if (value === null || value === undefined) {
    return "–";
  }
  let unit = 0;
  let number = value;
  while (number >= 1000 && unit < UNITS.length - 1) {
    number /= 1024;
    unit++;
  }
  return `${unit === 0 || number >= 100 ? Math.round(number) : Number(number.toFixed(1))} ${UNITS[unit]}`;
}

/** 12345 → "12,345". */
export function count(value) {
  return value === null || value === undefined ? "–" : Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 package", "2 packages". */
export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Seconds as "0.4 s", "42 s", "3 min 5 s", "2 h 10 min", "3 days". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) {
    return "–";
  }
  if (seconds === 0) {
    return "0 s";
  }
  if (seconds < 9.95) {
    return `${Math.max(0, seconds).toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return pair(Math.floor(whole / 60), "min", whole % 60, "s");
  }
  if (whole < 48 * 3600) {
    return pair(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
  }
  return pair(Math.floor(whole / 86400), "days", Math.floor((whole % 86400) / 3600), "h");
}

function pair(first, firstUnit, second, secondUnit) {
  return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}

/** The same, rounded to one unit: for ages. */
export function age(seconds) {
  if (seconds < 90) {
    return `${Math.max(0, Math.round(seconds))} s`;
  }
  if (seconds < 90 * 60) {
    return `${Math.round(seconds / 60)} min`;
  }
  if (seconds < 48 * 3600) {
    return `${Math.round(seconds / 3600)} h`;
  }
  return `${Math.round(seconds / 86400)} days`;
}

/** "22 Nov 2026 02:00 UTC". */
export function time(text) {
  return `${day(text)} ${clock(text)} UTC`;
}

/** "22 Nov 2026 02:00:31 UTC": of two of a minute, which. */
export function moment(text) {
  return `${day(text)} ${new Date(text).toISOString().slice(11, 19)} UTC`;
}

/** "22 Nov 2026". */
export function day(text) {
  const at = new Date(text);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** "22 Nov". */
export function shortDay(text) {
  const at = new Date(text);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}

/** "02:00". */
export function clock(text) {
  return new Date(text).toISOString().slice(11, 16);
}

/** "2026-11-22": the day in UTC. */
export function dayKey(at) {
  return new Date(at).toISOString().slice(0, 10);
}

/** "dump of 1 database" … what an operation is called. */
export function kindName(kind) {
  return { backup: "Backup", restore: "Restore", drill: "Drill", verify: "Verification", merge: "Merge", expire: "Expiry", reconcile: "Reconciliation" }[kind]
    ?? kind.charAt(0).toUpperCase() + kind.slice(1);
}

/** An error as the API gives it, in its parts: number, what happened, what to do next. */
export function fault(text) {
  const match = /^(?:(DR\d{4}): )?([\s\S]*?)(?:\s*\n?HINT: ([\s\S]*))?$/.exec(text ?? "");
  return { code: match[1] ?? null, what: match[2].trim(), hint: match[3]?.trim() ?? null };
}
