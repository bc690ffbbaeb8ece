// A trend as a line, drawn in SVG; the same numbers stand in a sentence and a table for those who do not see it.

import { h, s } from "./dom.js";
import { day, plural, shortDay, time } from "./format.js";

const WIDTH = 640;
const BROAD = 1200;
const HEIGHT = 180;
const LEFT = 78;
const RIGHT = 12;
const TOP = 14;
const BOTTOM = 26;
const MOST = 120;

// Where an axis may end: round in the unit that is read off it.
const ROUND = {
  seconds: [1, 2, 4, 10, 20, 30, 60, 120, 240, 600, 1200, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 345600],
  bytes: Array.from({ length: 6 }, (_, power) => [1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, 400, 600, 800].map((factor) => factor * 1024 ** power)).flat(),
};

/** `points`: { at, value }, oldest first. `unit`: seconds or bytes. `limit`: a line that should not be crossed. `broad`: over the whole page, filled below. */
export function chart({ id, title, points, format, unit, limit = null, limitName = "limit", broad = false, note = null }) {
  const figure = (...inside) => h("figure", { class: "chart", "data-key": `chart-${id}`, "aria-labelledby": `${id}-title` }, h("figcaption", { id: `${id}-title` }, title), inside);
  if (points.length < 2) {
    return figure(h("p", { class: "dim empty" }, points.length === 1 ? `${format(points[0].value)}, ${time(points[0].at)}; a trend needs two.` : "Nothing to show yet."));
  }
  const shown = thin(points);
  const summary = summarize(points, format, limit, limitName);
  return figure(
    h("p", { class: "dim" }, summary, note ? ` ${note}` : ""),
    drawing(shown, { title, summary, format, unit, limit, limitName, broad: broad && innerWidth > 700 }),
    h("details", {}, h("summary", {}, "As a table"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${title}, as a table` }, h("table", {}, h("caption", { class: "unseen" }, title),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "When"), h("th", { scope: "col", class: "number" }, title))),
      h("tbody", {}, [...shown].reverse().slice(0, 30).map((point) => h("tr", {}, h("td", {}, time(point.at)), h("td", { class: "number" }, format(point.value)))))))));
}

function drawing(points, { title, summary, format, unit, limit, limitName, broad }) {
  const width = broad ? BROAD : WIDTH;
  const begin = Date.parse(points[0].at);
  const span = Math.max(1, Date.parse(points.at(-1).at) - begin);
  const top = axisEnd(Math.max(...points.map((point) => point.value), limit ?? 0), unit);
  const x = (at) => LEFT + ((Date.parse(at) - begin) / span) * (width - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const line = points.map((point, index) => `${index === 0 ? "M" : "L"}${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)}`).join("");
  const ends = [points[0].at, points.at(-1).at].map(span > 300 * 86_400_000 ? day : shortDay);
  const grid = [0, 0.5, 1].map((share) => share * top);
  return s("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, class: broad ? "broad" : null, role: "img", "aria-label": `${title}. ${summary}` },
    grid.map((value) => [
      s("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
      s("text", { class: "tick-label", x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, format(value)),
    ]),
    s("text", { class: "tick-label", x: LEFT, y: HEIGHT - 6 }, ends[0]),
    s("text", { class: "tick-label", x: width - RIGHT, y: HEIGHT - 6, "text-anchor": "end" }, ends[1]),
    limit === null ? null : [
      s("line", { class: "limit", x1: LEFT, x2: width - RIGHT, y1: y(limit), y2: y(limit) }),
      s("text", { class: "limit-label", x: width - RIGHT, y: y(limit) - 4, "text-anchor": "end" }, `${limitName} ${format(limit)}`),
    ],
    broad ? s("path", { class: "area", d: `${line}L${x(points.at(-1).at).toFixed(1)} ${y(0)}L${x(points[0].at).toFixed(1)} ${y(0)}Z` }) : null,
    s("path", { class: "line", d: line }),
    points.length <= 40 ? points.map((point) => s("circle", { class: limit !== null && point.value > limit ? "point over" : "point", cx: x(point.at).toFixed(1), cy: y(point.value).toFixed(1), r: "3" },
      s("title", {}, `${time(point.at)}: ${format(point.value)}`))) : null);
}

function summarize(points, format, limit, limitName) {
  const values = points.map((point) => point.value).sort((left, right) => left - right);
  const median = values[Math.floor(values.length / 2)];
  const missed = values.filter((value) => value > limit).length;
  const over = limit === null ? "" : ` The ${limitName} of ${format(limit)} was ${missed === 0 ? "never missed" : `missed ${plural(missed, "time")}`}.`;
  return `Last ${format(points.at(-1).value)}; median ${format(median)}, most ${format(values.at(-1))}, of ${points.length}.${over}`;
}

// More points than can be told apart: of each group the greatest stays, because it is the peaks one looks for.
function thin(points) {
  if (points.length <= MOST) {
    return points;
  }
  const group = points.length / MOST;
  const kept = Array.from({ length: MOST }, (_, index) => points.slice(Math.floor(index * group), Math.floor((index + 1) * group)).reduce((most, point) => (point.value > most.value ? point : most)));
  kept[0] = points[0];
  kept[MOST - 1] = points.at(-1);
  return kept;
}

const axisEnd = (value, unit) => ROUND[unit].find((end) => end >= value) ?? value;
