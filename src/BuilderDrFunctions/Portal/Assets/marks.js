// Signs that tell by shape what colour tells as well.

import { h, s } from "./dom.js";

const SHAPES = {
  ok: ["m5 10.5 3.5 3.5L15 6.5"],
  warning: ["M10 5v6", "M10 14.5v.01"],
  critical: ["m6 6 8 8", "m14 6-8 8"],
  unknown: ["M7.5 8a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7", "M10 14.8v.01"],
  planned: ["M6 7h8", "M6 10h8", "M6 13h5"],
  running: ["M10 5a5 5 0 1 1-5 5"],
  checking: ["M10 5a5 5 0 1 1-5 5"],
};

const WORDS = { ok: "good", warning: "warning", critical: "bad", unknown: "not known", planned: "a plan", running: "under way", checking: "checking" };

/** A sign; its word is read out, not shown. */
export function mark(level, size = 20) {
  return h("span", { class: `mark ${level}` },
    s("svg", { viewBox: "0 0 20 20", width: String(size), height: String(size), "aria-hidden": "true" },
      s("circle", { cx: "10", cy: "10", r: "9" }), SHAPES[level].map((d) => s("path", { d }))),
    h("span", { class: "unseen" }, WORDS[level]));
}

/** A word on a coloured ground. */
export const chip = (level, text, title) => h("span", { class: `chip ${level}`, title }, text);
