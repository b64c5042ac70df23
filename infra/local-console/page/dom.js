// Elements of the page. Text only ever becomes text: nothing here parses HTML.

/** The element with this id. */
export function $(id) {
  return document.getElementById(id);
}

/** A new element with attributes, listeners (`onclick`) and children; children that are null are left out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Shows a text, or hides the element if there is none. A text that is there already is not announced again. */
export function tell(element, text) {
  if (element.textContent !== (text ?? "")) element.textContent = text ?? "";
  element.hidden = !text;
}

/**
 * Puts children in place of those that are there. The focus stays on the control with the same `data-focus`; answers whether
 * there is none any more.
 */
export function replace(parent, children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  parent.replaceChildren(...children);
  if (focused === undefined) return false;
  const controls = [...parent.querySelectorAll("[data-focus]")];
  const control = controls.find((control) => control.dataset.focus === focused);
  control?.focus({ preventScroll: true });
  return control === undefined;
}

/** Waits; fails if the signal says that nobody needs what comes after. */
export async function pause(milliseconds, signal) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  signal.throwIfAborted();
}
