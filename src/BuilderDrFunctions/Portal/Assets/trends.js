// How it goes over time, and what it costs.

import { chart } from "./chart.js";
import { h } from "./dom.js";
import { bytes, count, duration } from "./format.js";
import { changed, empty, now, state } from "./store.js";

const DAY = 86_400_000;
const PRICE = "builder-dr.price";

export function trendsView() {
  const sets = state.sets.filter((set) => now() - Date.parse(set.committedAt) < 90 * DAY).reverse();
  const points = (value) => sets.map((set) => ({ at: set.committedAt, value: value(set) }));
  const drills = state.drills.filter((drill) => drill.recoverySeconds > 0).map((drill) => ({ at: drill.endedAt, value: drill.recoverySeconds })).reverse();
  return [
    h("h1", {}, "Trends"),
    h("p", { class: "dim" }, empty("sets", `The last 90 days, ${count(sets.length)} sets.`)),
    h("div", { class: "charts" },
      chart({ id: "duration", title: "Duration of a backup", points: points((set) => set.seconds), unit: "seconds", format: duration }),
      chart({ id: "downtime", title: "API down for a backup", points: points((set) => set.apiDownSeconds), unit: "seconds", format: duration }),
      chart({ id: "dumps", title: "Size of the dumps", points: points((set) => set.dumpBytes), unit: "bytes", format: bytes }),
      chart({ id: "recovery", title: "Recovery time, measured by drills", points: drills, unit: "seconds", format: duration, limit: state.drills[0]?.rtoSeconds ?? null, limitName: "objective" })),
    storage(sets),
  ];
}

function storage(sets) {
  const grown = growth(sets);
  const now = grown.at(-1)?.value ?? 0;
  const perDay = grown.length > 1 ? ((now - grown[0].value) / (Date.parse(grown.at(-1).at) - Date.parse(grown[0].at))) * DAY : 0;
  const price = priceOf();
  const cost = (size) => (price === null ? "–" : `${((size / 1e9) * price).toFixed(2)} ${state.price.currency}`);
  return h("section", { "aria-labelledby": "storage" },
    h("h2", { id: "storage" }, "Storage and its cost"),
    chart({ id: "storage-chart", title: "Stored by these sets", points: grown, unit: "bytes", format: bytes, broad: true, note: "Artifacts are stored once for all sets; each set adds its dumps." }),
    h("div", { class: "card" },
      h("div", { class: "field short" }, h("label", { for: "price" }, `Price of a GB (10⁹ bytes) for a month, in ${state.price.currency}`),
        h("input", { id: "price", type: "number", min: "0", step: "0.001", inputmode: "decimal", value: price === null ? "" : String(price), oninput: (event) => { keepPrice(event.target.value); changed(); } }),
        h("p", { class: "hint" }, "Kept in this browser. Portal__PricePerGbMonth sets it for everybody.")),
      h("dl", { class: "facts" },
        h("dt", {}, "Stored now"), h("dd", {}, `${bytes(now)}, ${cost(now)} a month`),
        h("dt", {}, "Growth"), h("dd", {}, `${bytes(Math.max(0, perDay))} a day`),
        h("dt", {}, "In a year, if it goes on so"), h("dd", {}, `${bytes(now + Math.max(0, perDay) * 365)}, ${cost(now + Math.max(0, perDay) * 365)} a month`)),
      h("p", { class: "hint" }, "An estimate from the sets above: without versions and copies that the storage itself keeps, and without its requests and traffic.")));
}

/** What the vault holds after each set: all dumps so far, and the artifacts once, at the most that a set so far named. */
function growth(sets) {
  let dumps = 0;
  let artifacts = 0;
  return sets.map((set) => {
    dumps += set.dumpBytes;
    artifacts = Math.max(artifacts, set.artifactBytes);
    return { at: set.committedAt, value: dumps + artifacts };
  });
}

function priceOf() {
  const typed = localStorage.getItem(PRICE);
  return typed !== null && typed !== "" && Number.isFinite(Number(typed)) ? Number(typed) : state.price.pricePerGbMonth ?? null;
}

const keepPrice = (text) => localStorage.setItem(PRICE, text);
