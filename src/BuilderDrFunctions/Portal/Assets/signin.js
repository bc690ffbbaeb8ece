// Asks for the function key; it stays in this tab's session storage.

import { h } from "./dom.js";

export function signIn(problem, opened) {
  const refused = problem?.status === 401;
  return h("form", { class: "signin", "data-key": "signin", onsubmit: submit, autocomplete: "off" },
    h("h1", {}, "Builder DR"),
    h("p", {}, "Backups, restores and rehearsals of a Chef Habitat Builder."),
    h("label", { for: "key" }, "Function key"),
    h("input", {
      id: "key", type: "password", name: "key", autocomplete: "off", spellcheck: "false",
      "aria-describedby": "key-help key-problem", "aria-invalid": refused ? "true" : null,
    }),
    h("p", { class: "hint", id: "key-help" },
      "On one machine it stands in ", h("code", {}, "keys.json"), " of the state folder, on Azure under “App keys”. ",
      "It is kept in this tab alone, until you close it. Leave it empty where a sign-in of the platform lets you in."),
    h("p", { class: "bad", id: "key-problem", role: "alert" }, refused ? "That key does not open this app." : problem ? `${problem.message}. ${problem.hint ?? ""}` : ""),
    h("button", { class: "primary", type: "submit" }, "Open"));

  async function submit(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const button = form.querySelector("button");
    button.disabled = true;
    await opened(form.elements.key.value.trim());
    button.disabled = false;
  }
}
