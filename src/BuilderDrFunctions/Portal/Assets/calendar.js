// A day a square, 90 of them: green with a set, amber with one that warns, red where no set is complete or a backup failed and none followed.

import { h } from "./dom.js";
import { bytes, day, dayKey, plural, shortDay } from "./format.js";

const DAY = 86_400_000;
const DAYS = 90;

const MEANING = { ok: "a good set", warning: "a set with warnings", critical: "no complete set, or a failed backup", none: "no backup" };

export function calendar(sets, operations, now, isRead) {
  const days = daysOf(sets, operations, now);
  const first = new Date(days[0].at);
  const lead = (first.getUTCDay() + 6) % 7;
  const good = days.filter((entry) => entry.level === "ok" || entry.level === "warning").length;
  return h("div", { class: "calendar" },
    h("p", { class: "dim" }, isRead ? `${good} of the last ${DAYS} days have a complete backup set.` : "Reading…"),
    h("ol", { class: "days", "aria-label": "Backups by day, oldest first" },
      Array.from({ length: lead }, () => h("li", { class: "blank", "aria-hidden": "true" })),
      days.map((entry) => h("li", { class: entry.level, title: entry.text },
        entry.sets.length > 0
          ? h("a", { href: `#backups/${entry.sets[0].label}`, "aria-label": entry.text }, date(entry))
          : h("span", {}, date(entry), h("span", { class: "unseen" }, entry.text))))),
    h("ul", { class: "legend", "aria-label": "Legend" }, Object.entries(MEANING).map(([level, text]) => h("li", {}, h("span", { class: `swatch ${level}`, "aria-hidden": "true" }), text))));
}

// The first of a month is named by it, so that the columns can be told apart.
function date(entry) {
  const number = new Date(entry.at).getUTCDate();
  return h("span", { class: number === 1 ? "date month" : "date", "aria-hidden": "true" }, number === 1 ? shortDay(entry.at).split(" ")[1] : String(number));
}

function daysOf(sets, operations, now) {
  const byDay = Map.groupBy(sets, (set) => dayKey(set.committedAt));
  const failed = new Set(operations.filter((operation) => operation.kind === "backup" && operation.state === "failed").map((operation) => dayKey(operation.createdAt)));
  return Array.from({ length: DAYS }, (_, index) => {
    const at = now - (DAYS - 1 - index) * DAY;
    const key = dayKey(at);
    const found = byDay.get(key) ?? [];
    const complete = found.filter((set) => set.complete);
    const level = found.length === 0 ? (failed.has(key) ? "critical" : "none") : complete.length === 0 ? "critical" : complete.every((set) => set.warnings > 0) ? "warning" : "ok";
    const size = found.length > 0 ? `: ${plural(found.length, "set")}, ${bytes(found[0].dumpBytes + found[0].fetchedBytes)} new` : "";
    return { at, level, sets: found, text: `${day(at)}, ${MEANING[level]}${size}` };
  });
}
