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

/** Shows a text, or hides the element if there is none. */
export function tell(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}
