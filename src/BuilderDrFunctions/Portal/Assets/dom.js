// Builds and updates the page. Text only ever becomes a text node: nothing of what the API says is read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `on…` properties are listeners, the others attributes; null and false leave an attribute out. */
export function h(tag, properties, ...children) {
  return build(document.createElement(tag), properties, children);
}

/** The same for SVG. */
export function s(tag, properties, ...children) {
  return build(document.createElementNS(SVG, tag), properties, children);
}

function build(node, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name.startsWith("on")) {
      listen(node, name.slice(2), value);
    } else if (name === "value" || name === "checked" || name === "open") {
      node[name] = value;
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children) {
    if (Array.isArray(child)) {
      append(node, child);
    } else if (child !== null && child !== undefined && child !== false) {
      node.append(child);
    }
  }
}

// One dispatcher an element and event, so that an updated element can be given the new listeners.
function listen(node, type, listener) {
  if (!listener) {
    return;
  }
  node.listeners ??= {};
  if (!node.listeners[type]) {
    node.addEventListener(type, dispatch);
  }
  node.listeners[type] = listener;
}

function dispatch(event) {
  return this.listeners?.[event.type]?.call(this, event);
}

/** Makes the children of `place` those given, changing only what differs: focus, scrolling and typed text stay. */
export function show(place, ...children) {
  const wanted = document.createDocumentFragment();
  append(wanted, children);
  patchChildren(place, wanted);
}

function patchChildren(old, wanted) {
  const keyed = new Map();
  for (const child of old.children) {
    const key = child.getAttribute("data-key");
    if (key) {
      keyed.set(key, child);
    }
  }
  let at = old.firstChild;
  for (const next of [...wanted.childNodes]) {
    const key = next.nodeType === 1 ? next.getAttribute("data-key") : null;
    const kept = key ? keyed.get(key) : null;
    if (kept?.nodeName === next.nodeName) {
      if (kept !== at) {
        old.insertBefore(kept, at);
      } else {
        at = at.nextSibling;
      }
      patch(kept, next);
    } else if (at && !key && alike(at, next)) {
      const same = at;
      at = at.nextSibling;
      patch(same, next);
    } else {
      old.insertBefore(next, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function alike(old, next) {
  return old.nodeType === next.nodeType && old.nodeName === next.nodeName && !(old.nodeType === 1 && old.hasAttribute("data-key"));
}

function patch(old, next) {
  if (old.nodeType !== 1) {
    if (old.data !== next.data) {
      old.data = next.data;
    }
    return;
  }
  for (const { name } of [...old.attributes]) {
    // what the reader unfolded stays unfolded
    if (!next.hasAttribute(name) && name !== "open") {
      old.removeAttribute(name);
    }
  }
  for (const { name, value } of next.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
  patchState(old, next);
  patchChildren(old, next);
}

function patchState(old, next) {
  old.listeners = undefined;
  for (const [type, listener] of Object.entries(next.listeners ?? {})) {
    old.removeEventListener(type, dispatch);
    listen(old, type, listener);
  }
  if ((old instanceof HTMLInputElement || old instanceof HTMLSelectElement) && old !== document.activeElement) {
    if (old.value !== next.value) {
      old.value = next.value;
    }
    if (old.checked !== next.checked) {
      old.checked = next.checked;
    }
  }
}

/** Says something to those who listen to the page instead of looking at it. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (place.textContent !== text) {
    place.textContent = text;
  }
}
