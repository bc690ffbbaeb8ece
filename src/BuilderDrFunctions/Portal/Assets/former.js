// The database that a replacement put aside: where it is, the way back to it, and its end.

import { act } from "./actions.js";
import { remove } from "./api.js";
import { ask, field } from "./dialogs.js";
import { h } from "./dom.js";
import { mark } from "./marks.js";
import { changed } from "./store.js";

const dropped = new Set();

export function formerPart(run) {
  const previous = run.result?.previous ?? [];
  return previous.length === 0 || dropped.has(run.id) ? null : h("div", { class: "problem running" }, mark("running"),
    h("div", {},
      h("p", {}, `The former database is kept as ${previous.join(", ")} until it is dropped. Look at Builder first.`),
      h("p", {}, "The way back to it: ", h("code", {}, "docs/restore.md"), ", “The way back”. Its end, when you do not need it any more: ",
        h("code", {}, `builder-dr drop-previous ${run.id} --confirm ${run.site}`))),
    h("button", { type: "button", onclick: () => drop(run) }, "Drop it…"));
}

async function drop(run) {
  const answer = await ask({
    title: "Drop the former database",
    text: [`${run.result.previous.join(", ")} is gone afterwards. There is no way back to what Builder held before the restore, except another backup set.`],
    fields: [field("drop-typed", `Type the site's name, ${run.site}, to confirm`, h("input", { id: "drop-typed", name: "typed", autocomplete: "off", spellcheck: "false" }))],
    confirm: "Drop it", danger: true, valid: (values) => values.typed === run.site,
  });
  if (answer && await act("Dropping the former database", () => remove(`restores/${run.id}/previous`))) {
    dropped.add(run.id);
    changed();
  }
}
