// What an operator can start from several places of the page.

import { post } from "./api.js";
import { ask, field } from "./dialogs.js";
import { announce, h } from "./dom.js";
import { soon } from "./poll.js";
import { changed, refresh, state } from "./store.js";

/** Does something and says how it went; what is refused is shown with its hint on top of the page. */
export async function act(doing, work) {
  try {
    const answer = await work() ?? {};
    state.notice = null;
    announce(`${doing}: accepted`);
    await refresh();
    soon();
    return answer;
  } catch (problem) {
    if (problem.status === undefined) {
      throw problem;
    }
    state.notice = { title: `${doing}: refused`, text: problem.message, code: problem.code, hint: problem.hint };
    changed();
    return null;
  }
}

export async function startBackup() {
  const answer = await ask({
    title: `Back up ${state.site} now`,
    text: ["Artifacts are copied while Builder serves; its API is down for the database's dump alone, and started again whatever happens."],
    fields: [
      field("backup-label", "Name", h("input", { id: "backup-label", name: "label", value: "manual", maxlength: "40", pattern: "[a-z0-9]([a-z0-9\\-]*[a-z0-9])?", required: true, autocomplete: "off" }),
        "Part of the set's id: lower-case letters, digits, inner hyphens."),
      field("backup-quiesce", "Builder's API", h("select", { id: "backup-quiesce", name: "quiesce" },
        h("option", { value: "" }, "Stopped for the dump, where it can be"),
        h("option", { value: "none" }, "Keeps serving"))),
    ],
    confirm: "Back up",
  });
  return answer && act("Backup", () => post("backups", { site: state.site, label: answer.label, quiesce: answer.quiesce || undefined }));
}

export async function startDrill() {
  const answer = await ask({
    title: "Rehearse a restore",
    text: [`The newest set of ${state.site} is restored into a database of its own, proved row by row, sampled, timed, and dropped again. What is live is left alone.`],
    confirm: "Run the drill",
  });
  return answer && act("Drill", () => post("drills", { site: state.site }));
}

export async function startVerify(label) {
  const answer = await ask({
    title: "Verify a set",
    text: [`Every stored byte of ${label} is read again and compared with its digests. It reads the vault alone; Builder is not touched.`],
    confirm: "Verify",
  });
  return answer && act("Verification", () => post(`backups/${label}/verify`));
}

export async function cancel(operation) {
  const answer = await ask({
    title: `Cancel ${operation.id}`,
    text: ["It ends within seconds, puts things in order first, and starts Builder's API again."],
    fields: [field("cancel-reason", "Why (kept with the operation)", h("input", { id: "cancel-reason", name: "reason", autocomplete: "off" }))],
    confirm: "Cancel it", danger: true,
  });
  return answer && act("Cancel", () => post(`operations/${operation.id}/cancel`, { reason: answer.reason || undefined }));
}
