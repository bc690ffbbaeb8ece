// Questions before something is done.

import { h } from "./dom.js";

/** Asks; gives the form's values, or null when the answer is no. `fields` are elements of the form. */
export function ask({ title, text, fields = [], confirm, danger = false, valid = () => true }) {
  return new Promise((resolve) => {
    const submit = h("button", { type: "submit", class: danger ? "danger" : "primary" }, confirm);
    const form = h("form", { method: "dialog" },
      h("h2", { id: "dialog-title" }, title),
      text.map((line) => h("p", {}, line)),
      fields,
      h("div", { class: "row end" }, h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Not now"), submit));
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
    const values = () => Object.fromEntries(new FormData(form));
    const check = () => { submit.disabled = !valid(values()); };
    form.addEventListener("input", check);
    form.addEventListener("submit", () => { dialog.returnValue = "yes"; });
    dialog.addEventListener("close", () => {
      const answer = dialog.returnValue === "yes" ? values() : null;
      dialog.remove();
      resolve(answer);
    });
    document.getElementById("dialogs").append(dialog);
    check();
    dialog.showModal();
  });
}

/** A labelled field for a form or a dialog. */
export function field(id, label, input, help) {
  return h("div", { class: "field" }, h("label", { for: id }, label), input, help ? h("p", { class: "hint", id: `${id}-help` }, help) : null);
}
