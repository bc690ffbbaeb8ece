// Light, dark, or as the system says; the choice stays in this browser.

const NAME = "builder-dr.theme";
const ORDER = ["system", "light", "dark"];

export const theme = () => localStorage.getItem(NAME) ?? "system";

export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}

export function nextTheme() {
  localStorage.setItem(NAME, ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length]);
  applyTheme();
}
