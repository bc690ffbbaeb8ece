// Steps 2 and 3: what would be done, what stands against it, and the confirmation.

import { h } from "./dom.js";
import { bytes, count, duration, moment, plural } from "./format.js";
import { mark } from "./marks.js";
import { choice } from "./restore-choose.js";
import { state } from "./store.js";

export function planStep(wizard, operation, { set, begin, again, restart }) {
  const plan = operation.result.plan;
  const blocked = plan.problems.length > 0;
  return [
    h("section", { class: "card", "aria-labelledby": "plan" },
      h("div", { class: "row" },
        h("h2", { id: "plan" }, mark(blocked ? "critical" : plan.warnings.length > 0 ? "warning" : "ok", 24), blocked ? " The plan has problems" : " The plan"),
        h("span", { class: "grow" }),
        h("button", { type: "button", class: "quiet", onclick: again }, "Plan again"),
        h("button", { type: "button", class: "quiet", onclick: restart }, "Choose again")),
      h("dl", { class: "facts" },
        h("dt", {}, "Set"), h("dd", {}, plan.label),
        h("dt", {}, "Builder will be as of"), h("dd", {}, h("strong", {}, moment(plan.recoveryPoint))),
        h("dt", {}, "Estimated time"), h("dd", {}, blocked ? "–" : duration(plan.estimatedSeconds ?? plan.steps.reduce((sum, step) => sum + step.estimatedSeconds, 0))),
        plan.artifacts ? [h("dt", {}, "Artifacts"), h("dd", {}, `${count(plan.artifacts.toCopy)} of ${count(plan.artifacts.objects)} to copy, ${bytes(plan.artifacts.toCopyBytes)}`)] : null,
        plan.artifacts?.extra > 0 ? [h("dt", {}, "In the bucket, not in the set"), h("dd", {}, `${plural(plan.artifacts.extra, "object")}; they stay`)] : null),
      findings(plan),
      blocked ? null : h("div", {}, h("h3", {}, wizard.mode === "replace" ? "What is done, in order" : "What a replacement would do; beside, it ends after the copying"), order(plan))),
    blocked ? otherwise(wizard, set, again) : confirmation(wizard, plan, set, begin),
  ];
}

function findings(plan) {
  return [
    plan.problems.map((problem) => h("article", { class: "problem critical" }, mark("critical"),
      h("div", {}, h("p", {}, h("strong", {}, `${problem.code} `), problem.what), h("p", { class: "next" }, h("strong", {}, "Next step: "), problem.hint)))),
    plan.warnings.length > 0 ? h("div", { class: "problem warning" }, mark("warning"), h("ul", { class: "findings" }, plan.warnings.map((warning) => h("li", {}, warning)))) : null,
  ];
}

function order(plan) {
  return h("ol", { class: "plan" }, plan.steps.map((step) => h("li", {}, step.what,
    h("span", { class: "dim" }, [step.bytes > 0 ? bytes(step.bytes) : null, step.estimatedSeconds > 0 ? `about ${duration(step.estimatedSeconds)}` : null]
      .filter(Boolean).map((text) => ` · ${text}`).join("")))));
}

// What an operator may wish differently, which can turn a problem into a decision.
function otherwise(wizard, set, again) {
  return h("form", { class: "card", onsubmit: (event) => { event.preventDefault(); void again(); } },
    h("h2", {}, "Solve them, or decide otherwise, and plan again"),
    overwrite(wizard, set), losses(wizard, set),
    h("div", { class: "row end" }, h("button", { type: "submit", class: "primary" }, "Make the plan again")));
}

const overwrite = (wizard, set) => choice("checkbox", "overwriteKeys", "yes", wizard.overwriteKeys, "Overwrite keys that differ",
  "as on a new machine; the host's own configuration stays, the set's is put beside it", (event) => set({ overwriteKeys: event.target.checked }));

const losses = (wizard, set) => choice("checkbox", "acceptLosses", "yes", wizard.acceptLosses, "Go on even if artifacts or keys are lost", "the result names them",
  (event) => set({ acceptLosses: event.target.checked }));

function confirmation(wizard, plan, set, begin) {
  const replace = wizard.mode === "replace";
  const sessions = plan.databases.flatMap((database) => database.sessions);
  const sure = !replace || wizard.typed === state.site;
  return h("form", { class: `card ${replace ? "grave" : ""}`, onsubmit: (event) => { event.preventDefault(); if (sure) { void begin(); } } },
    h("h2", {}, replace ? `Replace what ${state.site} has now` : "Restore beside what is live"),
    replace ? h("p", {}, `Builder will be as of ${moment(plan.recoveryPoint)}. What was published later is not in it. The former database is kept until you drop it.`)
      : h("p", {}, "Nothing of what is live is touched."),
    replace && sessions.length > 0 ? [h("p", {}, `Connected to the live database now: ${sessions.join(", ")}.`),
      choice("checkbox", "force", "force", wizard.force, "End these sessions", "else the restore stops before the swap and names them", (event) => set({ force: event.target.checked }))] : null,
    wizard.parts.includes("keys") && plan.keyFiles > 0 ? overwrite(wizard, set) : null,
    losses(wizard, set),
    replace ? h("div", { class: "field" }, h("label", { for: "typed" }, "Type the site's name, ", h("code", {}, state.site), ", to confirm"),
      h("input", { id: "typed", autocomplete: "off", autocapitalize: "off", spellcheck: "false", value: wizard.typed, oninput: (event) => set({ typed: event.target.value }) })) : null,
    h("div", { class: "row end" }, h("button", { type: "submit", class: replace ? "danger" : "primary", disabled: !sure }, replace ? `Replace ${state.site}` : "Restore beside")));
}
