// Begins: asks for the key, opens the site, and shows the view that the address names.

import { session } from "./api.js";
import { announce, h, show } from "./dom.js";
import { header } from "./header.js";
import { mark } from "./marks.js";
import * as poll from "./poll.js";
import { capital } from "./safety.js";
import { signIn } from "./signin.js";
import { changed, open, state, subscribe } from "./store.js";
import { applyTheme } from "./theme.js";
import { viewOf, views } from "./views.js";

const top = document.getElementById("top");
const content = document.getElementById("content");
let view = viewOf(location.hash);

applyTheme();
subscribe(render);
addEventListener("hashchange", navigate);
if (session.isOpen) {
  await begin();
} else {
  askForKey(null);
}

function render() {
  document.title = `${view.title} · ${state.site ?? ""} · Builder DR`;
  show(top, header(view, { views, changeSite, signOut }));
  show(content, [
    h("div", { class: "page", "data-key": `view-${view.name}` },
      h("div", { class: "notice", hidden: state.problem === null },
        h("strong", {}, "What you see is from before. "), state.problem ? `${capital(state.problem.message)}. ${state.problem.hint ? `${capital(state.problem.hint)}.` : ""}` : ""),
      notice(),
      view.render()),
  ]);
}

// What was refused, and why; it stays until something else is done or it is put away.
function notice() {
  const { title, text, code, hint } = state.notice ?? {};
  return h("div", { role: "alert", "data-key": "notice" }, state.notice
    ? h("div", { class: "problem critical" }, mark("critical"),
      h("div", {}, h("h3", {}, title, code ? h("span", { class: "code" }, code) : null), h("p", {}, `${capital(text)}.`), hint ? h("p", { class: "next" }, h("strong", {}, "Next step: "), hint) : null),
      h("button", { type: "button", class: "quiet", onclick: () => { state.notice = null; changed(); } }, "Put away"))
    : null);
}

function navigate() {
  const next = viewOf(location.hash);
  const moved = next !== view;
  view = next;
  if (state.ready) {
    render();
    if (moved) {
      scrollTo(0, 0);
      announce(view.title);
    }
  }
}

function askForKey(problem) {
  state.ready = false;
  show(top);
  document.title = "Builder DR";
  show(content, signIn(problem, async (key) => {
    session.open(key);
    await begin();
    if (state.ready) {
      // What has the focus now is higher than the window: it would be scrolled to behind the header.
      content.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }));
  document.getElementById("key").focus();
}

async function begin() {
  try {
    await open(localStorage.getItem("builder-dr.site"));
    poll.start(() => askForKey(null));
    document.documentElement.dataset.ready = "true";
    performance.mark("ready");
  } catch (problem) {
    poll.stop();
    if (problem.status === 401) {
      session.close();
    } else if (problem.status === undefined) {
      throw problem;
    }
    askForKey(problem);
  }
}

async function changeSite(site) {
  localStorage.setItem("builder-dr.site", site);
  try {
    await open(site);
  } catch (problem) {
    if (problem.status === undefined) {
      throw problem;
    }
    // The next look reads everything that is still to be read.
    if (state.site === site) {
      state.problem = problem;
      changed();
    }
  }
}

function signOut() {
  poll.stop();
  session.close();
  askForKey(null);
}
